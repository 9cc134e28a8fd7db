import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AskedOf {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** One reply of the server: writes what it likes into the response, and may leave it open or break it. */
export type Reply = (response: ServerResponse) => void | Promise<void>;

export interface ModelServer {
  /** `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  readonly asked: AskedOf[];
  close(): Promise<void>;
}

/** A server that really speaks HTTP and answers from a list; the last reply is repeated. */
export async function modelServer(replies: readonly Reply[]): Promise<ModelServer> {
  const asked: AskedOf[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString('utf8');
      const reply = replies[asked.length] ?? replies.at(-1);
      asked.push({
        path: request.url ?? '',
        headers: request.headers,
        body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      });
      void reply?.(response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

export interface Delta {
  readonly role?: string;
  readonly content?: string | null;
  readonly refusal?: string;
  readonly tool_calls?: readonly object[];
}

/** A piece of a chat completion as OpenAI streams it. */
export function chunk(delta: Delta, finish: string | null = null): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'test',
    choices: [{ index: 0, delta, finish_reason: finish }],
  };
}

export const usageChunk = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'test',
  choices: [],
  usage: {
    prompt_tokens: 120,
    completion_tokens: 30,
    total_tokens: 150,
    prompt_tokens_details: { cached_tokens: 64 },
    completion_tokens_details: { reasoning_tokens: 12 },
  },
};

/** Server-sent events; `[DONE]` at the end unless the stream is to be cut there. */
export function events(data: readonly object[], { done = true, type = 'text/event-stream' } = {}): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': type });
    for (const one of data) response.write(`data: ${JSON.stringify(one)}\n\n`);
    response.end(done ? 'data: [DONE]\n\n' : undefined);
  };
}

/** A whole answer in text. */
export function says(text: string): Reply {
  const half = Math.ceil(text.length / 2);
  return events([
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: text.slice(0, half) }),
    chunk({ content: text.slice(half) }),
    chunk({}, 'stop'),
    usageChunk,
  ]);
}

/** Calls of tools, with the arguments as text, so that they can be broken. */
export function calls(...tools: readonly { name: string; arguments: string }[]): Reply {
  return events([
    chunk({
      role: 'assistant',
      content: null,
      tool_calls: tools.map((tool, index) => ({
        index,
        id: `call_${index}`,
        type: 'function',
        function: { name: tool.name, arguments: '' },
      })),
    }),
    ...tools.map((tool, index) =>
      chunk({ tool_calls: [{ index, function: { arguments: tool.arguments } }] }),
    ),
    chunk({}, 'tool_calls'),
    usageChunk,
  ]);
}

export function status(
  code: number,
  body: object | string = {},
  headers: Record<string, string> = {},
): Reply {
  return (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

export function document(body: string, type: string): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  };
}

/** Sends some events, then breaks the connection. */
export function breaks(data: readonly object[]): Reply {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const one of data) response.write(`data: ${JSON.stringify(one)}\n\n`);
    await new Promise((done) => setTimeout(done, 20));
    response.destroy();
  };
}

/** Sends some events, then nothing, and stays open. */
export function goesQuiet(data: readonly object[]): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const one of data) response.write(`data: ${JSON.stringify(one)}\n\n`);
  };
}

/** A piece every `everyMs`, for ever. */
export function dribbles(everyMs: number): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(
      () => response.write(`data: ${JSON.stringify(chunk({ content: '.' }))}\n\n`),
      everyMs,
    );
    response.on('close', () => clearInterval(timer));
  };
}
