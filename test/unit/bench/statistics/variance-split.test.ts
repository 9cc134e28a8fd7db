import { describe, expect, it } from 'vitest';
import { splitVariance } from '../../../../src/bench/statistics/variance-split.js';

describe('variance of capability and of seed', () => {
  it('is that of the looms', () => {
    // Montgomery, Design and Analysis of Experiments, strength of fabric from four looms: MS 29.73 and 1.90, 6.96.
    const found = splitVariance([
      [98, 97, 99, 96],
      [91, 90, 93, 92],
      [96, 95, 97, 95],
      [95, 96, 99, 98],
    ]);
    expect(found?.seed).toBeCloseTo(1.9, 2);
    expect(found?.capability).toBeCloseTo(6.96, 2);
  });

  it('uses the mean size of unequal groups', () => {
    // n0 = (6 - (1 + 4 + 9) / 6) / 2; MS within 10 / 3, MS between 18 by hand: means 8, 3, 3 around 23 / 6.
    const found = splitVariance([[8], [2, 4], [1, 3, 5]]);
    const grand = 23 / 6;
    const between = ((8 - grand) ** 2 + 2 * (3 - grand) ** 2 + 3 * (3 - grand) ** 2) / 2;
    expect(found?.seed).toBeCloseTo(10 / 3, 12);
    expect(found?.capability).toBeCloseTo((between - 10 / 3) / ((6 - 14 / 6) / 2), 12);
  });

  it('tells a task that only the seed decides from one that tells systems apart', () => {
    expect(
      splitVariance([
        [1, 0, 1, 0],
        [0, 1, 0, 1],
      ]),
    ).toMatchObject({ capability: 0, ratio: 0 });
    expect(
      splitVariance([
        [1, 1, 1],
        [0, 0, 0],
      ]),
    ).toMatchObject({ seed: 0, ratio: Infinity });
    expect(
      splitVariance([
        [1, 1],
        [1, 1],
      ])?.ratio,
    ).toBeUndefined();
  });

  it('is unknown with one system or without a repeat', () => {
    expect(splitVariance([[1, 0, 1]])).toBeUndefined();
    expect(splitVariance([[1], [0]])).toBeUndefined();
  });
});
