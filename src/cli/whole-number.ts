import { NeuroClawError } from '../kernel/errors.js';

/** The value of an option that takes a whole number above 0; undefined where it was not given. */
export function wholeNumber(flag: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new NeuroClawError('usage.arguments', `${flag} is ${String(value)}`, {
    expected: 'a whole number above 0',
  });
}
