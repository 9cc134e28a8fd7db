import { describe, expect, it } from 'vitest';
import type { System } from '../../../../src/bench/statistics/outcomes.js';
import { ranksOf, rankSystems, withPlaces } from '../../../../src/bench/statistics/ranks.js';

const system = (name: string, ...scores: number[]): System => ({
  name,
  tasks: scores.map((score, index) => ({ task: `t${index}`, family: `f${index}`, scores: [score] })),
});

describe('ranks', () => {
  it('share the best rank where values are equal', () => {
    expect(ranksOf([0.2, 0.9, 0.9, 0.5])).toEqual([4, 1, 1, 3]);
  });

  it('of the whole table have the chances that all resamples give', () => {
    // Three tasks, a resolves the first, b the other two: over the 27 resamples b is ahead in 20, a in 7.
    const [b, a] = rankSystems([system('a', 1, 0, 0), system('b', 0, 1, 1)]);
    expect([b?.name, a?.name]).toEqual(['b', 'a']);
    expect(Math.abs((b?.first ?? 0) - 20 / 27)).toBeLessThan(0.02);
    expect((a?.first ?? 0) + (b?.first ?? 0)).toBeCloseTo(1, 9);
    expect(a?.ranks).toEqual({ best: 1, worst: 2 });
  });

  it('that nothing can move are sure, and equal systems share the first place in parts', () => {
    const ranked = rankSystems([system('low', 0, 0, 0), system('x', 1, 1, 1), system('y', 1, 1, 1)]);
    expect(
      ranked.map(({ name, first, ranks, place, tied }) => [
        name,
        first,
        ranks.best,
        ranks.worst,
        place,
        tied,
      ]),
    ).toEqual([
      ['x', 0.5, 1, 1, 1, true],
      ['y', 0.5, 1, 1, 1, true],
      ['low', 0, 3, 3, 3, false],
    ]);
  });

  it('places are shared with the first row whose interval overlaps', () => {
    const rows = [
      { interval: { low: 0.7, high: 0.9 } },
      { interval: { low: 0.6, high: 0.8 } },
      { interval: { low: 0.5, high: 0.69 } },
      { interval: { low: 0.1, high: 0.2 } },
    ];
    expect(withPlaces(rows).map(({ place, tied }) => [place, tied])).toEqual([
      [1, true],
      [1, true],
      [3, false],
      [4, false],
    ]);
  });
});
