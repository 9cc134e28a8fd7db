import { seededRandom } from '../../synthetic/random.js';
import { SEED } from './bootstrap.js';

export interface SignFlip {
  /** Two-sided. */
  readonly p: number;
  /** Whether every assignment of signs was looked at. */
  readonly exact: boolean;
  /** Assignments looked at. */
  readonly flips: number;
}

/** With so many differences that are not 0, all signs are tried: a million sums. */
const MOST_EXACT = 20;
const FLIPS = 10_000;

/**
 * Test that paired differences are symmetric about 0, by flipping their signs (Fisher 1935, The Design of Experiments,
 * section 21): the share of assignments whose sum is at least as far from 0. Above 20 differences that are not 0, a
 * random sample of assignments with the observed one counted in: p = (1 + hits) / (1 + flips) (Phipson & Smyth 2010,
 * doi:10.2202/1544-6115.1585).
 */
export function signFlipTest(
  differences: readonly number[],
  { flips = FLIPS, seed = SEED }: { flips?: number; seed?: number } = {},
): SignFlip {
  const values = Float64Array.from(differences.filter((difference) => difference !== 0));
  if (values.length === 0) return { p: 1, exact: true, flips: 1 };
  const size = values.reduce((sum, value) => sum + Math.abs(value), 0);
  // Sums of the same numbers in another order differ in their last digits.
  const limit = Math.abs(values.reduce((sum, value) => sum + value, 0)) - 1e-12 * size;
  return values.length <= MOST_EXACT ? everySign(values, limit) : someSigns(values, limit, flips, seed);
}

/** Goes through all assignments in the order of a Gray code: one sign changes at a time. */
function everySign(values: Float64Array, limit: number): SignFlip {
  const all = 2 ** values.length;
  const signs = new Int8Array(values.length).fill(1);
  let sum = values.reduce((total, value) => total + value, 0);
  let hits = Math.abs(sum) >= limit ? 1 : 0;
  for (let step = 1; step < all; step++) {
    const at = 31 - Math.clz32(step & -step);
    signs[at] = -(signs[at] ?? 0);
    sum += 2 * signs[at] * (values[at] as number);
    if (Math.abs(sum) >= limit) hits += 1;
  }
  return { p: hits / all, exact: true, flips: all };
}

function someSigns(values: Float64Array, limit: number, flips: number, seed: number): SignFlip {
  const random = seededRandom(seed, 'sign-flip');
  let hits = 0;
  for (let flip = 0; flip < flips; flip++) {
    let [sum, bits] = [0, 0];
    for (let at = 0; at < values.length; at++) {
      if (at % 32 === 0) bits = random.uniform() * 4294967296;
      const value = values[at] as number;
      sum += (bits >>> (at % 32)) & 1 ? value : -value;
    }
    if (Math.abs(sum) >= limit) hits += 1;
  }
  return { p: (1 + hits) / (1 + flips), exact: false, flips };
}
