import { createReadStream } from 'node:fs';
import { fromFileSystem, NeuroClawError } from '../kernel/errors.js';
import type { TraceEvent } from '../kernel/events.js';
import { maxLineBytes } from './chain.js';
import { parseTraceLine } from './parse.js';

const lineEnd = 0x0a;

/**
 * The events of a trace in the order of the file, streamed. A half last line (a run that was killed, or is being
 * written) ends the stream quietly; any other line that is no event throws trace.broken with its number. Hashes are
 * not looked at: that is `verifyTrace`.
 */
export async function* readTrace(file: string): AsyncGenerator<TraceEvent> {
  for await (const { bytes, number, ended } of traceLines(file)) {
    if (!ended) return;
    const parsed = parseTraceLine(bytes.toString('utf8'));
    if ('problem' in parsed) {
      throw new NeuroClawError('trace.broken', `line ${number} is not an event: ${parsed.problem}`, {
        place: { file, line: number },
      });
    }
    yield parsed.event;
  }
}

export interface TraceLine {
  /** Without the line end. Of a line longer than any event only the beginning. */
  readonly bytes: Buffer;
  /** From 1. */
  readonly number: number;
  /** False for a last line without line end. */
  readonly ended: boolean;
}

/** The lines of a file, as bytes: decoding would hide edits that give the same replacement character. */
export async function* traceLines(file: string): AsyncGenerator<TraceLine> {
  let half = Buffer.alloc(0);
  let number = 0;
  try {
    for await (const data of createReadStream(file, { highWaterMark: 1 << 18 })) {
      const chunk = data as Buffer;
      let start = 0;
      for (let end = chunk.indexOf(lineEnd); end >= 0; end = chunk.indexOf(lineEnd, start)) {
        const bytes = join(half, chunk.subarray(start, end));
        half = Buffer.alloc(0);
        yield { bytes, number: ++number, ended: true };
        start = end + 1;
      }
      half = join(half, chunk.subarray(start));
    }
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  if (half.length > 0) yield { bytes: half, number: ++number, ended: false };
}

function join(half: Buffer, rest: Buffer): Buffer<ArrayBuffer> {
  // What is longer than any event stays longer, and need not be kept whole.
  return half.length > maxLineBytes ? (half as Buffer<ArrayBuffer>) : Buffer.concat([half, rest]);
}
