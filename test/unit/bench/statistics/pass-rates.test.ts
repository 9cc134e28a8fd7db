import { describe, expect, it } from 'vitest';
import type { TaskOutcomes } from '../../../../src/bench/statistics/outcomes.js';
import { allOfK, anyOfK, passAt1, passAtK, passHatK } from '../../../../src/bench/statistics/pass-rates.js';

const tasks = (...scores: number[][]): TaskOutcomes[] =>
  scores.map((own, index) => ({ task: `t${index}`, family: 'f', scores: own }));

describe('pass rates', () => {
  it.each([
    // resolved, trials, k: C(c,k) / C(n,k) by hand
    [5, 5, 5, 1],
    [4, 5, 5, 0],
    [4, 5, 2, 6 / 10],
    [3, 5, 2, 3 / 10],
    [3, 5, 3, 1 / 10],
    [3, 8, 2, 3 / 28],
    [2, 5, 1, 2 / 5],
    [0, 5, 1, 0],
  ])('%d of %d resolved: all of %d', (resolved, trials, k, expected) => {
    expect(allOfK(resolved, trials, k)).toBeCloseTo(expected, 14);
  });

  it.each([
    [1, 5, 5, 1],
    [1, 5, 2, 1 - 6 / 10],
    [2, 5, 2, 1 - 3 / 10],
    [0, 5, 3, 0],
  ])('%d of %d resolved: any of %d', (resolved, trials, k, expected) => {
    expect(anyOfK(resolved, trials, k)).toBeCloseTo(expected, 14);
  });

  it('are means over tasks, without those that have too few trials for k', () => {
    const own = tasks([1, 1, 1, 1, 0], [1, 1, 1, 1, 1], [1, 0]);
    expect(passAt1(own)).toBeCloseTo((0.8 + 1 + 0.5) / 3, 14);
    expect(passHatK(own, 2)).toEqual({ value: (0.6 + 1 + 0) / 3, tasks: 3 });
    expect(passHatK(own, 5)).toEqual({ value: 0.5, tasks: 2 });
    expect(passAtK(own, 5)).toEqual({ value: 1, tasks: 2 });
    expect(passHatK(own, 6)).toBeUndefined();
    expect(passAt1([])).toBeUndefined();
  });

  it('the estimate of pass^k is unbiased: its mean over all outcomes of n coins is p^k', () => {
    const [p, n, k] = [0.7, 6, 3];
    const choose = (a: number, b: number): number => (b === 0 ? 1 : (choose(a - 1, b - 1) * a) / b);
    let mean = 0;
    for (let c = 0; c <= n; c++)
      mean += choose(n, c) * p ** c * (1 - p) ** (n - c) * (allOfK(c, n, k) ?? NaN);
    expect(mean).toBeCloseTo(p ** k, 12);
    // The share resolved to the power of k, which it is often taken for, is not.
    let plugged = 0;
    for (let c = 0; c <= n; c++) plugged += choose(n, c) * p ** c * (1 - p) ** (n - c) * (c / n) ** k;
    expect(plugged - p ** k).toBeGreaterThan(0.03);
  });
});
