import { compiled, ndtr, ndtri, stdtri } from 'cephes';

await compiled;

/** The value that a standard normal variable stays below with this probability; infinite at 0 and 1. */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return -Infinity;
  return probability >= 1 ? Infinity : ndtri(probability);
}

/** Probability that a standard normal variable stays below `x`. */
export function normalProbability(x: number): number {
  return ndtr(x);
}

/** The value that Student's t with `degrees` (a whole number, 1 or more) stays below with this probability. */
export function tQuantile(probability: number, degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) throw new RangeError(`${degrees} degrees of freedom`);
  return stdtri(degrees, probability);
}
