import { ToolUsageError } from '../tool.js';

/** `value`: the next token, whatever it begins with. `values`: the same, may be repeated. `flag`: takes nothing. */
type FlagKind = 'value' | 'values' | 'flag';

export interface Flags {
  has(name: string): boolean;
  values(name: string): readonly string[];
  optional(name: string): string | undefined;
  /** Throws ToolUsageError where it is missing. */
  required(name: string): string;
}

/** Reads `--name value` tokens. Throws ToolUsageError naming a token that is not known, stands twice or lacks its value. */
export function readFlags(args: readonly string[], kinds: Readonly<Record<string, FlagKind>>): Flags {
  const given = new Map<string, string[]>();
  for (let at = 0; at < args.length; at++) {
    const flag = args[at] ?? '';
    const kind = Object.hasOwn(kinds, flag) ? kinds[flag] : undefined;
    if (kind === undefined) {
      throw new ToolUsageError(`unknown argument ${flag}; known are ${Object.keys(kinds).join(', ')}`);
    }
    const values = given.get(flag) ?? [];
    if (given.has(flag) && kind !== 'values') throw new ToolUsageError(`${flag} stands twice`);
    if (kind !== 'flag') {
      const value = args[++at];
      if (value === undefined) throw new ToolUsageError(`${flag} lacks its value`);
      values.push(value);
    }
    given.set(flag, values);
  }
  const values = (name: string): readonly string[] => given.get(name) ?? [];
  return {
    has: (name) => given.has(name),
    values,
    optional: (name) => values(name)[0],
    required(name) {
      const [value] = values(name);
      if (value === undefined) throw new ToolUsageError(`${name} is missing`);
      return value;
    },
  };
}
