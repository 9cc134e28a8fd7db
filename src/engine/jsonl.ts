import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { isJsonObject, type JsonObject } from '../kernel/json.js';
import { nodeErrorCode } from '../kernel/errors.js';

/**
 * An append-only file of JSON objects, one a line, for state that can be derived again: a line that cannot be read
 * (the half last line after a crash) is left out, never fatal. One process writes (the output folder has one writer).
 */
export class JsonLines {
  readonly #path: string;
  #descriptor: number | undefined;
  #pending: string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** Every readable line, in order. A missing file has none. */
  read(): JsonObject[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
    const records: JsonObject[] = [];
    for (const line of text.split('\n')) {
      if (line === '') continue;
      try {
        const value: unknown = JSON.parse(line);
        if (isJsonObject(value)) records.push(value);
      } catch {
        continue;
      }
    }
    return records;
  }

  append(record: JsonObject): void {
    this.#pending.push(`${JSON.stringify(record)}\n`);
    if (this.#pending.length >= 256) this.flush();
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    this.#descriptor ??= openForAppend(this.#path);
    writeSync(this.#descriptor, this.#pending.join(''));
    this.#pending = [];
  }

  /** Flushes to the disk itself: what was appended survives a loss of power. */
  sync(): void {
    this.flush();
    if (this.#descriptor !== undefined) fsyncSync(this.#descriptor);
  }

  close(): void {
    this.flush();
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** Opens for appending and cuts a half last line, so that the next record starts on a line of its own. */
function openForAppend(path: string): number {
  const descriptor = openSync(path, 'a+');
  const size = fstatSync(descriptor).size;
  if (size > 0) {
    const last = Buffer.alloc(Math.min(size, 65_536));
    readSync(descriptor, last, 0, last.length, size - last.length);
    if (last.at(-1) !== 0x0a) ftruncateSync(descriptor, size - last.length + last.lastIndexOf(0x0a) + 1);
  }
  return descriptor;
}
