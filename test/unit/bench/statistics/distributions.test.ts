import { describe, expect, it } from 'vitest';
import {
  normalProbability,
  normalQuantile,
  tQuantile,
} from '../../../../src/bench/statistics/distributions.js';

describe('distributions', () => {
  it.each([
    // Closed forms: one degree is Cauchy, tan(pi (p - 1/2)); two degrees (2p-1) sqrt(2 / (4p(1-p))).
    [0.975, 1, Math.tan(Math.PI * 0.475)],
    [0.975, 2, 0.95 * Math.sqrt(2 / (4 * 0.975 * 0.025))],
    // Tables of Student's t.
    [0.975, 5, 2.570581835636314],
    [0.975, 11, 2.200985160082949],
    [0.95, 30, 1.6972608943617378],
    [0.025, 5, -2.570581835636314],
    [0.5, 7, 0],
  ])('t quantile at %d with %d degrees of freedom', (probability, degrees, expected) => {
    expect(tQuantile(probability, degrees)).toBeCloseTo(expected, 7);
  });

  it('refuses degrees of freedom that are none', () => {
    expect(() => tQuantile(0.975, 0)).toThrow(RangeError);
    expect(() => tQuantile(0.975, 2.5)).toThrow(RangeError);
  });

  it('normal quantiles and probabilities are those of the tables, and inverse to each other', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.8)).toBeCloseTo(0.8416212335729143, 12);
    expect(normalProbability(-1.5)).toBeCloseTo(0.06680720126885807, 12);
    for (const x of [-4, -1, 0, 0.3, 2.5]) expect(normalQuantile(normalProbability(x))).toBeCloseTo(x, 9);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });
});
