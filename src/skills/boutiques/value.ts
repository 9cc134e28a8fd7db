import type { JsonValue } from '../../kernel/json.js';
import type { DescriptorInput } from './schema.js';

/** Why a value does not fit, and what would. */
export interface Misfit {
  readonly message: string;
  readonly expected: string;
}

/** Ranges that the contract narrows. */
export interface Limits {
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

/** Checks a value against type, range, choices and list length. Undefined: it fits. */
export function misfit(input: DescriptorInput, value: JsonValue, limits: Limits = {}): Misfit | undefined {
  if (!input.list) return itemMisfit(input, value, limits);
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  const [least, most] = [input['min-list-entries'], input['max-list-entries']];
  if (least !== undefined && items.length < least)
    return { message: `has ${items.length} values`, expected: `at least ${least}` };
  if (most !== undefined && items.length > most)
    return { message: `has ${items.length} values`, expected: `at most ${most}` };
  for (const item of items) {
    const problem = itemMisfit(input, item, limits);
    if (problem) return problem;
  }
  return undefined;
}

function itemMisfit(input: DescriptorInput, value: JsonValue, limits: Limits): Misfit | undefined {
  const said = JSON.stringify(value);
  const wanted = { Flag: 'boolean', Number: 'number', String: 'string', File: 'string' }[input.type];
  // Choices may be numbers whatever the type says.
  const choices = input['value-choices'];
  if (choices !== undefined) {
    return choices.includes(value as string | number)
      ? undefined
      : { message: `is ${said}`, expected: `one of ${choices.join(', ')}` };
  }
  if (typeof value !== wanted)
    return {
      message: `is ${said}`,
      expected: { boolean: 'true or false', number: 'a number', string: 'a text' }[wanted] ?? wanted,
    };
  if (typeof value === 'string' && value.includes('\0'))
    return { message: 'has a NUL character', expected: 'a text that a program can be given' };
  const free = input.type === 'String' && input['command-line-flag'] === undefined;
  if (free && String(value).startsWith('-'))
    return { message: `is ${said}`, expected: 'a text that does not begin like an option' };
  return typeof value === 'number' ? numberMisfit(input, value, limits) : undefined;
}

function numberMisfit(input: DescriptorInput, value: number, limits: Limits): Misfit | undefined {
  const expected = rangeText(input, limits);
  if (!Number.isFinite(value)) return { message: `is ${value}`, expected: 'a finite number' };
  if (input.integer && !Number.isInteger(value)) return { message: `is ${value}`, expected };
  const low = limits.minimum ?? -Infinity;
  const high = limits.maximum ?? Infinity;
  const min = input.minimum ?? -Infinity;
  const max = input.maximum ?? Infinity;
  const tooLow = value < low || value < min || (input['exclusive-minimum'] && value === min);
  const tooHigh = value > high || value > max || (input['exclusive-maximum'] && value === max);
  return tooLow || tooHigh ? { message: `is ${value}`, expected } : undefined;
}

/** `a whole number, at least 1, at most 5`. The narrower of descriptor and contract is what is said. */
export function rangeText(input: DescriptorInput, limits: Limits = {}): string {
  const parts = [input.integer ? 'a whole number' : 'a number'];
  const { minimum, maximum } = input;
  if (limits.minimum !== undefined && limits.minimum > (minimum ?? -Infinity))
    parts.push(`at least ${limits.minimum}`);
  else if (minimum !== undefined)
    parts.push(`${input['exclusive-minimum'] ? 'above' : 'at least'} ${minimum}`);
  if (limits.maximum !== undefined && limits.maximum < (maximum ?? Infinity))
    parts.push(`at most ${limits.maximum}`);
  else if (maximum !== undefined)
    parts.push(`${input['exclusive-maximum'] ? 'below' : 'at most'} ${maximum}`);
  return parts.join(', ');
}
