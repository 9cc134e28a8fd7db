import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createAssistant, type Assistant, type Conversation, type Reply } from '../../../src/index.js';
import {
  breaks,
  calls,
  chunk,
  document,
  events,
  modelServer,
  says,
  status,
  usageChunk,
  type ModelServer,
  type Reply as ServerReply,
} from '../../support/model-server.js';
import { plannedAnswer } from '../../support/scripted-model.js';
import { temporaryFolder } from '../../support/temporary.js';
import { writeDataset } from '../planning/support.js';

// What a person sees of a provider that fails, over a server that really speaks HTTP.
let server: ModelServer | undefined;
let assistant: Assistant | undefined;
afterEach(async () => {
  await assistant?.close();
  await server?.close();
});

async function talkOver(
  replies: readonly ServerReply[],
  policy = 'schema: neuroclaw/policy@1\n',
): Promise<Conversation> {
  const root = temporaryFolder();
  const data = writeDataset(join(root, 'bids'), {
    'sub-01/func/sub-01_task-rest_bold.nii': { volumes: 20, tr: 2 },
  });
  const file = join(root, 'policy.yaml');
  writeFileSync(file, policy);
  server = await modelServer(replies);
  assistant = createAssistant({
    env: { XDG_STATE_HOME: join(root, 'state') },
    settings: { model: 'test', modelUrl: server.url, modelReview: false, policy: file },
  });
  return assistant.open({ data, out: join(root, 'out') });
}

async function turn(conversation: Conversation, words: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for await (const reply of conversation.say(words)) if (reply.kind !== 'piece') replies.push(reply);
  return replies;
}

const notes = (replies: readonly Reply[]): string =>
  replies.flatMap((reply) => (reply.kind === 'note' ? [reply.text] : [])).join('\n');
const tooLong = status(400, {
  error: { code: 'context_length_exceeded', message: "This model's maximum context length is 4096 tokens" },
});
const refuses = events([
  chunk({ role: 'assistant', refusal: 'I cannot help with that.' }),
  chunk({}, 'stop'),
  usageChunk,
]);

describe('a question to a provider that fails', () => {
  it('a rate limit is waited for, and told', async () => {
    const conversation = await talkOver([status(429, {}, { 'retry-after-ms': '20' }), says('One run.')]);
    const replies = await turn(conversation, 'what do I have?');
    expect(notes(replies)).toContain('asked again in 1 s');
    expect(replies.at(-1)).toMatchObject({ kind: 'answer', about: 'talk', text: 'One run.' });
    expect(conversation.spent).toMatchObject({ answers: 1 });
  });

  it.each([
    [
      'a stream that is cut',
      breaks([chunk({ role: 'assistant', content: 'You have ' })]),
      /broke in the middle of the answer/,
    ],
    ['a refusal', refuses, /declined to answer: I cannot help with that/],
    ['a question that is too long for it', tooLong, /too long for the model/],
    ['a page of a proxy', document('<html>Log in</html>', 'text/html'), /could not answer/],
    ['a wrong key', status(401, { error: { message: 'bad key' } }), /could not answer/],
  ])('%s: it is said, and the rules answer', async (_what, reply, said) => {
    const conversation = await talkOver([reply]);
    const replies = await turn(conversation, 'what is in this dataset?');
    expect(notes(replies)).toMatch(said);
    expect(replies.at(-1)).toMatchObject({ kind: 'answer', about: 'dataset' });
    expect(server?.asked).toHaveLength(1);
  });

  it('a talk that grew too long is cut to the question, once', async () => {
    const conversation = await talkOver([says('One run.'), tooLong, says('Nothing odd.'), tooLong]);
    await turn(conversation, 'what do I have?');
    const replies = await turn(conversation, 'is that odd?');
    expect(notes(replies)).toContain('asked again without what was said before');
    expect(replies.at(-1)).toMatchObject({ about: 'talk', text: 'Nothing odd.' });
    const sizes = server?.asked.map(({ body }) => (body['messages'] as unknown[]).length);
    expect(sizes).toEqual([2, 4, 2]);
    // Too long even so: the rules answer.
    const last = await turn(conversation, 'what is in this dataset?');
    expect(notes(last)).toMatch(/asked again[\s\S]*could not answer[\s\S]*the rules do/);
    expect(last.at(-1)).toMatchObject({ about: 'dataset' });
    expect(server?.asked).toHaveLength(5);
  });

  it('arguments that are no JSON go back, and the call is made again', async () => {
    const conversation = await talkOver([
      calls({ name: 'look', arguments: '{"topic": "dataset"' }),
      calls({ name: 'look', arguments: '{"topic": "dataset", "question": ""}' }),
      says('One run of rest.'),
    ]);
    const replies = await turn(conversation, 'what do I have?');
    expect(replies.at(-1)).toMatchObject({ text: 'One run of rest.', facts: { looked: ['dataset'] } });
    expect(JSON.stringify(server?.asked[1]?.body)).toContain('not a JSON object');
  });
});

describe('a policy about models', () => {
  it.each([
    ['denies', "deny: ['server:*']"],
    ['asks about', "ask: ['server:test']"],
  ])('that %s the model, where nobody attends: nothing is sent, and the rules go on', async (verb, rule) => {
    const policy = `schema: neuroclaw/policy@1\nmodels: { ${rule} }\n`;
    const conversation = await talkOver([says('I should not be asked.')], policy);
    const replies = await turn(conversation, 'what is in this dataset?');
    // Also for a name without its provider.
    expect(notes(replies)).toContain(`the policy ${verb} the model server:test`);
    expect(replies.at(-1)).toMatchObject({ kind: 'answer', about: 'dataset' });
    expect(server?.asked).toEqual([]);
  });
});

describe('a wish, when the provider fails while the orchestrator plans', () => {
  const hands = calls({ name: 'plan_functional', arguments: '{"wish": "clean the BOLD runs"}' });

  it.each([
    ['a cut plan', [says('ready'), breaks([chunk({ role: 'assistant', content: '{"outcome": "pl' })])]],
    ['a refusal', [says('ready'), refuses]],
    ['too long', [tooLong]],
    ['a plan at the limit of its length, three times', [says('ready'), lengthy(), lengthy(), lengthy()]],
  ])('%s: the rules plan, and say so', async (_what, script) => {
    const conversation = await talkOver([hands, ...script]);
    const replies = await turn(conversation, 'prepare my data');
    expect(notes(replies)).toContain('planned by rules');
    expect(replies.at(-1)).toMatchObject({ kind: 'plan', plan: { origin: { planner: 'rules' } } });
    expect(server?.asked).toHaveLength(script.length + 1);
  });

  it('a limit in the middle is waited for, and the model plans', async () => {
    const conversation = await talkOver([
      hands,
      says('ready'),
      status(429, {}, { 'retry-after-ms': '20' }),
      says(plannedAnswer({ pipeline: 'functional/clean' })),
    ]);
    const replies = await turn(conversation, 'prepare my data');
    expect(replies.at(-1)).toMatchObject({ kind: 'plan', plan: { origin: { planner: 'model' } } });
  });
});

/** An answer that the provider ends at its limit. */
function lengthy(): ServerReply {
  const half = plannedAnswer({ pipeline: 'functional/clean' }).slice(0, 40);
  return events([chunk({ role: 'assistant', content: half }), chunk({}, 'length'), usageChunk]);
}
