import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { NeuroClawError, nodeErrorCode } from '../kernel/errors.js';
import { emptyChain, maxLineBytes, sealEvent, type ChainHead } from './chain.js';
import { parseTraceLine } from './parse.js';

const lineEnd = 0x0a;

/** Where the chain of a file ends, read from its last bytes alone; a half last line is cut off the file. */
export async function continueChain(
  file: string,
  run: string,
): Promise<{ readonly head: ChainHead; readonly cutBytes: number }> {
  let handle;
  try {
    handle = await open(file, 'r+');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return { head: emptyChain, cutBytes: 0 };
    throw error;
  }
  try {
    const { size } = await handle.stat();
    // One whole line and one half line, each at most maxLineBytes.
    const tail = Buffer.alloc(Math.min(size, 2 * maxLineBytes));
    await handle.read(tail, 0, tail.length, size - tail.length);
    const end = tail.lastIndexOf(lineEnd) + 1;
    const cutBytes = tail.length - end;
    if (end === 0 && tail.length === 2 * maxLineBytes) throw await broken(file, 'it has no line end');
    if (end === 0) {
      if (cutBytes > 0) await handle.truncate(0);
      return { head: emptyChain, cutBytes };
    }
    const start = end >= 2 ? tail.lastIndexOf(lineEnd, end - 2) + 1 : 0;
    const line = tail.toString('utf8', start, end - 1);
    const parsed = parseTraceLine(line);
    if ('problem' in parsed) throw await broken(file, parsed.problem);
    const { event } = parsed;
    const { hash, ...unsealed } = event;
    if (sealEvent(unsealed).line !== line) throw await broken(file, 'it was edited: its hash does not fit');
    if (event.run !== run) throw await broken(file, `it belongs to run ${event.run}, not to ${run}`);
    // Only now, when the rest is known to be a trace: a file that is none stays as it is.
    if (cutBytes > 0) await handle.truncate(size - cutBytes);
    return { head: { seq: event.seq, hash }, cutBytes };
  } finally {
    await handle.close();
  }
}

async function broken(file: string, why: string): Promise<NeuroClawError> {
  const line = await lastLineNumber(file);
  return new NeuroClawError('trace.broken', `the trace cannot be continued after line ${line}: ${why}`, {
    place: { file, line },
  });
}

async function lastLineNumber(file: string): Promise<number> {
  let ends = 0;
  for await (const chunk of createReadStream(file)) {
    for (const byte of chunk as Buffer) if (byte === lineEnd) ends++;
  }
  return Math.max(ends, 1);
}
