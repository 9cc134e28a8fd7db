import { readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cliEnvironment, labSettings, runCli } from '../support/cli.js';
import { shortPlan } from '../support/events-dataset.js';
import { beginDataset, writeAgent, writeImages } from '../support/lab-copies.js';
import { modelServer, says, type ModelServer } from '../support/model-server.js';
import { plannedAnswer } from '../support/scripted-model.js';
import { decisionsIn, verdict, verifiedEvents } from '../support/scripted-talk.js';
import { hasTerminal, Terminal } from '../support/terminal.js';
import { temporaryFolder } from '../support/temporary.js';

let terminal: Terminal | undefined;
let server: ModelServer | undefined;
afterEach(async () => {
  terminal?.close();
  await server?.close();
});

/** A run that failed since its copies were cut, and a model that proposes to copy whole images. */
async function failedRun() {
  const root = temporaryFolder();
  const [data, out] = [join(root, 'bids'), join(root, 'out')];
  beginDataset(data);
  await writeImages(data, '01', false);
  writeAgent(root);
  const stage = { id: 'copy', pipeline: 'lab/copy-image', data: { bids: data } };
  const cut = { ...stage, params: { block: 100, count: 1 } };
  writeFileSync(join(root, 'plan.json'), JSON.stringify({ ...shortPlan(data, out), stages: [cut] }));
  const answer = [says('ready'), says(plannedAnswer({ pipeline: 'lab/copy-image' }))];
  server = await modelServer([...answer, says('ready'), says(verdict('pass', 'the T2w is not copied'))]);
  const env = cliEnvironment(join(root, 'state'), {
    ...labSettings,
    NEUROCLAW_AGENTS: [labSettings.NEUROCLAW_AGENTS, join(root, 'agents')].join(delimiter),
    NEUROCLAW_POLICY: join(root, 'policy.yaml'),
    NEUROCLAW_MODEL: 'test-model',
    NEUROCLAW_MODEL_URL: server.url,
  });
  expect((await runCli(['run', join(root, 'plan.json'), '--yes'], env)).code).toBe(11);
  return { root, out, env, runs: () => readdirSync(join(out, '.neuroclaw', 'runs')) };
}

describe.skipIf(!hasTerminal)('`neuroclaw repair` in a terminal, with a model', () => {
  it('shows failure, proposal and review, and runs the plan on a yes', { timeout: 90_000 }, async () => {
    const { root, out, env, runs } = await failedRun();
    terminal = new Terminal(['repair', '--out', out], env, root);
    const shown = await terminal.see(/Run this plan\? \[Y\/n\] *$/);
    expect(shown).toMatch(/copy\/copy\/sub-01_T1w/);
    expect(shown).toContain('proposed by the agent lab (server:test-model)');
    expect(shown).toContain('the reviewer notes: the T2w is not copied');
    expect(shown).toContain('the script says so');
    expect(runs()).toHaveLength(1);
    terminal.type('y\n');
    // The stage is shown once more before its jobs start.
    await terminal.see(/Run \d+ jobs\? \[Y\/n\] *$/);
    terminal.type('y\n');
    await terminal.see(/finished in/, 60_000);
    expect(await terminal.ended()).toBe('0');
    const [first, second] = runs();
    const events = await verifiedEvents(out, second);
    expect(decisionsIn(events)).toEqual({ planned: 'engine planner/model', approved: ['human user'] });
    expect(events.find(({ type }) => type === 'run.planned')?.body['origin']).toMatchObject({
      repairs: [{ run: first, proposed_by: 'the agent lab (server:test-model)' }],
    });
  });

  it('on a no offers what the table has, and on another runs nothing', { timeout: 90_000 }, async () => {
    const { root, out, env, runs } = await failedRun();
    terminal = new Terminal(['repair', '--out', out], env, root);
    await terminal.see(/Run this plan\? \[Y\/n\] *$/);
    terminal.type('n\n');
    // Below the answer: the list above the first question says it, too.
    await terminal.see(/Run this plan\? \[Y\/n\] n\s[^?]*leave out sub-01[^?]*\? \[Y\/n\] *$/);
    terminal.type('n\n');
    expect(await terminal.ended()).toBe('0');
    expect(runs()).toHaveLength(1);
  });
});
