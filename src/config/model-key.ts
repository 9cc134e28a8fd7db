import { readFileSync, statSync } from 'node:fs';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';

/** The key of a model provider. It shows itself only to who asks for it by name: never in JSON, logs or messages. */
export class ModelKey {
  readonly #text: string;
  /** `environment NAME` or `file PATH`. */
  readonly source: string;

  constructor(text: string, source: string) {
    this.#text = text;
    this.source = source;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[key]';
  }

  toJSON(): string {
    return '[key]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `ModelKey(${this.source})`;
  }
}

export interface KeySources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `model_key_file` of the settings. */
  readonly file: string | undefined;
}

const OTHERS = 0o077;

/**
 * The key in the first of the variables that is set, or in the file of the settings, which nobody else may read.
 * Throws provider.key for a file that others can read, or that is empty.
 */
export function findModelKey(variables: readonly string[], { env, file }: KeySources): ModelKey | undefined {
  if (file !== undefined) return keyOfFile(file);
  for (const name of variables) {
    const text = env[name]?.trim();
    if (text !== undefined && text !== '') return new ModelKey(text, `environment ${name}`);
  }
  return undefined;
}

function keyOfFile(file: string): ModelKey {
  let mode: number;
  let text: string;
  try {
    ({ mode } = statSync(file));
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  if ((mode & OTHERS) !== 0)
    throw new NeuroClawError('provider.key', `others may read the key in ${file}`, {
      place: { file },
      expected: 'a file of mode 0600',
      hint: `chmod 600 ${file}`,
    });
  if (text !== '' && !/\s/.test(text)) return new ModelKey(text, `file ${file}`);
  throw new NeuroClawError('provider.key', `${file} holds no key`, {
    place: { file },
    expected: 'the key alone, in one line',
  });
}
