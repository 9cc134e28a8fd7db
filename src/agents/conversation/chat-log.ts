import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { JsonLines } from '../../engine/jsonl.js';
import { acquireLock, type Lock } from '../../engine/lock.js';
import { NeuroClawError, nodeErrorCode } from '../../kernel/errors.js';
import type { JsonObject } from '../../kernel/json.js';
import { nearest } from '../../kernel/text.js';
import type { ChatRecord, RecordBody } from './record.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The append-only file of one conversation: every line is on the disk before anybody is told of it. */
export class ChatLog {
  readonly name: string;
  readonly file: string;
  readonly records: ChatRecord[];
  readonly #lines: JsonLines;
  readonly #lock: Lock;

  /** Opens or begins a conversation. Throws preflight.lock where another process holds it. */
  constructor(folder: string, name: string) {
    if (!NAME.test(name))
      throw new NeuroClawError('usage.arguments', `a conversation cannot be called ${JSON.stringify(name)}`, {
        expected: 'up to 64 letters, digits, dots, hyphens and underscores',
      });
    mkdirSync(folder, { recursive: true });
    this.name = name;
    this.file = join(folder, `${name}.jsonl`);
    this.#lock = lockOf(folder, name);
    this.#lines = new JsonLines(this.file);
    this.records = this.#lines.read() as unknown as ChatRecord[];
  }

  append(turn: number, body: RecordBody): void {
    const record: ChatRecord = { v: 1, turn, ts: new Date().toISOString(), ...body };
    this.#lines.append(record as unknown as JsonObject);
    this.#lines.sync();
    this.records.push(record);
  }

  close(): void {
    this.#lines.close();
    this.#lock.release();
  }
}

function lockOf(folder: string, name: string): Lock {
  try {
    return acquireLock(join(folder, `${name}.lock`), `the conversation ${name}`);
  } catch (error) {
    if (!(error instanceof NeuroClawError) || error.code !== 'preflight.lock') throw error;
    throw new NeuroClawError('preflight.lock', `the conversation ${name} is open in another process`, {
      ...(error.place === undefined ? {} : { place: error.place }),
      hint: 'close it there, or begin another one',
      cause: error,
    });
  }
}

/** Names of the conversations of a folder, oldest first. */
export function listChats(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => name.slice(0, -'.jsonl'.length))
      .sort();
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The conversation that a name or its beginning stands for. Throws run.unknown with what there is. */
export function findChat(folder: string, name: string): string {
  if (existsSync(join(folder, `${name}.jsonl`))) return name;
  const all = listChats(folder);
  const fits = all.filter((each) => each.startsWith(name));
  if (fits.length === 1 && fits[0] !== undefined) return fits[0];
  const near = nearest(name, all);
  throw new NeuroClawError(
    'run.unknown',
    fits.length > 1
      ? `${name} names ${fits.length} conversations: ${fits.join(', ')}`
      : `no conversation ${name} in ${folder}${near === undefined ? '' : `; did you mean ${near}?`}`,
    { place: { file: folder }, hint: 'the conversations of a folder are listed by /conversations' },
  );
}

/** `20261125-0705`, with a number behind it where that is taken. */
export function newChatName(folder: string, now: Date): string {
  const stamp = now.toISOString().slice(0, 16).replace(/[-:]/g, '').replace('T', '-');
  const taken = new Set(listChats(folder));
  for (let count = 1; ; count++) {
    const name = count === 1 ? stamp : `${stamp}-${count}`;
    if (!taken.has(name)) return name;
  }
}
