import { median } from '../measures/median.js';

/** From a normal distribution: its standard deviation over its median absolute deviation. */
export const SD_PER_MAD = 1.4826022185056018;

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] as number;
  return sum / values.length;
}

/** With n - 1. */
export function standardDeviation(values: ArrayLike<number>): number {
  const centre = mean(values);
  let squares = 0;
  for (let at = 0; at < values.length; at++) squares += ((values[at] as number) - centre) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/** Median absolute deviation from the median, as it is: times SD_PER_MAD an estimate of a standard deviation. */
export function medianDeviation(values: Float64Array): number {
  const centre = median(values);
  return median(values.map((value) => Math.abs(value - centre)));
}

/** Percentile (0 to 100), linear between ranks, as numpy.percentile does. NaN of nothing. */
export function percentile(values: Float64Array, percent: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(at);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  return low + (at - below) * (high - low);
}

/** Pearson correlation. NaN where one of the two does not vary. */
export function correlation(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const [p, q] = [mean(first), mean(second)];
  let [both, a, b] = [0, 0, 0];
  for (let at = 0; at < first.length; at++) {
    const [x, y] = [(first[at] as number) - p, (second[at] as number) - q];
    both += x * y;
    a += x * x;
    b += y * y;
  }
  return both / Math.sqrt(a * b);
}
