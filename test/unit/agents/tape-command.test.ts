import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cliEnvironment, pipeCli, runCli } from '../../support/cli.js';
import { calls, modelServer, says } from '../../support/model-server.js';
import { plannedAnswer } from '../../support/scripted-model.js';
import { decisionsIn, verdict, verifiedEvents } from '../../support/scripted-talk.js';
import { temporaryFolder } from '../../support/temporary.js';
import { writeDataset } from '../planning/support.js';

const KEY = 'test-0123456789abcdef';

it(
  'a talk on a tape is had again without a server or a key, in another folder',
  { timeout: 90_000 },
  async () => {
    const root = temporaryFolder();
    const data = writeDataset(join(root, 'bids'), {
      'sub-Maria/func/sub-Maria_task-rest_bold.nii': { volumes: 20, tr: 2 },
    });
    const server = await modelServer([
      calls({ name: 'plan_functional', arguments: JSON.stringify({ wish: 'clean the BOLD runs' }) }),
      says('I have seen enough.'),
      says(plannedAnswer({ pipeline: 'functional/clean', params: { smoothing_fwhm_mm: '0' } })),
      says('I have seen enough.'),
      says(verdict('pass')),
      says('It was cleaned without smoothing.'),
    ]);
    const tape = join(root, 'session.tape');
    const talk = (out: string, more: Record<string, string>) =>
      pipeCli(
        ['chat', '--data', data, '--out', join(root, out), '--chat', 'c', '--tape', tape],
        ['prepare my resting data', 'yes', 'tell me about that in short'],
        cliEnvironment(join(root, 'state'), {
          NEUROCLAW_MODEL: 'server:test-model',
          NEUROCLAW_MODEL_URL: server.url,
          ...more,
        }),
      );
    const recorded = await talk('one', { NEUROCLAW_MODEL_KEY: KEY });
    expect([recorded.code, recorded.stderr]).toEqual([0, '']);
    expect(recorded.stdout).toContain('It was cleaned without smoothing.');
    expect(server.asked).toHaveLength(6);
    await server.close();

    const kept = readFileSync(tape, 'utf8');
    expect(statSync(tape).mode & 0o777).toBe(0o600);
    // Neither key nor folders nor labels: what a reviewer may be given.
    for (const secret of [KEY, root, 'Maria']) expect(kept).not.toContain(secret);

    const replayed = await talk('two', {});
    expect([replayed.code, replayed.stderr]).toEqual([0, '']);
    expect(replayed.stdout).toContain('It was cleaned without smoothing.');
    expect(readFileSync(tape, 'utf8')).toBe(kept);
    for (const out of ['one', 'two'])
      expect(decisionsIn(await verifiedEvents(join(root, out)))).toEqual({
        planned: 'engine planner/model',
        approved: ['human user (conversation c)'],
      });
  },
);

it(
  '`ask --tape`: what is not on the tape goes by rules, which is said with the place',
  { timeout: 60_000 },
  async () => {
    const root = temporaryFolder();
    const data = writeDataset(join(root, 'bids'), {
      'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 20, tr: 2 },
    });
    const server = await modelServer([says('One run of rest.')]);
    const tape = join(root, 'question.tape');
    const env = cliEnvironment(join(root, 'state'), {
      NEUROCLAW_MODEL: 'server:test-model',
      NEUROCLAW_MODEL_URL: server.url,
    });
    const ask = (words: string) => runCli(['ask', words, '--data', data, '--tape', tape, '--json'], env);
    expect((await ask('what do I have here?')).stdout).toContain('One run of rest.');
    await server.close();
    expect((await ask('what do I have here?')).stdout).toContain('One run of rest.');
    const other = await ask('what is odd here?');
    expect(other.code).toBe(0);
    expect(other.stdout).toContain('on the tape: the nearest is line 1');
    expect(other.stdout).toContain('no field maps');
  },
);
