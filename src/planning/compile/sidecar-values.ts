import type { JsonValue } from '../../kernel/json.js';

/** A number, or a list of numbers, as a list; undefined: it is neither, or empty. */
export function numbersOf(value: JsonValue | undefined): readonly number[] | undefined {
  const list: readonly JsonValue[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.length > 0 && list.every((each) => typeof each === 'number') ? list : undefined;
}

/** A value of a sidecar as messages show it. */
export function shown(value: JsonValue | undefined): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}
