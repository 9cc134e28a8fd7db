import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish } from '../../src/agents/model.js';
import { openModel } from '../../src/agents/models/open-model.js';
import { createAssistant, type Reply } from '../../src/index.js';
import { writeSyntheticDataset } from '../../src/synthetic/dataset.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { localModelPython, serveLocalModel, type LocalModel } from '../support/local-model.js';
import { temporaryFolder } from '../support/temporary.js';
import { hasTerminal, Terminal } from '../support/terminal.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';

const ANSWER_MS = 300_000;

/**
 * The smallest real model: it shows that a real server is spoken to rightly from end to end, and that nothing depends on
 * the model being any good. What it says proves nothing.
 */
describe.skipIf(localModelPython === undefined)(
  'a real model of 270 million weights (skipped where NEUROCLAW_TEST_LOCAL_MODEL names no Python that has it)',
  () => {
    let server: LocalModel;
    const weights = mkdtempSync(join(tmpdir(), 'neuroclaw-model-'));
    beforeAll(async () => {
      server = await serveLocalModel(localModelPython ?? '', join(weights, 'model.gguf'));
    }, 180_000);
    afterAll(() => {
      server.close();
      rmSync(weights, { recursive: true, force: true });
    });

    async function dataset(): Promise<{ root: string; env: Record<string, string> }> {
      const root = temporaryFolder();
      await writeSyntheticDataset(join(root, 'bids'), { seed: 7, participants: 1 });
      const model = { NEUROCLAW_MODEL: 'server:gemma3-270m', NEUROCLAW_MODEL_URL: server.url };
      return { root, env: cliEnvironment(join(root, 'state'), model) };
    }

    it.skipIf(!hasTerminal)(
      'talks in a terminal; rules plan at its side',
      { timeout: ANSWER_MS },
      async () => {
        const { root, env } = await dataset();
        const terminal = new Terminal(['chat', '--data', 'bids', '--out', 'study'], env, root);
        try {
          await terminal.see('server:gemma3-270m answers');
          terminal.type('hello, what can you do?\n');
          // Its own words, or those of the rules after it was stopped: something between what was said and the next prompt.
          await terminal.see(/what can you do\?\n[\s\S]*\S[\s\S]*\n>$/, ANSWER_MS);
          terminal.type('/cost\n');
          // It comes when the answer is complete.
          await terminal.see(
            /[1-9]\d* answers, [1-9]\d* tokens in, [1-9]\d* out[\s\S]*price\s+unknown/,
            ANSWER_MS,
          );
          terminal.type('/plan clean the bold runs\n');
          await terminal.see(/stage clean {2}functional\/clean[\s\S]*run it\? >$/);
          terminal.key('C-d');
          expect(await terminal.ended()).toBe('0');
        } finally {
          terminal.close();
        }
      },
    );

    it('answers a script', { timeout: ANSWER_MS }, async () => {
      const { root, env } = await dataset();
      const { stdout, stderr, code } = await runCli(
        ['ask', 'what is in this dataset?', '--data', 'bids', '--json'],
        env,
        root,
      );
      expect([code, stderr]).toEqual([0, '']);
      const { replies } = JSON.parse(stdout) as { replies: Reply[] };
      console.info('said:', JSON.stringify(replies.at(-1)).slice(0, 300));
      expect(replies.at(-1)).toMatchObject({ kind: 'answer', text: expect.stringMatching(/\S/) });
    });

    it('keeps to a schema that the server holds it to', { timeout: ANSWER_MS }, async () => {
      const schema = {
        type: 'object',
        properties: { outcome: { type: 'string', enum: ['plan', 'cannot'] }, jobs: { type: 'integer' } },
        required: ['outcome', 'jobs'],
        additionalProperties: false,
      };
      const model = openModel({
        name: 'server:gemma3-270m',
        url: server.url,
        key: () => undefined,
        totalS: 120,
        idleS: 60,
      });
      const { text } = await finish(
        model.stream({
          messages: [{ role: 'user', text: 'Clean three BOLD runs: answer with a plan.' }],
          answer: { name: 'answer', schema },
        }),
      );
      console.info('said:', text);
      expect(JSON.parse(text)).toEqual({
        outcome: expect.stringMatching(/^(plan|cannot)$/),
        jobs: expect.any(Number),
      });
    });

    it('plans, or the rules do and say why', { timeout: 2 * ANSWER_MS }, async () => {
      const { root, env } = await dataset();
      const assistant = createAssistant({ env: { ...env, NEUROCLAW_MODEL_TIMEOUT_S: '240' } });
      try {
        const minds = await assistant.workplace.minds({});
        const { outcome, notices } = (await minds?.plan({
          agent: 'functional',
          wish: 'clean the BOLD runs',
          said: [],
          data: join(root, 'bids'),
          out: join(root, 'study'),
          inputs: {},
        })) ?? { outcome: undefined, notices: [] };
        console.info('planning came to:', outcome?.kind, notices, minds?.budget.spent);
        expect(minds?.budget.spent.outputTokens).toBeGreaterThan(0);
        if (outcome?.kind !== 'plan') return;
        expect(outcome.plan.stages.map(({ pipeline }) => pipeline)).toEqual([
          expect.stringMatching(/^functional\//),
        ]);
        if (outcome.plan.origin.planner === 'rules')
          expect(notices.join(' ')).toContain('planned by rules: the model could not plan');
      } finally {
        await assistant.close();
      }
    });
  },
);
