import type { JsonValue } from '../../kernel/json.js';
import { parseCommandLine, type Word } from './command-line.js';
import { commandLineFor } from './sections.js';
import { repeatedFlags } from './repeated-flags.js';
import type { Descriptor, DescriptorInput, DescriptorOutput } from './schema.js';

/** What stands for the inputs and outputs of one call: defaults filled in, absent ones left out. */
export interface CallValues {
  /** By input id. File inputs are tool paths. */
  readonly inputs: Readonly<Record<string, JsonValue>>;
  /** By output id: the path an output is written to. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Builds the argv array of a call from a descriptor that `checkDescriptor` found sound and values that fit it.
 *
 * The rules are those of `bosh` (boutiques/localExec.py), where a shell splits the line after values were quoted
 * into it, with the shell taken out: a value with spaces, quotes, `;` or newlines is part of exactly one token.
 * White space in `command-line-flag-separator` and `list-separator` (default: one space) parts tokens, anything else
 * in them joins: `=` gives `--flag=value`. A word whose keys all have no value vanishes.
 *
 * @throws {TypeError} when the descriptor needs a shell: callers check it first
 */
export function buildArgv(descriptor: Descriptor, values: CallValues): string[] {
  const sources = valueSources(descriptor, values);
  const parsed = parseCommandLine(commandLineFor(descriptor, values.inputs), [...sources.keys()]);
  if ('reason' in parsed) throw new TypeError(parsed.reason);
  return parsed.words.flatMap((word) => tokensOfWord(word, sources));
}

/** Tokens by value-key; undefined where there is no value. */
function valueSources(
  descriptor: Descriptor,
  values: CallValues,
): Map<string, readonly string[] | undefined> {
  const sources = new Map<string, readonly string[] | undefined>();
  const repeated = repeatedFlags(descriptor);
  for (const input of descriptor.inputs) {
    const key = input['value-key'];
    if (key === undefined) continue;
    // Inputs that exclude each other may share a key: the one with a value speaks.
    const tokens = tokensOfInput(input, values.inputs[input.id], repeated.includes(input.id));
    sources.set(key, tokens ?? sources.get(key));
  }
  for (const output of descriptor['output-files']) {
    const key = output['value-key'];
    const path = values.outputs[output.id];
    if (key !== undefined) sources.set(key, path === undefined ? undefined : withFlag(output, [path]));
  }
  return sources;
}

/** The tokens of one word: neighbours are joined, so a value inside a longer word stays inside it. */
function tokensOfWord(word: Word, sources: ReadonlyMap<string, readonly string[] | undefined>): string[] {
  const keyed = word.filter((segment) => 'key' in segment);
  if (keyed.length > 0 && keyed.every(({ key }) => sources.get(key) === undefined)) return [];
  const tokens = [''];
  for (const segment of word) {
    const [first, ...rest] = 'text' in segment ? [segment.text] : (sources.get(segment.key) ?? []);
    if (first !== undefined) tokens.push((tokens.pop() ?? '') + first, ...rest);
  }
  return tokens;
}

/** The tokens that stand for one input, its flag included. Undefined: nothing is said. */
function tokensOfInput(
  input: DescriptorInput,
  value: JsonValue | undefined,
  repeatFlag: boolean,
): readonly string[] | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  if (input.type === 'Flag') return flagTokens(input);
  const items = (Array.isArray(value) ? value : [value]).map(String);
  if (items.length === 0) return undefined;
  if (repeatFlag) return items.flatMap((item) => withFlag(input, [item]));
  return withFlag(input, joinTokens(items, input['list-separator']));
}

function withFlag(source: DescriptorInput | DescriptorOutput, tokens: readonly string[]): readonly string[] {
  const flag = flagTokens(source);
  if (flag.length === 0) return tokens;
  const glued = separate(source['command-line-flag-separator']);
  return concatenate(concatenate(flag, glued), tokens);
}

/** A flag may be several words (`-x -1`): they are split like the command line. */
function flagTokens(source: DescriptorInput | DescriptorOutput): readonly string[] {
  const flag = source['command-line-flag'];
  if (flag === undefined) return [];
  return flag.split(/\s+/).filter((part) => part !== '');
}

function joinTokens(items: readonly string[], separator: string | undefined): readonly string[] {
  const glue = separate(separator);
  return items
    .map((item) => [item])
    .reduce<readonly string[]>(
      (joined, item, index) => (index === 0 ? item : concatenate(concatenate(joined, glue), item)),
      [],
    );
}

/** Parts of a separator around its white space: `=` -> ['='], ` ` -> ['', '']. */
function separate(separator = ' '): string[] {
  return separator.split(/\s+/);
}

/** Last token of `left` joined with the first of `right`. */
function concatenate(left: readonly string[], right: readonly string[]): readonly string[] {
  return [...left.slice(0, -1), (left.at(-1) ?? '') + (right[0] ?? ''), ...right.slice(1)];
}
