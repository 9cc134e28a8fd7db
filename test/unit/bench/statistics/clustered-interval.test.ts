import { describe, expect, it } from 'vitest';
import { clusteredMean } from '../../../../src/bench/statistics/clustered-interval.js';

describe('mean with clustered standard error', () => {
  it('with clusters of one is the usual one: s / sqrt(n), t with n - 1', () => {
    const { mean, standardError, interval } = clusteredMean(
      [1, 2, 3, 4, 5].map((value) => ({ cluster: String(value), value })),
    );
    expect(mean).toBe(3);
    expect(standardError).toBeCloseTo(Math.sqrt(2.5 / 5), 12);
    expect(interval?.high).toBeCloseTo(3 + 2.7764451052 * Math.sqrt(0.5), 8);
  });

  it('is that of inspect_ai', () => {
    // v = np.array([1,0,1,.6,.2,.8,0]); c = np.array(list('aabbbcc')); m = v.mean()
    // cv = sum(np.outer(v[c==k]-m, v[c==k]-m).sum() for k in 'abc'); se = np.sqrt(cv * 3 / 2) / len(v)
    // h = scipy.stats.t.ppf(.975, 2) * se
    const values = [1, 0, 1, 0.6, 0.2, 0.8, 0].map((value, index) => ({
      cluster: 'aabbbcc'[index] ?? '',
      value,
    }));
    const found = clusteredMean(values);
    expect(found.mean).toBeCloseTo(0.5142857142857143, 12);
    expect(found.standardError).toBeCloseTo(0.06040264729366832, 12);
    expect(found.interval?.low).toBeCloseTo(0.25439409902673904, 9);
    expect(found.interval?.high).toBeCloseTo(0.7741773295446897, 9);
    expect(found.clusters).toBe(3);
  });

  it('counts copies in a cluster once: k equal trials give the error of one', () => {
    const once = [0, 1, 1, 0, 1].map((value, index) => ({ cluster: String(index), value }));
    const fiveTimes = once.flatMap((each) => Array.from({ length: 5 }, () => each));
    expect(clusteredMean(fiveTimes).standardError).toBeCloseTo(clusteredMean(once).standardError ?? NaN, 12);
  });

  it('has no interval for one cluster', () => {
    expect(clusteredMean([{ cluster: 'a', value: 1 }])).toEqual({
      mean: 1,
      standardError: undefined,
      clusters: 1,
      interval: undefined,
    });
  });
});
