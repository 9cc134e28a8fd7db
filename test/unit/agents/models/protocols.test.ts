import { afterEach, expect, it } from 'vitest';
import { finish, type ModelRequest } from '../../../../src/agents/model.js';
import { openModel } from '../../../../src/agents/models/open-model.js';
import { ModelKey } from '../../../../src/config/model-key.js';
import { modelServer, type ModelServer, type Reply } from '../../../support/model-server.js';

let server: ModelServer | undefined;
afterEach(async () => server?.close());

const schema = {
  type: 'object',
  properties: { ok: { type: 'boolean' } },
  required: ['ok'],
  additionalProperties: false,
};
const tool = { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } };
const hello: ModelRequest = {
  messages: [
    { role: 'system', text: 'be brief' },
    { role: 'user', text: 'hello' },
  ],
};

async function ask(provider: string, request: ModelRequest, ...replies: Reply[]) {
  server = await modelServer(replies);
  const model = openModel({
    name: `${provider}:test-model`,
    url: server.url.replace(/\/v1$/, ''),
    key: (variables) => (variables.length > 0 ? new ModelKey('key-0123456789abcdef', 'test') : undefined),
    totalS: 10,
    idleS: 5,
    rules: { attempts: 2, firstS: 0.01, longestS: 0.01, patienceS: 1 },
  });
  return finish(model.stream(request));
}

function anthropic(...data: { type: string; [key: string]: unknown }[]): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const one of data) response.write(`event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`);
    response.end();
  };
}

const begin = {
  type: 'message_start',
  message: {
    id: 'm',
    type: 'message',
    role: 'assistant',
    content: [],
    model: 'test-model',
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: 50,
      output_tokens: 1,
      cache_read_input_tokens: 10,
      cache_creation_input_tokens: 0,
    },
  },
};
const end = (reason: string) => [
  {
    type: 'message_delta',
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 20 },
  },
  { type: 'message_stop' },
];
const block = (content: object, ...deltas: object[]) => [
  { type: 'content_block_start', index: 0, content_block: content },
  ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
  { type: 'content_block_stop', index: 0 },
];

it('Anthropic: text, tokens with those of its cache, and the key in its own header', async () => {
  const result = await ask(
    'anthropic',
    hello,
    anthropic(
      begin,
      ...block(
        { type: 'text', text: '' },
        { type: 'text_delta', text: 'good ' },
        { type: 'text_delta', text: 'day' },
      ),
      ...end('end_turn'),
    ),
  );
  expect(result).toMatchObject({ text: 'good day', finish: 'stop' });
  expect(result.usage?.inputTokens).toBe(60);
  expect(result.usage?.cachedTokens).toBe(10);
  expect(result.usage?.outputTokens).toBeGreaterThanOrEqual(20);
  expect(server?.asked[0]?.path).toBe('/v1/messages');
  expect(server?.asked[0]?.headers['x-api-key']).toBe('key-0123456789abcdef');
  expect(server?.asked[0]?.headers.authorization).toBeUndefined();
});

it('Anthropic: calls of tools', async () => {
  const result = await ask(
    'anthropic',
    { ...hello, tools: [tool] },
    anthropic(
      begin,
      ...block(
        { type: 'tool_use', id: 'tu_1', name: 'look', input: {} },
        { type: 'input_json_delta', partial_json: '{"at":' },
        { type: 'input_json_delta', partial_json: '"T1w"}' },
      ),
      ...end('tool_use'),
    ),
  );
  expect(result).toMatchObject({
    finish: 'tools',
    toolCalls: [{ id: 'tu_1', name: 'look', arguments: { at: 'T1w' } }],
  });
});

it('Anthropic: an answer by schema is text here, though it is the argument of a tool there', async () => {
  const result = await ask(
    'anthropic',
    { ...hello, answer: { name: 'verdict', schema } },
    anthropic(
      begin,
      ...block(
        { type: 'tool_use', id: 'tu_1', name: 'verdict', input: {} },
        { type: 'input_json_delta', partial_json: '{"ok":true}' },
      ),
      ...end('tool_use'),
    ),
  );
  expect(result).toMatchObject({ text: '{"ok":true}', toolCalls: [], finish: 'stop' });
  expect(server?.asked[0]?.body['tool_choice']).toEqual({ type: 'tool', name: 'verdict' });
});

it('Anthropic: a refusal, and a stream that ends early', async () => {
  const text = block({ type: 'text', text: '' }, { type: 'text_delta', text: 'I' });
  expect((await ask('anthropic', hello, anthropic(begin, ...text, ...end('refusal')))).finish).toBe(
    'refusal',
  );
  await server?.close();
  await expect(ask('anthropic', hello, anthropic(begin, ...text))).rejects.toMatchObject({
    code: 'provider.cut',
  });
});

it('Anthropic: an overloaded provider in the middle of the stream', async () => {
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  await expect(ask('anthropic', hello, anthropic(overloaded))).rejects.toMatchObject({
    code: 'provider.server',
  });
  expect(server?.asked).toHaveLength(2);
});

function ollama(...lines: object[]): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (const line of lines)
      response.write(`${JSON.stringify({ model: 'test-model', created_at: 'x', ...line })}\n`);
    response.end();
  };
}
const counts = { prompt_eval_count: 40, eval_count: 9, total_duration: 1 };

it('Ollama: text, tokens, no key, and a context large enough that nothing is cut in silence', async () => {
  const long = 'word '.repeat(20_000);
  const result = await ask(
    'ollama',
    { messages: [{ role: 'user', text: long }], answer: { name: 'verdict', schema } },
    ollama(
      { message: { role: 'assistant', content: '{"ok":' }, done: false },
      { message: { role: 'assistant', content: 'true}' }, done: false },
      { message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...counts },
    ),
  );
  expect(result).toMatchObject({
    text: '{"ok":true}',
    finish: 'stop',
    usage: { inputTokens: 40, outputTokens: 9 },
  });
  const { headers, body, path } = server?.asked[0] ?? {};
  expect(path).toBe('/api/chat');
  expect(headers?.authorization).toBeUndefined();
  expect(body?.['format']).toEqual(schema);
  expect((body?.['options'] as { num_ctx: number }).num_ctx).toBeGreaterThan(long.length / 4);
});

it('Ollama: calls of tools, and a stream that ends early', async () => {
  const call = { function: { name: 'look', arguments: { at: 'T1w' } } };
  const result = await ask(
    'ollama',
    { ...hello, tools: [tool] },
    ollama(
      { message: { role: 'assistant', content: '', tool_calls: [call] }, done: false },
      { message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...counts },
    ),
  );
  expect(result).toMatchObject({ finish: 'tools', toolCalls: [{ name: 'look', arguments: { at: 'T1w' } }] });
  await server?.close();
  await expect(
    ask('ollama', hello, ollama({ message: { role: 'assistant', content: 'half' }, done: false })),
  ).rejects.toMatchObject({ code: 'provider.cut' });
});

it('DeepSeek holds answers to JSON alone: the schema stands in the prompt', async () => {
  const { says } = await import('../../../support/model-server.js');
  await ask('deepseek', { ...hello, answer: { name: 'verdict', schema } }, says('{"ok":true}'));
  const body = server?.asked[0]?.body;
  expect(body?.['response_format']).toEqual({ type: 'json_object' });
  expect(JSON.stringify(body?.['messages'])).toContain('additionalProperties');
});
