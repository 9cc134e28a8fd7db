import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { NeuroClawError, fromFileSystem } from '../../kernel/errors.js';
import { canonicalJson, sha256 } from '../../kernel/json.js';

/** One exchange: what was asked, without headers, and the whole stream that came. */
const recording = z.strictObject({
  v: z.literal(1),
  key: z.string(),
  /** The same request may come again and be answered differently: 0 for the first. */
  use: z.number().int().nonnegative(),
  method: z.string(),
  path: z.string(),
  request: z.string(),
  type: z.string(),
  answer: z.string(),
});
type Recording = z.infer<typeof recording>;

type Send = (url: string, init: RequestInit) => Promise<Response>;

/**
 * A recording of exchanges with a model, one JSON line each, in a file that only its owner reads (it holds prompts).
 * Replaying never touches the network; what is not on the tape is an error that names the nearest recorded request.
 */
export interface Tape {
  readonly file: string;
  readonly mode: 'record' | 'replay';
  play(url: string, init: RequestInit, send: Send): Promise<Response>;
}

/** Replays `file` where it is there, records into it where it is not. */
export function openTape(file: string): Tape {
  const replay = existsSync(file);
  const known = replay ? readRecordings(file) : [];
  const uses = new Map<string, number>();
  let writing = Promise.resolve();
  const append = (entry: Recording): Promise<void> => {
    writing = writing.then(async () => {
      try {
        if (!existsSync(file)) await writeFile(file, '', { mode: 0o600, flag: 'wx' });
        chmodSync(file, 0o600);
        await appendFile(file, `${JSON.stringify(entry)}\n`);
      } catch (error) {
        throw fromFileSystem(error, file);
      }
    });
    return writing;
  };
  return {
    file,
    mode: replay ? 'replay' : 'record',
    async play(url, init, send) {
      const method = init.method ?? 'GET';
      const path = new URL(url).pathname;
      const request = canonicalBody(init.body);
      const key = sha256(`${method} ${path}\n${request}`);
      /** Counted when an answer is whole: attempts that failed are not on the tape. */
      const nextUse = (): number => {
        const use = uses.get(key) ?? 0;
        uses.set(key, use + 1);
        return use;
      };
      if (replay) {
        const use = nextUse();
        const found = known.find((entry) => entry.key === key && entry.use === use);
        if (found === undefined) throw missing(file, path, request, known);
        return new Response(found.answer, { status: 200, headers: { 'content-type': found.type } });
      }
      const response = await send(url, init);
      const type = response.headers.get('content-type') ?? 'text/event-stream';
      const entry = { v: 1, key, method, path, request, type } as const;
      return new Response(
        kept(response, (answer) => append({ ...entry, use: nextUse(), answer })),
        {
          status: response.status,
          headers: response.headers,
        },
      );
    },
  };
}

/** Passes the stream on and keeps it, once it ended by itself: half an answer is never recorded. */
function kept(response: Response, keep: (answer: string) => Promise<void>): ReadableStream<Uint8Array> {
  const reader = response.body?.getReader();
  const pieces: Uint8Array[] = [];
  let left = false;
  return new ReadableStream({
    async pull(controller) {
      const next = await reader?.read();
      if (left) return;
      if (next === undefined || next.done) {
        await keep(Buffer.concat(pieces).toString('utf8'));
        return controller.close();
      }
      pieces.push(next.value);
      controller.enqueue(next.value);
    },
    async cancel(reason) {
      left = true;
      // Clients stop reading at the end mark of the stream, a few bytes before its end.
      const rest = await drained(reader, pieces);
      if (rest) await keep(Buffer.concat(pieces).toString('utf8'));
      else await reader?.cancel(reason).catch(() => undefined);
    },
  });
}

const END_MARK = /data: \[DONE\]|event: message_stop|"done":\s*true/;

async function drained(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
  pieces: Uint8Array[],
): Promise<boolean> {
  if (!END_MARK.test(Buffer.concat(pieces).toString('utf8'))) return false;
  try {
    for (;;) {
      const next = await reader?.read();
      if (next === undefined || next.done) return true;
      pieces.push(next.value);
    }
  } catch {
    return false;
  }
}

function canonicalBody(body: RequestInit['body']): string {
  if (typeof body !== 'string') return '';
  try {
    return canonicalJson(JSON.parse(body));
  } catch {
    return body;
  }
}

function readRecordings(file: string): Recording[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(line);
      } catch {
        parsed = undefined;
      }
      const read = recording.safeParse(parsed);
      if (read.success) return read.data;
      throw new NeuroClawError('input.malformed', `${file} is not a recording of a model`, {
        place: { file, line: index + 1 },
        hint: 'record anew into a file that does not exist yet',
      });
    });
}

/** How many characters two texts share at their start. */
function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

function missing(file: string, path: string, request: string, known: readonly Recording[]): NeuroClawError {
  let near: Recording | undefined;
  for (const entry of known)
    if (near === undefined || commonStart(entry.request, request) > commonStart(near.request, request))
      near = entry;
  const same = near === undefined ? 0 : commonStart(near.request, request);
  const line = near === undefined ? 0 : known.indexOf(near) + 1;
  const told =
    near === undefined
      ? 'the tape is empty'
      : near.request === request
        ? `line ${line} is the same question, which is asked once more than was recorded`
        : `the nearest is line ${line}, which goes on with "${near.request.slice(same, same + 60)}" where now comes "${request.slice(same, same + 60)}"`;
  return new NeuroClawError('provider.tape', `no answer to ${path} on the tape: ${told}`, {
    place: { file, ...(near === undefined ? {} : { line }) },
  });
}
