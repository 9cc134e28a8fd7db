import { posix } from 'node:path';
import type { JsonValue } from '../../kernel/json.js';
import { nearest } from '../../kernel/text.js';
import { activateInputs } from '../../skills/boutiques/active-inputs.js';
import { parseCondition } from '../../skills/boutiques/condition.js';
import { conditionNames } from '../../skills/boutiques/output-paths.js';
import type { DescriptorInput } from '../../skills/boutiques/schema.js';
import { misfit } from '../../skills/boutiques/value.js';
import type { Skill } from '../../skills/skill.js';
import { commandForm, type CommandForm, type Option, type Slot } from './command-form.js';

/** What is wrong with a plan, by the rule that says so. */
export interface PlanFinding {
  readonly rule: string;
  /** From 1; undefined where it is of the whole plan. */
  readonly command?: number;
  readonly message: string;
}

/** A command as one skill reads it. */
export interface ReadCommand {
  readonly skill: Skill;
  readonly values: Readonly<Record<string, JsonValue>>;
  /** The path given where the line of the skill has a fixed one. */
  readonly fixed: ReadonlyMap<string, string>;
  readonly problems: readonly { readonly rule: string; readonly message: string }[];
}

/** Words that change nothing of what is made: a command may leave them out. */
const spare = new Set(['--notrack', '--no-sub', '--no-datalad-get', '--no-save-reg', '--forcedir']);

/** Reads the arguments of a command as a skill describes them. Pure: no file is looked at. */
export function readCommand(skill: Skill, argv: readonly string[], reads: readonly string[]): ReadCommand {
  const reader = new Reader(skill);
  reader.options(argv.slice(1));
  reader.finish(reads);
  return reader;
}

class Reader implements ReadCommand {
  readonly skill: Skill;
  readonly values: Record<string, JsonValue> = {};
  readonly fixed = new Map<string, string>();
  readonly problems: { rule: string; message: string }[] = [];
  readonly #form: CommandForm;
  readonly #seen = new Set<string>();

  constructor(skill: Skill) {
    this.skill = skill;
    this.#form = commandForm(skill.descriptor);
  }

  #say(rule: string, message: string): void {
    this.problems.push({ rule, message: `${this.skill.id}: ${message}` });
  }

  options(tokens: readonly string[]): void {
    const rest: string[] = [];
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at] ?? '';
      const equals = token.startsWith('--') ? token.indexOf('=') : -1;
      const name = equals > 0 ? token.slice(0, equals) : token;
      const option = this.#form.options.get(name);
      if (option === undefined) {
        if (token.startsWith('-') && !isNumber(token)) {
          const near = nearest(name, this.#form.options.keys());
          this.#say('flag', `there is no option ${name}${near === undefined ? '' : ` (${near}?)`}`);
        } else rest.push(token);
        continue;
      }
      if (this.#seen.has(name) && !option.repeats) this.#say('flag', `${name} is given twice`);
      this.#seen.add(name);
      if (option.says !== undefined) this.#put(option.says.input, option.says.value, option.repeats);
      if (option.slot === undefined) {
        if (equals > 0) this.#say('flag', `${name} takes no value`);
        continue;
      }
      const values = equals > 0 ? [token.slice(equals + 1)] : this.#take(option, tokens.slice(at + 1));
      if (equals <= 0) at += values.length;
      if (values.length === 0) this.#say('value', `${name} has no value`);
      for (const value of values) this.#fill(option.slot, value, option.repeats || values.length > 1);
    }
    this.#positionals(rest);
  }

  /** Values after an option: one, or as many as a list may have. */
  #take(option: Option, tokens: readonly string[]): string[] {
    const { slot } = option;
    const input = slot !== undefined && 'input' in slot ? slot.input : undefined;
    const list = input?.list === true && !option.repeats && (input['list-separator'] ?? ' ') === ' ';
    const most = list ? (input['max-list-entries'] ?? Infinity) : 1;
    const taken: string[] = [];
    for (const token of tokens) {
      const other =
        this.#form.options.has(token) || (token.startsWith('-') && !isNumber(token) && !token.includes(' '));
      if (taken.length >= most || (other && !(input?.type === 'Number' && isNumber(token)))) break;
      taken.push(token);
    }
    return taken;
  }

  #positionals(tokens: readonly string[]): void {
    const slots = this.#form.positionals;
    const fit = assign(slots, tokens);
    if (fit === undefined) {
      const wanted = slots.map((slot) =>
        'word' in slot ? slot.word : 'fixed' in slot ? slot.fixed : slot.input.id,
      );
      this.#say('arguments', `its arguments ${JSON.stringify(tokens)} are not ${wanted.join(' ')}`);
      return;
    }
    for (const { slot, token } of fit)
      if (!('word' in slot)) this.#fill(slot, token, 'input' in slot && slot.input.list);
  }

  #fill(slot: Slot, token: string, more: boolean): void {
    if ('fixed' in slot) {
      this.fixed.set(slot.fixed, token);
      return;
    }
    if (!token.startsWith(slot.before) || !token.endsWith(slot.after)) {
      this.#say('value', `${slot.input.id} is ${token}, which is not ${slot.before}...${slot.after}`);
      return;
    }
    this.#put(slot.input, token.slice(slot.before.length, token.length - slot.after.length), more);
  }

  #put(input: DescriptorInput, text: string | true, more: boolean): void {
    if (text === true || !input.list) {
      if (this.values[input.id] !== undefined && !more) this.#say('conflict', `${input.id} is given twice`);
      this.values[input.id] = text === true ? true : valueOf(input, text);
      return;
    }
    const separator = input['list-separator'] ?? ' ';
    const items = separator.trim() === '' ? [text] : text.split(separator);
    const before = this.values[input.id];
    this.values[input.id] = [
      ...(Array.isArray(before) ? before : []),
      ...items.map((item) => valueOf(input, item)),
    ];
  }

  /** What can be said once all words are read: required inputs, values, inputs that exclude or need each other. */
  finish(reads: readonly string[]): void {
    const { descriptor, contract } = this.skill;
    const beside = new Set(descriptor.custom?.neuroclaw?.beside ?? []);
    for (const input of descriptor.inputs) {
      const value = this.values[input.id];
      if (value !== undefined) {
        const wrong = misfit(input, value, contract.params[input.id]);
        if (wrong) this.#say('value', `${input.id} ${wrong.message}, expected ${wrong.expected}`);
      } else if (
        !input.optional &&
        input.type !== 'Flag' &&
        !beside.has(input.id) &&
        input['value-key'] !== undefined
      )
        this.#say('required', `${input.id} (${input.name}) is missing`);
      else if (!input.optional && input.type === 'File' && reads.length === 0)
        this.#say(
          'required',
          `it reads ${input.id} (${input.name}) without an argument, and reads names nothing`,
        );
    }
    const known = this.#withBeside(beside, reads);
    for (const { message, expected } of activateInputs(descriptor, known, {}).conflicts)
      this.#say('conflict', `${message}: expected ${expected}`);
    for (const [name, option] of this.#form.options) {
      const licence =
        option.slot !== undefined && 'fixed' in option.slot && option.slot.fixed.startsWith('/in/');
      if (
        (option.slot !== undefined && !licence) ||
        option.says !== undefined ||
        spare.has(name) ||
        this.#seen.has(name)
      )
        continue;
      const wanted = option.always || (option.when !== undefined && this.#holds(option.when, known));
      if (wanted) this.#say('required', `${name} is missing`);
    }
  }

  #holds(when: string, values: Readonly<Record<string, JsonValue>>): boolean {
    return parseCondition(when, conditionNames(this.skill.descriptor))(values);
  }

  /** Inputs that reach the program past its command line, where what was given shows that they are there. */
  #withBeside(beside: ReadonlySet<string>, reads: readonly string[]): Record<string, JsonValue> {
    const known = { ...this.values };
    const { groups } = this.skill.descriptor;
    for (const id of beside) {
      const group = groups.find((one) => one.members.includes(id));
      const sections = this.skill.descriptor.custom?.neuroclaw?.sections ?? [];
      const section = sections.find(({ when }) => when === id);
      const shown =
        section !== undefined && [...this.fixed.keys()].some((path) => section.words.endsWith(path));
      const chosen =
        group?.['one-is-required'] === true && !group.members.some((one) => known[one] !== undefined);
      const isFolder = this.skill.contract.inputs[id]?.kind === 'folder';
      const first = reads.find((path) => !isFolder || !posix.basename(path).includes('.'));
      if (shown || (chosen && first !== undefined)) {
        known[id] = first ?? '';
        if (group?.['all-or-none'] === true)
          for (const member of group.members) known[member] ??= first ?? '';
      }
    }
    return known;
  }
}

type Positional = CommandForm['positionals'][number];

/** Tokens to slots in their order, optional ones left out where the rest would not fit. Undefined: no way fits. */
function assign(
  slots: readonly Positional[],
  tokens: readonly string[],
): { slot: Positional; token: string }[] | undefined {
  const [slot, ...others] = slots;
  if (slot === undefined) return tokens.length === 0 ? [] : undefined;
  const list = 'input' in slot && slot.input.list;
  const least = 'input' in slot && slot.input.optional ? 0 : 1;
  const most = list ? tokens.length : 1;
  for (let count = Math.min(most, tokens.length); count >= least; count--) {
    const own = tokens.slice(0, count);
    if (!own.every((token) => suits(slot, token))) continue;
    const rest = assign(others, tokens.slice(count));
    if (rest !== undefined) return [...own.map((token) => ({ slot, token })), ...rest];
  }
  return undefined;
}

function suits(slot: Positional, token: string): boolean {
  if ('word' in slot) return token === slot.word;
  if ('fixed' in slot) return /^(?:in|out|scratch)\//.test(token);
  if (slot.input.type === 'Number') return isNumber(token);
  if (slot.input.type === 'File') return !isNumber(token) || token.includes('/');
  const choices = slot.input['value-choices'];
  return choices === undefined || slot.input.optional === false || choices.map(String).includes(token);
}

function valueOf(input: DescriptorInput, text: string): JsonValue {
  const choice = input['value-choices']?.find((one) => String(one) === text);
  if (choice !== undefined) return choice;
  return input.type === 'Number' && isNumber(text) ? Number(text) : text;
}

function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
}
