import { parseCommandLine, type Segment, type Word } from '../../skills/boutiques/command-line.js';
import { repeatedFlags } from '../../skills/boutiques/repeated-flags.js';
import type { Descriptor, DescriptorInput } from '../../skills/boutiques/schema.js';
import { sectionsOf, wholeCommandLine } from '../../skills/boutiques/sections.js';

/** Where a token of a command goes: to an input, or to a path that the skill fixes (`/out/brain.nii.gz`). */
export type Slot =
  | { readonly input: DescriptorInput; readonly before: string; readonly after: string }
  | { readonly fixed: string };

export interface Option {
  /** What follows it; undefined: nothing, it is a word of its own. */
  readonly slot: Slot | undefined;
  /** The input that is true, or has this word as its value, when the option is there. */
  readonly says?: { readonly input: DescriptorInput; readonly value: string | true };
  /** The line of the skill always has it. */
  readonly always: boolean;
  /** The condition under which the line has it. */
  readonly when?: string;
  readonly repeats: boolean;
}

/** The command line of a descriptor, turned round: what each word of a given command would mean. */
export interface CommandForm {
  readonly program: string;
  readonly options: ReadonlyMap<string, Option>;
  /** In their order; a text is a word that must stand there (`participant`). */
  readonly positionals: readonly (Slot | { readonly word: string })[];
}

/** Turns the command line of a descriptor round. */
export function commandForm(descriptor: Descriptor): CommandForm {
  const keys = [...descriptor.inputs, ...descriptor['output-files']].flatMap((one) => one['value-key'] ?? []);
  const parsed = parseCommandLine(wholeCommandLine(descriptor), keys);
  if ('reason' in parsed) throw new TypeError(parsed.reason);
  const inputs = new Map(
    descriptor.inputs.flatMap((input) => {
      const key = input['value-key'];
      return key === undefined ? [] : [[key, input] as const];
    }),
  );
  const repeated = repeatedFlags(descriptor);
  const options = new Map<string, Option>();
  const positionals: (Slot | { word: string })[] = [];
  const [first, ...words] = parsed.words;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? [];
    const input = soleInput(word, inputs);
    if (input !== undefined) {
      inputForm(input, repeated.includes(input.id), options, positionals);
      continue;
    }
    const text = firstText(word);
    if (!text.startsWith('-')) {
      positionals.push(slotOf(word, inputs) ?? { word: text });
      continue;
    }
    const section = sectionsOf(descriptor).find(({ words: own }) => own.split(/\s+/).includes(text));
    const when = section?.when;
    const common = { always: when === undefined, repeats: false, ...(when === undefined ? {} : { when }) };
    const equals = text.indexOf('=');
    if (equals > 0) {
      const [, ...rest] = word;
      const value: Word = [{ text: text.slice(equals + 1) }, ...rest];
      options.set(text.slice(0, equals), { ...common, slot: slotOf(value, inputs) });
      continue;
    }
    const next = words[at + 1];
    const apart = section !== undefined && section.words.trim() === text;
    const slot = next === undefined || apart ? undefined : following(next, inputs);
    options.set(text, { ...common, slot });
    if (slot !== undefined) at += 1;
  }
  return { program: firstText(first ?? []), options, positionals };
}

function inputForm(
  input: DescriptorInput,
  repeats: boolean,
  options: Map<string, Option>,
  positionals: (Slot | { word: string })[],
): void {
  const flag = input['command-line-flag'];
  const common = { always: false, repeats };
  const slot = { input, before: '', after: '' };
  if (flag !== undefined)
    options.set(flag, {
      ...common,
      ...(input.type === 'Flag' ? { slot: undefined, says: { input, value: true } } : { slot }),
    });
  else if (isChoiceOfFlags(input))
    for (const choice of input['value-choices'] ?? [])
      options.set(String(choice), {
        ...common,
        repeats: input.list,
        slot: undefined,
        says: { input, value: String(choice) },
      });
  else positionals.push(slot);
}

function isChoiceOfFlags(input: DescriptorInput): boolean {
  return (input['value-choices'] ?? []).some((choice) => String(choice).startsWith('-'));
}

/** What a fixed option of the line takes: a path that is fixed, or an input that has no flag of its own. */
function following(word: Word, inputs: ReadonlyMap<string, DescriptorInput>): Slot | undefined {
  const input = soleInput(word, inputs);
  if (input !== undefined)
    return input['command-line-flag'] === undefined && input.type !== 'Flag' && !isChoiceOfFlags(input)
      ? { input, before: '', after: '' }
      : undefined;
  return slotOf(word, inputs);
}

function slotOf(word: Word, inputs: ReadonlyMap<string, DescriptorInput>): Slot | undefined {
  const written = word.filter((segment) => !('text' in segment) || segment.text !== '');
  const text = firstText(written);
  if (text.startsWith('/')) return { fixed: written.map(show).join('') };
  const at = written.findIndex((segment) => 'key' in segment && inputs.has(segment.key));
  const segment = written[at];
  if (segment === undefined || !('key' in segment)) return undefined;
  const input = inputs.get(segment.key);
  if (input === undefined) return undefined;
  return {
    input,
    before: written.slice(0, at).map(show).join(''),
    after: written
      .slice(at + 1)
      .map(show)
      .join(''),
  };
}

function soleInput(word: Word, inputs: ReadonlyMap<string, DescriptorInput>): DescriptorInput | undefined {
  const [only] = word;
  return word.length === 1 && only !== undefined && 'key' in only ? inputs.get(only.key) : undefined;
}

function show(segment: Segment): string {
  return 'text' in segment ? segment.text : segment.key;
}

function firstText(word: Word): string {
  const [first] = word;
  return first !== undefined && 'text' in first ? first.text : '';
}
