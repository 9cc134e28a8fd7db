import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { cliEnvironment, runCli } from '../../support/cli.js';
import { projectFolder } from '../../support/data.js';
import { calls, modelServer, says } from '../../support/model-server.js';
import { plannedAnswer } from '../../support/scripted-model.js';
import { decisionsIn, verdict, verifiedEvents } from '../../support/scripted-talk.js';
import { temporaryFolder } from '../../support/temporary.js';
import { writeDataset } from '../planning/support.js';

const killer = pathToFileURL(join(projectFolder, 'test', 'support', 'kill-after.mjs')).href;

// A process of its own for every turn; one of them dies of SIGKILL between the yes of the person and the first job.
it.each([
  ['the yes is written and the run has not begun', '"type":"decided"', false],
  ['the run has begun and its stage is not approved yet', '"type":"run.started"', true],
])('a kill when %s loses no word: "resume" finishes it', { timeout: 60_000 }, async (_when, after, begun) => {
  const root = temporaryFolder();
  const data = writeDataset(join(root, 'bids'), {
    'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 20, tr: 2 },
  });
  const out = join(root, 'out');
  const server = await modelServer([
    calls({ name: 'plan_functional', arguments: JSON.stringify({ wish: 'clean the BOLD runs' }) }),
    says('I have seen enough.'),
    says(plannedAnswer({ pipeline: 'functional/clean', params: { smoothing_fwhm_mm: '0' } })),
    says('I have seen enough.'),
    says(verdict('pass')),
  ]);
  const env = cliEnvironment(join(root, 'state'), {
    NEUROCLAW_MODEL: 'test-model',
    NEUROCLAW_MODEL_URL: server.url,
  });
  const ask = (words: string, more: Record<string, string> = {}) =>
    runCli(['ask', words, '--data', data, '--out', out, '--chat', 'k', '--json'], { ...env, ...more });
  try {
    const asked = await ask('prepare my resting data');
    expect([asked.stderr, asked.code]).toEqual(['', 0]);
    expect(JSON.parse(asked.stdout)).toMatchObject({ waiting: 'approval' });

    const killed = await ask('yes', { NODE_OPTIONS: `--import ${killer}`, KILL_AFTER: after });
    expect([killed.signal, killed.stdout]).toEqual(['SIGKILL', '']);
    const chat = readFileSync(join(out, '.neuroclaw', 'chats', 'k.jsonl'), 'utf8');
    expect(chat).toContain('"decision":"approved"');
    expect(existsSync(join(out, '.neuroclaw', 'runs'))).toBe(begun);
    expect(existsSync(join(out, 'derivatives'))).toBe(false);

    const resumed = await ask('resume');
    expect([resumed.stderr, resumed.code]).toEqual(['', 0]);
    const { replies } = JSON.parse(resumed.stdout) as { replies: { kind: string; outcome?: string }[] };
    expect(replies.at(-1)).toMatchObject({ kind: 'results', outcome: 'finished' });
    // The plan was made once: the model is not asked again for what was approved.
    expect(server.asked).toHaveLength(5);
    const events = await verifiedEvents(out);
    expect(decisionsIn(events)).toEqual({
      planned: 'engine planner/model',
      approved: ['human user (conversation k)'],
    });
    expect(events.filter(({ type }) => type === 'run.resumed')).toHaveLength(begun ? 1 : 0);
  } finally {
    await server.close();
  }
});
