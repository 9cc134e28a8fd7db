import { describe, expect, it } from 'vitest';
import {
  averageRanks,
  challengeRanking,
  type Algorithm,
} from '../../../../src/bench/segmentation/challenge-ranking.js';
import { challengeStability } from '../../../../src/bench/segmentation/ranking-bootstrap.js';

type Scores = readonly [dsc: number | undefined, fpv: number, fnv: number | undefined];
const algorithm = (name: string, cases: readonly (readonly [subset: string, ...Scores])[]): Algorithm => ({
  name,
  cases: cases.map(([subset, dsc, falsePositiveMl, falseNegativeMl], index) => ({
    case: `c${index}`,
    subset,
    overlap: { dsc, falsePositiveMl, falseNegativeMl },
  })),
});

describe('ranking of the challenge', () => {
  it('shares the mean of the ranks where averages are equal', () => {
    expect(averageRanks([0.9, 0.5, 0.9, 0.7], 'high')).toEqual([1.5, 4, 1.5, 3]);
    expect(averageRanks([3, 1, 2], 'low')).toEqual([3, 1, 2]);
  });

  it('is that worked out by hand: subsets count the same, DSC twice as much as each volume', () => {
    // FDG has three cases, PSMA one. a: best DSC of both; b: best volumes of both; c: in between.
    const ranking = challengeRanking([
      algorithm('a', [
        ['fdg', 0.8, 9, 9],
        ['fdg', 0.8, 9, 9],
        ['fdg', 0.8, 9, 9],
        ['psma', 0.7, 9, 9],
      ]),
      algorithm('b', [
        ['fdg', 0.5, 1, 1],
        ['fdg', 0.5, 1, 1],
        ['fdg', 0.5, 1, 1],
        ['psma', 0.6, 1, 5],
      ]),
      algorithm('c', [
        ['fdg', 0.6, 2, 2],
        ['fdg', 0.6, 2, 2],
        ['fdg', 0.6, 2, 2],
        ['psma', 0.5, 2, 2],
      ]),
    ]);
    // a: DSC 1, FPV 3, FNV 3 -> 2; b: DSC (3+2)/2, FPV 1, FNV (1+2)/2 -> 1.875; c: DSC 2.5, FPV 2, FNV 1.5 -> 2.125.
    expect(ranking.map(({ name, rank, place }) => [name, rank, place])).toEqual([
      ['b', 1.875, 1],
      ['a', 2, 2],
      ['c', 2.125, 3],
    ]);
    expect(ranking[0]?.means).toEqual({ dsc: 0.55, falsePositiveMl: 1, falseNegativeMl: 3 });
  });

  it('takes only the false-positive volume of a case without lesion', () => {
    const ranking = challengeRanking([
      algorithm('a', [
        ['fdg', 0.8, 0, 1],
        ['fdg', undefined, 40, undefined],
      ]),
      algorithm('b', [
        ['fdg', 0.7, 0, 2],
        ['fdg', undefined, 0, undefined],
      ]),
    ]);
    // As a DSC of 0 or 1 the empty case would change the means.
    expect(ranking.map(({ name, means }) => [name, means.dsc, means.falsePositiveMl])).toEqual([
      ['a', 0.8, 20],
      ['b', 0.7, 0],
    ]);
    expect(ranking.map(({ meanRanks }) => meanRanks.falsePositiveMl)).toEqual([2, 1]);
  });

  it('ranks a subset of such cases by false-positive volume alone', () => {
    const ranking = challengeRanking([
      algorithm('a', [['healthy', undefined, 3, undefined]]),
      algorithm('b', [['healthy', undefined, 1, undefined]]),
    ]);
    expect(ranking.map(({ name, rank, means }) => [name, rank, means.dsc])).toEqual([
      ['b', 0.5 * 1.5 + 0.25 * 1 + 0.25 * 1.5, undefined],
      ['a', 0.5 * 1.5 + 0.25 * 2 + 0.25 * 1.5, undefined],
    ]);
  });

  it('parts equal ranks by DSC, and shares the place where that is equal too', () => {
    const parted = challengeRanking([
      algorithm('a', [['fdg', 0.5, 1, 1]]),
      algorithm('b', [['fdg', 0.6, 2, 2]]),
    ]);
    expect(parted.map(({ name, rank, place }) => [name, rank, place])).toEqual([
      ['b', 1.5, 1],
      ['a', 1.5, 2],
    ]);
    const same = [['fdg', 0.5, 1, 1]] as const;
    expect(challengeRanking([algorithm('a', same), algorithm('b', same)]).map(({ place }) => place)).toEqual([
      1, 1,
    ]);
  });

  it('refuses algorithms that left out a case', () => {
    expect(() => challengeRanking([algorithm('a', [['fdg', 1, 0, 0]]), algorithm('b', [])])).toThrow(
      'different cases',
    );
  });
});

describe('stability of the ranking', () => {
  const cases = (dsc: (index: number) => number): (readonly [string, ...Scores])[] =>
    Array.from({ length: 12 }, (_, index) => [index % 2 ? 'fdg' : 'psma', dsc(index), 1, 1] as const);

  it('is certain where one is better on every case', () => {
    const found = challengeStability(
      [
        algorithm(
          'low',
          cases(() => 0.4),
        ),
        algorithm(
          'high',
          cases((index) => 0.5 + index / 100),
        ),
      ],
      { resamples: 200 },
    );
    expect(found).toEqual({
      algorithms: [
        { name: 'high', place: 1, best: 1, worst: 1, first: 1 },
        { name: 'low', place: 2, best: 2, worst: 2, first: 0 },
      ],
      tau: 1,
    });
  });

  it('is open where one case decides, and repeats with its seed', () => {
    const pair = [
      algorithm(
        'steady',
        cases(() => 0.5),
      ),
      algorithm(
        'lucky',
        cases((index) => (index < 2 ? 1 : 0.45)),
      ),
    ];
    const found = challengeStability(pair, { resamples: 300 });
    expect(found.algorithms[0]?.first).toBeLessThan(0.95);
    expect(found.algorithms.every(({ best, worst }) => best === 1 && worst === 2)).toBe(true);
    expect(found.tau).toBeLessThan(0.95);
    expect(challengeStability(pair, { resamples: 300 })).toEqual(found);
  });

  it('draws within subsets: a subset of one case is in every resample', () => {
    const found = challengeStability(
      [
        algorithm('a', [
          ['one', 0.9, 1, 1],
          ['two', 0.5, 1, 1],
          ['two', 0.5, 1, 1],
        ]),
        algorithm('b', [
          ['one', 0.1, 1, 1],
          ['two', 0.5, 1, 1],
          ['two', 0.5, 1, 1],
        ]),
      ],
      { resamples: 100 },
    );
    expect(found.algorithms[0]).toMatchObject({ name: 'a', first: 1 });
  });
});
