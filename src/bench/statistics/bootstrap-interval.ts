import { normalProbability, normalQuantile } from './distributions.js';
import { meanOf } from './outcomes.js';
import { quantileOf } from './quantile.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The middle `level` of the bootstrap distribution. */
export function percentileInterval(replicates: Float64Array, level = 0.95): Interval {
  const sorted = Float64Array.from(replicates).sort();
  return { low: quantileOf(sorted, (1 - level) / 2), high: quantileOf(sorted, (1 + level) / 2) };
}

/**
 * Acceleration from the estimates that leave one unit out each (Efron & Tibshirani 1993, An Introduction to the
 * Bootstrap, eq. 14.15). 0 where they are all equal.
 */
export function acceleration(leftOneOut: readonly number[]): number {
  const centre = meanOf(leftOneOut);
  let [square, cube] = [0, 0];
  for (const estimate of leftOneOut) {
    square += (centre - estimate) ** 2;
    cube += (centre - estimate) ** 3;
  }
  return square === 0 ? 0 : cube / (6 * square ** 1.5);
}

/**
 * Bias-corrected and accelerated interval (Efron 1987, doi:10.1080/01621459.1987.10478410; Efron & Tibshirani 1993,
 * eq. 14.9 to 14.15). Replicates equal to the estimate count half below it, as in SciPy. Where all replicates lie on
 * one side of the estimate the correction has no value, and the percentile interval stands in.
 */
export function bcaInterval(
  replicates: Float64Array,
  estimate: number,
  leftOneOut: readonly number[],
  level = 0.95,
): Interval {
  let [below, equal] = [0, 0];
  for (const value of replicates) {
    if (value < estimate) below += 1;
    else if (value === estimate) equal += 1;
  }
  const bias = normalQuantile((below + equal / 2) / replicates.length);
  if (!Number.isFinite(bias)) return percentileInterval(replicates, level);
  const a = acceleration(leftOneOut);
  const sorted = Float64Array.from(replicates).sort();
  const end = (probability: number): number => {
    const shifted = bias + normalQuantile(probability);
    return quantileOf(sorted, normalProbability(bias + shifted / (1 - a * shifted)));
  };
  return { low: end((1 - level) / 2), high: end((1 + level) / 2) };
}
