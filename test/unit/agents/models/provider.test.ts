import { afterEach, describe, expect, it } from 'vitest';
import { finish, type Model, type ModelPart, type ModelRequest } from '../../../../src/agents/model.js';
import { openModel } from '../../../../src/agents/models/open-model.js';
import { ModelKey } from '../../../../src/config/model-key.js';
import {
  breaks,
  calls,
  chunk,
  document,
  dribbles,
  events,
  goesQuiet,
  modelServer,
  says,
  status,
  type ModelServer,
  type Reply,
} from '../../../support/model-server.js';

const KEY = 'sk-test-0123456789abcdef0123';
const servers: ModelServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(...replies: Reply[]): Promise<ModelServer> {
  const server = await modelServer(replies);
  servers.push(server);
  return server;
}

function open(url: string, clocks: { totalS?: number; idleS?: number } = {}): Model {
  return openModel({
    name: 'openai:test-model',
    url,
    key: () => new ModelKey(KEY, 'test'),
    totalS: 20,
    idleS: 10,
    ...clocks,
    rules: { attempts: 3, firstS: 0.01, longestS: 0.05, patienceS: 2 },
  });
}

const hello: ModelRequest = { messages: [{ role: 'user', text: 'hello' }] };
const tool = { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: {} } };

async function parts(model: Model, request = hello, signal?: AbortSignal): Promise<ModelPart[]> {
  const all: ModelPart[] = [];
  for await (const part of model.stream(request, signal === undefined ? {} : { signal })) all.push(part);
  return all;
}

describe('an answer', () => {
  it('streams text, counts tokens as the provider does, and sends the key in the header alone', async () => {
    const server = await serve(says('the b0 image is the first volume'));
    const all = await parts(open(server.url));
    expect(all.filter(({ type }) => type === 'text')).toHaveLength(2);
    expect(all.at(-1)).toEqual({
      type: 'result',
      result: {
        text: 'the b0 image is the first volume',
        toolCalls: [],
        usage: { inputTokens: 120, outputTokens: 30, cachedTokens: 64, reasoningTokens: 12 },
        finish: 'stop',
      },
    });
    expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(JSON.stringify(server.asked[0]?.body)).not.toContain(KEY);
  });

  it('says nothing of usage where the provider counts nothing', async () => {
    const server = await serve(events([chunk({ role: 'assistant', content: 'yes' }), chunk({}, 'stop')]));
    expect((await finish(open(server.url).stream(hello))).usage).toBeUndefined();
  });

  it('takes pieces without a role, as some servers send them, with their tool calls', async () => {
    const server = await serve(
      events([
        chunk({
          tool_calls: [
            { index: 0, id: 'a', function: { name: 'look', arguments: '{"at":' } },
            { index: 1, id: 'b', function: { name: 'look', arguments: '{}' } },
          ],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '"T1w"}' } }] }, 'tool_calls'),
      ]),
    );
    const result = await finish(open(server.url).stream({ ...hello, tools: [tool] }));
    expect(result.finish).toBe('tools');
    expect(result.toolCalls).toEqual([
      { id: 'a', name: 'look', arguments: { at: 'T1w' } },
      { id: 'b', name: 'look', arguments: {} },
    ]);
  });

  it('hands malformed arguments on as what they are, and never runs away with half of them', async () => {
    const server = await serve(
      calls({ name: 'look', arguments: '{"at": "T1w' }, { name: 'look', arguments: '[1]' }),
    );
    const result = await finish(open(server.url).stream({ ...hello, tools: [tool] }));
    expect(result.toolCalls.map(({ arguments: args, malformed }) => [args, malformed])).toEqual([
      [{}, '{"at": "T1w'],
      [{}, '[1]'],
    ]);
  });

  it('knows a refusal, which comes without content, from an empty answer', async () => {
    const server = await serve(
      events([
        chunk({ role: 'assistant', content: '', refusal: 'I will not ' }),
        chunk({ refusal: 'do that.' }),
        chunk({}, 'stop'),
      ]),
    );
    expect(await finish(open(server.url).stream(hello))).toMatchObject({
      finish: 'refusal',
      refusal: 'I will not do that.',
    });
  });

  it('knows the filter of a provider and an answer that hit its limit', async () => {
    const server = await serve(
      events([chunk({ role: 'assistant', content: '' }), chunk({}, 'content_filter')]),
      events([chunk({ role: 'assistant', content: 'one, two' }), chunk({}, 'length')]),
    );
    const model = open(server.url);
    expect((await finish(model.stream(hello))).finish).toBe('refusal');
    expect((await finish(model.stream(hello))).finish).toBe('length');
  });

  it('asks for an answer by schema, with tools and their results in the form of the provider', async () => {
    const server = await serve(says('{"ok":true}'));
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    await finish(
      open(server.url).stream({
        messages: [
          { role: 'system', text: 'be brief' },
          { role: 'user', text: 'look' },
          {
            role: 'assistant',
            text: '',
            toolCalls: [
              { id: 'a', name: 'look', arguments: { at: 'T1w' }, opaque: { extra_content: { google: 'x' } } },
              { id: 'b', name: 'look', arguments: {} },
            ],
          },
          { role: 'tool', call: 'a', name: 'look', text: 'one file' },
        ],
        tools: [tool],
        toolChoice: 'none',
        answer: { name: 'verdict', schema },
      }),
    );
    const body = server.asked[0]?.body as Record<string, unknown>;
    expect(body['response_format']).toEqual({
      type: 'json_schema',
      json_schema: { name: 'verdict', schema, strict: true },
    });
    expect(body['tool_choice']).toBe('none');
    const messages = body['messages'] as Record<string, unknown>[];
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'tool']);
    expect(messages[2]?.['tool_calls']).toMatchObject([
      { id: 'a', extra_content: { google: 'x' }, function: { arguments: '{"at":"T1w"}' } },
      { id: 'b' },
    ]);
    expect(messages[4]).toMatchObject({ tool_call_id: 'b', content: 'not run: the turn was stopped' });
  });
});

describe('what is asked again', () => {
  it.each([
    ['429 without Retry-After', status(429)],
    ['500', status(500)],
    ['503', status(503, 'upstream')],
    ['529 of an overloaded provider', status(529)],
    ['a connection that breaks before anything came', breaks([])],
  ])('%s', async (_what, failing) => {
    const server = await serve(failing, failing, says('at last'));
    const all = await parts(open(server.url));
    expect(all.map(({ type }) => type)).toEqual(['waiting', 'waiting', 'text', 'text', 'result']);
    expect(server.asked).toHaveLength(3);
  });

  it('waits as long as Retry-After says, in seconds, milliseconds or as a date', async () => {
    const soon = new Date(Date.now() + 2000).toUTCString();
    const server = await serve(
      status(429, {}, { 'retry-after': '0' }),
      status(429, {}, { 'retry-after-ms': '30' }),
      says('yes'),
      status(503, {}, { 'retry-after': soon }),
      says('yes'),
    );
    const model = open(server.url);
    const waits = async (): Promise<number[]> =>
      (await parts(model)).flatMap((part) => (part.type === 'waiting' ? [part.seconds] : []));
    expect(await waits()).toEqual([0, 0.03]);
    const [seconds] = await waits();
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(2);
  });

  it('does not wait for a provider that asks for an hour, and says so', async () => {
    const server = await serve(status(429, {}, { 'retry-after': '3600' }));
    await expect(parts(open(server.url))).rejects.toMatchObject({
      code: 'provider.rate-limit',
      message: expect.stringContaining('come back in 3600 s'),
    });
    expect(server.asked).toHaveLength(1);
  });

  it('gives up after its attempts and says how often it asked', async () => {
    const server = await serve(status(500, { error: { message: 'no capacity' } }));
    await expect(parts(open(server.url))).rejects.toMatchObject({
      code: 'provider.server',
      message: expect.stringMatching(/no capacity \(asked 3 times\)/),
    });
  });

  it('stops at once when it is told to, also while it waits', async () => {
    const server = await serve(status(429, {}, { 'retry-after': '2' }));
    const stop = new AbortController();
    const started = Date.now();
    const running = (async () => {
      for await (const part of open(server.url).stream(hello, { signal: stop.signal }))
        if (part.type === 'waiting') stop.abort();
    })();
    await expect(running).rejects.toMatchObject({ code: 'job.cancelled' });
    expect(Date.now() - started).toBeLessThan(1900);
    expect(server.asked).toHaveLength(1);
  });

  it('stops in the middle of an answer, and the connection with it', async () => {
    let closed = false;
    const server = await serve((response) => {
      response.on('close', () => (closed = true));
      void dribbles(5)(response);
    });
    const stop = new AbortController();
    const running = (async () => {
      for await (const part of open(server.url).stream(hello, { signal: stop.signal }))
        if (part.type === 'text') stop.abort();
    })();
    await expect(running).rejects.toMatchObject({ code: 'job.cancelled' });
    await expect.poll(() => closed).toBe(true);
  });
});

describe('what is an error', () => {
  it.each([
    ['a wrong key', status(401, { error: { message: `Incorrect API key: ${KEY}` } }), 'provider.key'],
    ['no right to the model', status(403), 'provider.key'],
    ['an unknown model', status(404, { error: { message: 'no such model' } }), 'provider.request'],
    ['a request it does not take', status(400, { error: { message: 'bad schema' } }), 'provider.request'],
    [
      'an account without credit, which no waiting mends',
      status(429, { error: { message: 'You exceeded', code: 'insufficient_quota' } }),
      'provider.rate-limit',
    ],
    [
      'a conversation that is too long (OpenAI)',
      status(400, { error: { message: 'maximum context length is 8192', code: 'context_length_exceeded' } }),
      'provider.context',
    ],
    [
      'a conversation that is too long (llama.cpp)',
      status(400, {
        error: { message: 'exceeds the available context size', type: 'exceed_context_size_error' },
      }),
      'provider.context',
    ],
    ['a body that is too large', status(413), 'provider.context'],
    ['a page for browsers', document('<html><title>Login</title></html>', 'text/html'), 'provider.answer'],
    ['an empty document', document('{}', 'application/json'), 'provider.answer'],
    ['empty choices', document('{"choices":[]}', 'application/json'), 'provider.answer'],
    ['a stream without choices', events([{ choices: [] }, {}]), 'provider.answer'],
    ['a stream of nothing', events([]), 'provider.answer'],
    [
      'an answer without a word',
      events([chunk({ role: 'assistant', content: '' }), chunk({}, 'stop')]),
      'provider.answer',
    ],
    ['bytes that are no JSON', document('data: {"choices": [{\n\n', 'text/event-stream'), 'provider.answer'],
    [
      'a redirection, which would carry the prompt away',
      status(307, {}, { location: 'http://127.0.0.1:9/' }),
      'provider.answer',
    ],
    [
      'a stream that ends without a reason',
      events([chunk({ role: 'assistant', content: 'the first ha' })], { done: false }),
      'provider.cut',
    ],
    [
      'the same with an end mark',
      events([chunk({ role: 'assistant', content: 'the first ha' })]),
      'provider.cut',
    ],
    [
      'a connection that breaks in the middle',
      breaks([chunk({ role: 'assistant', content: 'the first ha' })]),
      'provider.unreachable',
    ],
    [
      'an error inside the stream',
      events([
        chunk({ role: 'assistant', content: 'so' }),
        { error: { message: 'the engine died', type: 'server_error' } },
      ]),
      'provider.server',
    ],
  ])('%s', async (_what, reply, code) => {
    const server = await serve(reply);
    const error = await parts(open(server.url)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'NeuroClawError', code });
    expect(server.asked).toHaveLength(1);
    // The message names the address and never the key, whatever the provider repeats.
    expect(String(error)).toContain('127.0.0.1');
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(KEY);
  });

  it('a server that nobody runs', async () => {
    const server = await serve(says('x'));
    await server.close();
    await expect(parts(open(server.url))).rejects.toMatchObject({ code: 'provider.unreachable' });
  });

  it('a stream that goes quiet', async () => {
    const server = await serve(goesQuiet([chunk({ role: 'assistant', content: 'so' })]));
    await expect(parts(open(server.url, { idleS: 0.1 }))).rejects.toMatchObject({
      code: 'provider.timeout',
      message: expect.stringContaining('sent nothing for 0.1 s'),
    });
  });

  it('an answer that comes drop by drop and never ends', async () => {
    const server = await serve(dribbles(20));
    await expect(parts(open(server.url, { totalS: 0.3 }))).rejects.toMatchObject({
      code: 'provider.timeout',
      message: expect.stringContaining('within 0.3 s'),
    });
  });
});

describe('the shell of the person', () => {
  it('gives nothing away to a server that was not asked for', async () => {
    const meant = await serve(says('yes'));
    const other = await serve(says('no'));
    const planted = {
      OPENAI_API_KEY: 'sk-of-the-shell-0123456789',
      OPENAI_ORG_ID: 'org-of-the-shell',
      OPENAI_ORGANIZATION: 'org-of-the-shell',
      OPENAI_PROJECT_ID: 'project-of-the-shell',
      OPENAI_BASE_URL: other.url,
      AZURE_OPENAI_API_KEY: 'azure-of-the-shell',
      LANGSMITH_GATEWAY: other.url,
      LANGSMITH_TRACING: 'true',
      LANGCHAIN_TRACING_V2: 'true',
      LANGSMITH_API_KEY: 'ls-of-the-shell',
      LANGSMITH_ENDPOINT: other.url,
    };
    const before = { ...process.env };
    Object.assign(process.env, planted);
    try {
      const model = openModel({ name: 'test', url: meant.url, key: () => undefined, totalS: 5, idleS: 5 });
      await finish(model.stream(hello));
      expect(Object.keys(process.env).filter((name) => /^LANG(SMITH|CHAIN)_/.test(name))).toEqual([]);
      // A tracer sends in the background: time for a mistake to show.
      await new Promise((done) => setTimeout(done, 300));
    } finally {
      process.env = before;
    }
    expect(other.asked).toEqual([]);
    expect(meant.asked).toHaveLength(1);
    expect(JSON.stringify(meant.asked[0]?.headers)).not.toContain('of-the-shell');
  });
});

describe('servers of local models', () => {
  const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
  const asks: ModelRequest = { ...hello, answer: { name: 'verdict', schema } };
  /** What llama-cpp-python 0.3 answers, to the letter. */
  const refusal = JSON.stringify({
    error: {
      message:
        "1 validation error:\n  {'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\", 'input': 'json_schema', 'ctx': {'expected': \"'text' or 'json_object'\"}}",
      type: 'internal_server_error',
      param: null,
      code: null,
    },
  });

  it('are asked for JSON, with the schema in the prompt, where they take no schema; once', async () => {
    const server = await serve(status(500, refusal), says('{"ok":true}'), says('{"ok":false}'));
    const model = open(server.url);
    expect((await finish(model.stream(asks))).text).toBe('{"ok":true}');
    expect((await finish(model.stream(asks))).text).toBe('{"ok":false}');
    const formats = server.asked.map(({ body }) => (body['response_format'] as { type: string }).type);
    expect(formats).toEqual(['json_schema', 'json_object', 'json_object']);
    expect(server.asked[1]?.body['response_format']).toEqual({ type: 'json_object', schema });
    expect(JSON.stringify(server.asked[1]?.body['messages'])).toContain('of this JSON Schema');
  });

  it('that refuse the second form too are not asked for ever', async () => {
    const server = await serve(status(400, refusal));
    await expect(parts(open(server.url), asks)).rejects.toMatchObject({ code: 'provider.request' });
    expect(server.asked).toHaveLength(2);
  });

  it.each([
    ['lines', 'You talk with people. They ask you questions and they can tell you what is there.\n- why\n'],
    ['a word', 'again '],
  ])('whose model says the same %s for ever are stopped', async (_what, unit) => {
    const pieces = Array.from({ length: 4000 }, () => chunk({ content: unit }));
    const server = await serve(events([chunk({ role: 'assistant', content: 'So: ' }), ...pieces]));
    const seen: ModelPart[] = [];
    const asking = async (): Promise<void> => {
      for await (const part of open(server.url).stream(hello)) seen.push(part);
    };
    await expect(asking()).rejects.toMatchObject({
      code: 'provider.answer',
      message: expect.stringContaining('says the same again and again'),
    });
    expect(seen.length).toBeLessThan(2500);
  });

  it('may list many things that are much alike', async () => {
    const rows = Array.from(
      { length: 2000 },
      (_, at) => `| sub-${at + 1} | functional/clean | 12 jobs | done |\n`,
    );
    const server = await serve(events([...rows.map((row) => chunk({ content: row })), chunk({}, 'stop')]));
    expect((await finish(open(server.url).stream(hello))).text).toBe(rows.join(''));
  });
});
