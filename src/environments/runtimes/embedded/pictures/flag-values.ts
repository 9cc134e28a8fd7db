import { ToolUsageError, type ToolIo } from '../tool.js';
import type { Flags } from '../tools/flags.js';
import type { Which } from './load-volume.js';

/** One kind of picture: its flags beside `--title` and `--out`, and how it is drawn. */
export interface Kind {
  readonly flags: string;
  readonly svg: (flags: Flags, io: ToolIo) => Promise<string>;
}

/** Host path of an input that may be left out. */
export function optionalPath(flags: Flags, name: string, io: ToolIo): string | undefined {
  const given = flags.optional(name);
  return given === undefined ? undefined : io.readPath(given);
}

export function optionalNumber(flags: Flags, name: string): number | undefined {
  const text = flags.optional(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new ToolUsageError(`${name} is ${text}; a number is expected`);
}

/** `--volume mean`, or an index from 0. */
export function whichVolume(flags: Flags): Which {
  const text = flags.optional('--volume') ?? 'mean';
  if (text === 'mean') return 'mean';
  const index = optionalNumber(flags, '--volume') ?? -1;
  if (Number.isInteger(index) && index >= 0) return index;
  throw new ToolUsageError(`--volume is ${text}; mean, or an index from 0, is expected`);
}

export function oneOf<Name extends string>(
  flags: Flags,
  flag: string,
  names: readonly Name[],
  fallback: Name,
): Name {
  const given = flags.optional(flag) ?? fallback;
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  throw new ToolUsageError(`${flag} is ${given}; ${names.join(', ')} are known`);
}

export function severalOf<Name extends string>(flags: Flags, flag: string, names: readonly Name[]): Name[] {
  const given = flags.optional(flag)?.split(',') ?? names;
  return given.map((each) => {
    const found = names.find((name) => name === each);
    if (found !== undefined) return found;
    throw new ToolUsageError(`${flag} names ${each}; ${names.join(', ')} are known`);
  });
}
