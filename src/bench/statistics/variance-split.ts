import { meanOf } from './outcomes.js';

export interface VarianceSplit {
  /** Variance between groups beyond what chance within them gives, never below 0. */
  readonly capability: number;
  /** Variance within groups: another seed, the same system. */
  readonly seed: number;
  /** capability / seed; infinite where trials of a system never differ but systems do, undefined where nothing differs. */
  readonly ratio: number | undefined;
}

/**
 * One-way random-effects analysis of variance (Searle, Casella & McCulloch 1992, Variance Components, section 3.6):
 * `groups` are the trials of each system on one task. seed = MS within, capability = (MS between - MS within) / n0, n0
 * the usual mean size of unequal groups. Undefined with fewer than two groups or without a repeat.
 */
export function splitVariance(groups: readonly (readonly number[])[]): VarianceSplit | undefined {
  const own = groups.filter(({ length }) => length > 0);
  const total = own.reduce((sum, { length }) => sum + length, 0);
  if (own.length < 2 || total <= own.length) return undefined;
  const grand = meanOf(own.flat());
  let [between, within, squares] = [0, 0, 0];
  for (const group of own) {
    const mean = meanOf(group);
    between += group.length * (mean - grand) ** 2;
    for (const value of group) within += (value - mean) ** 2;
    squares += group.length ** 2;
  }
  const seed = within / (total - own.length);
  const size = (total - squares / total) / (own.length - 1);
  const capability = Math.max(0, (between / (own.length - 1) - seed) / size);
  const ratio = seed > 0 ? capability / seed : capability > 0 ? Infinity : undefined;
  return { capability, seed, ratio };
}
