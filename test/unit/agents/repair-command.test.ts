import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { cliEnvironment, labSettings, runCli } from '../../support/cli.js';
import { shortPlan } from '../../support/events-dataset.js';
import { beginDataset, writeAgent, writeImages } from '../../support/lab-copies.js';
import { modelServer, says } from '../../support/model-server.js';
import { plannedAnswer } from '../../support/scripted-model.js';
import { decisionsIn, verdict, verifiedEvents } from '../../support/scripted-talk.js';
import { temporaryFolder } from '../../support/temporary.js';

it(
  '`neuroclaw repair` asks the orchestrator first, and the table by number',
  { timeout: 90_000 },
  async () => {
    const root = temporaryFolder();
    const [data, out] = [join(root, 'bids'), join(root, 'out')];
    beginDataset(data);
    await writeImages(data, '01', false);
    writeAgent(root);
    const stage = { id: 'copy', pipeline: 'lab/copy-image', data: { bids: data } };
    const cut = { ...stage, params: { block: 100, count: 1 } };
    writeFileSync(join(root, 'plan.json'), JSON.stringify({ ...shortPlan(data, out), stages: [cut] }));
    const answer = [says('ready'), says(plannedAnswer({ pipeline: 'lab/copy-image' }))];
    const reviewed = [says('ready'), says(verdict('pass'))];
    const server = await modelServer([...answer, ...reviewed, ...answer, ...reviewed]);
    const env = cliEnvironment(join(root, 'state'), {
      ...labSettings,
      NEUROCLAW_AGENTS: [labSettings.NEUROCLAW_AGENTS, join(root, 'agents')].join(delimiter),
      NEUROCLAW_POLICY: join(root, 'policy.yaml'),
      NEUROCLAW_MODEL: 'test-model',
      NEUROCLAW_MODEL_URL: server.url,
    });
    try {
      expect((await runCli(['run', join(root, 'plan.json'), '--yes'], env)).code).toBe(11);
      const numbered = await runCli(['repair', '--out', out, '--apply', '9', '--yes'], env);
      expect([numbered.code, server.asked.length]).toEqual([2, 0]);
      // Without a yes it is shown and nothing runs.
      const shown = await runCli(['repair', '--out', out], env);
      expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('proposed by the agent lab')]);
      const first = await verifiedEvents(out);
      const repaired = await runCli(['repair', '--out', out, '--yes'], env);
      expect([repaired.code, repaired.stderr]).toEqual([0, '']);
      expect(server.asked).toHaveLength(8);
      const { run } = JSON.parse((await runCli(['status', '--out', out, '--json'], env)).stdout) as {
        run: string;
      };
      expect(run).not.toBe(first[0]?.run);
      const events = await verifiedEvents(out, run);
      expect(decisionsIn(events)).toEqual({
        planned: 'engine planner/model',
        approved: [expect.stringContaining('(--yes)')],
      });
      const planned = events.find(({ type }) => type === 'run.planned')?.body;
      expect(planned?.['origin']).toMatchObject({
        repairs: [
          {
            run: first[0]?.run,
            job: 'copy/copy/sub-01_T1w',
            proposed_by: expect.stringContaining('the agent lab (') as string,
          },
        ],
      });
    } finally {
      await server.close();
    }
  },
);
