import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createAssistant, type Assistant, type Reply, type Settings } from '../../../src/index.js';
import { cliEnvironment, runCli } from '../../support/cli.js';
import { modelServer, says } from '../../support/model-server.js';
import { plannedAnswer, scriptedModel, type ScriptedReply } from '../../support/scripted-model.js';
import { hand, ready, take, turnOf, verdict, verifiedEvents } from '../../support/scripted-talk.js';
import { temporaryFolder } from '../../support/temporary.js';
import { writeDataset } from '../planning/support.js';

const open: Assistant[] = [];
afterEach(async () => {
  for (const assistant of open.splice(0)) await assistant.close();
});

/** Each answer of the script costs 1000 tokens in and 100 out. */
const costly = (reply: string): ScriptedReply => ({
  result: {
    text: reply,
    toolCalls: [],
    usage: { inputTokens: 1000, outputTokens: 100 },
    finish: 'stop',
  },
});

function place() {
  const root = temporaryFolder();
  const data = writeDataset(join(root, 'bids'), {
    'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 20, tr: 2 },
  });
  writeFileSync(
    join(root, 'prices.json'),
    '{"currency": "EUR", "per_million_tokens": {"scripted:test": {"input": 1000, "output": 10000}}}',
  );
  writeFileSync(join(root, 'policy.yaml'), 'schema: neuroclaw/policy@1\n');
  const out = join(root, 'out');
  const talkWith = (script: readonly ScriptedReply[], settings: Partial<Settings>, name = 'b') => {
    const model = scriptedModel(script);
    const assistant = createAssistant({
      env: { XDG_STATE_HOME: join(root, 'state') },
      settings: { modelReview: false, policy: join(root, 'policy.yaml'), ...settings },
      model,
    });
    open.push(assistant);
    return { conversation: assistant.open({ name, data, out, person: 'Ada' }), model };
  };
  return { root, data, out, talkWith };
}

const notes = (replies: readonly Reply[]): string =>
  replies.flatMap((reply) => (reply.kind === 'note' ? [reply.text] : [])).join('\n');

describe('a budget of a conversation', () => {
  it.each([
    [{ budgetTokens: 1100 }, '1100 of 1100 tokens'],
    [{ budgetMoney: 2 }, '2.0000 of 2 EUR'],
  ])(
    '%o ends the part of the model, and rules go on to the results',
    { timeout: 60_000 },
    async (limit, said) => {
      const { root, talkWith, out } = place();
      const prices = { modelPrices: join(root, 'prices.json') };
      const { conversation, model } = talkWith([costly('You have one run.')], { ...prices, ...limit });
      expect(await take(conversation, 'what do I have here?')).toMatchObject({ text: 'You have one run.' });
      const replies = await turnOf(conversation, 'clean the BOLD runs');
      expect(notes(replies)).toContain(`the budget of the conversation is spent: ${said}`);
      expect(replies.at(-1)).toMatchObject({ kind: 'plan', plan: { origin: { planner: 'rules' } } });
      expect(await take(conversation, 'yes')).toMatchObject({ kind: 'results', outcome: 'finished' });
      expect(model.requests).toHaveLength(1);
      await verifiedEvents(out);
    },
  );

  it('a limit of money with a model of unknown price asks nothing of it', async () => {
    const { talkWith } = place();
    const { conversation, model } = talkWith([], { budgetMoney: 2 });
    const replies = await turnOf(conversation, 'what is in this dataset?');
    expect(notes(replies)).toContain('the price of scripted:test is not known');
    expect(replies.at(-1)).toMatchObject({ kind: 'answer', about: 'dataset' });
    expect(model.requests).toEqual([]);
  });

  it('the policy may allow less than the settings, never more', async () => {
    const { root, talkWith } = place();
    writeFileSync(
      join(root, 'policy.yaml'),
      'schema: neuroclaw/policy@1\nbudgets: { conversation: { tokens: 1100 } }\n',
    );
    const script = [costly('One.'), costly('Two.')];
    const { conversation } = talkWith(script, { budgetTokens: 5000 });
    await take(conversation, 'hello there');
    expect(notes(await turnOf(conversation, 'what is odd?'))).toContain('1100 of 1100 tokens');
  });

  it('counts on when the conversation is opened again, and for each conversation on its own', async () => {
    const { talkWith } = place();
    const first = talkWith([costly('One.')], { budgetTokens: 2000 });
    await take(first.conversation, 'hello there');
    expect(first.conversation.spent).toMatchObject({ answers: 1, inputTokens: 1000, outputTokens: 100 });
    first.conversation.close();
    const again = talkWith([costly('Two.')], { budgetTokens: 2000 });
    await take(again.conversation, 'hello again');
    expect(again.conversation.spent).toMatchObject({ answers: 2, inputTokens: 2000, outputTokens: 200 });
    // Taking a turn back gives nothing back.
    again.conversation.undo();
    expect(again.conversation.spent).toMatchObject({ answers: 2 });
    expect(notes(await turnOf(again.conversation, 'once more'))).toContain('2200 of 2000 tokens');
    const other = talkWith([costly('Three.')], { budgetTokens: 2000 }, 'other');
    expect(await take(other.conversation, 'hello')).toMatchObject({ text: 'Three.' });
    expect(other.conversation.spent).toMatchObject({ answers: 1 });
  });

  it('a price that was unknown once stays unknown in what is counted on', async () => {
    const { root, talkWith } = place();
    const first = talkWith([costly('One.')], {});
    await take(first.conversation, 'hello there');
    first.conversation.close();
    const again = talkWith([costly('Two.')], { modelPrices: join(root, 'prices.json') });
    await take(again.conversation, 'hello again');
    expect(again.conversation.spent).toMatchObject({ answers: 2, currency: 'EUR' });
    expect(again.conversation.spent?.money).toBeUndefined();
  });
});

describe('a budget of a run', () => {
  const answer = plannedAnswer({ pipeline: 'functional/clean' });

  it('counts a plan and its changes together; over it, the rules plan and say so', async () => {
    const { talkWith } = place();
    const script = [hand('functional', 'clean the BOLD runs'), ready, costly(answer)];
    const { conversation, model } = talkWith([...script, costly(answer)], { runBudgetTokens: 1100 });
    const plan = await take(conversation, 'prepare my data');
    expect(plan).toMatchObject({ kind: 'plan', plan: { origin: { planner: 'model' } } });
    const replies = await turnOf(conversation, 'without smoothing');
    expect(notes(replies)).toMatch(/the budget of the run is spent: 12\d\d of 1100 tokens/);
    expect(replies.at(-1)).toMatchObject({ kind: 'plan', plan: { origin: { planner: 'rules' } } });
    expect(model.requests).toHaveLength(3);
  });

  it('tells in the plan what it has cost, the reviewer included', async () => {
    const { root, talkWith } = place();
    const script = [
      hand('functional', 'clean'),
      ...[ready, costly(answer)],
      ...[ready, costly(verdict('pass'))],
    ];
    const prices = { modelPrices: join(root, 'prices.json') };
    const { conversation } = talkWith(script, { modelReview: true, ...prices });
    const plan = await take(conversation, 'prepare my data');
    if (plan.kind !== 'plan') throw new Error(JSON.stringify(plan));
    expect(plan.plan.origin.model).toMatchObject({ input_tokens: 2200, currency: 'EUR' });
    expect(plan.plan.origin.model?.money).toBeGreaterThan(4);
  });
});

describe('a model that cannot be asked', () => {
  it('is said once; rules answer and plan', async () => {
    const { root, data, out } = place();
    const assistant = createAssistant({
      env: { XDG_STATE_HOME: join(root, 'state') },
      settings: { model: 'openai:gpt-5-mini', modelKeyFile: undefined },
    });
    open.push(assistant);
    const conversation = assistant.open({ data, out });
    const first = await turnOf(conversation, 'what is in this dataset?');
    expect(notes(first)).toContain('openai wants a key, and none is set: plans are made by rules');
    expect(first.at(-1)).toMatchObject({ kind: 'answer', about: 'dataset' });
    const second = await turnOf(conversation, 'clean the BOLD runs');
    expect(second.map(({ kind }) => kind)).toEqual(['plan']);
  });
});

it('`ask --json` tells what the conversation has cost over processes', { timeout: 60_000 }, async () => {
  const { root, data, out } = place();
  const server = await modelServer([says('One run.'), says('Nothing odd.')]);
  const env = cliEnvironment(join(root, 'state'), {
    NEUROCLAW_MODEL: 'test-model',
    NEUROCLAW_MODEL_URL: server.url,
  });
  const ask = async (words: string, more: Record<string, string> = {}) => {
    const args = ['ask', words, '--data', data, '--out', out, '--chat', 'cost', '--json'];
    const { stdout, stderr, code } = await runCli(args, { ...env, ...more });
    expect([stderr, code]).toEqual(['', 0]);
    return (JSON.parse(stdout) as { cost: unknown }).cost;
  };
  try {
    expect(await ask('what do I have?')).toMatchObject({ answers: 1, inputTokens: 120, outputTokens: 30 });
    expect(await ask('is it odd?')).toMatchObject({ answers: 2, inputTokens: 240, outputTokens: 60 });
    // Without a model what was spent before is still told.
    expect(await ask('what is odd?', { NEUROCLAW_MODEL: '' })).toMatchObject({ answers: 2 });
    expect(server.asked).toHaveLength(2);
  } finally {
    await server.close();
  }
});
