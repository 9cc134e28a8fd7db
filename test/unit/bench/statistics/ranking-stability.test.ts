import { describe, expect, it } from 'vitest';
import { kendallTau } from '../../../../src/bench/statistics/kendall.js';
import type { System } from '../../../../src/bench/statistics/outcomes.js';
import {
  gateOf,
  halvesAgreement,
  meanTotal,
  withOtherWeights,
  withoutEachFamily,
} from '../../../../src/bench/statistics/ranking-stability.js';
import { seededRandom } from '../../../../src/synthetic/random.js';

const system = (
  name: string,
  scores: readonly number[],
  families = scores.map((_, i) => `f${i}`),
): System => ({
  name,
  tasks: scores.map((score, index) => ({
    task: `t${index}`,
    family: families[index] ?? '',
    scores: [score],
  })),
});

describe("Kendall's tau-b", () => {
  it('is 1 for the same order, -1 for the reverse, 1/3 for one swap of three', () => {
    expect(kendallTau([1, 2, 3], [10, 20, 30])).toBeCloseTo(1, 12);
    expect(kendallTau([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(kendallTau([1, 2, 3], [2, 1, 3])).toBeCloseTo(1 / 3, 12);
  });

  it('counts ties as SciPy does', () => {
    // The example of scipy.stats.kendalltau.
    expect(kendallTau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])).toBeCloseTo(-0.4714045207910316, 12);
    expect(kendallTau([1, 1], [1, 2])).toBeUndefined();
  });
});

describe('stability of a ranking', () => {
  it('halves agree fully where systems differ by the same on every task', () => {
    const tasks = Array.from({ length: 10 }, (_, index) => index / 20);
    const found = halvesAgreement(
      [
        system('a', tasks),
        system(
          'b',
          tasks.map((p) => p + 0.5),
        ),
        system(
          'c',
          tasks.map((p) => p + 0.2),
        ),
      ],
      { splits: 100 },
    );
    // The same tasks are in one half for all systems.
    expect(found).toMatchObject({ mean: 1, low: 1, high: 1, undecided: 0 });
  });

  it('halves of chance do not agree', () => {
    const coins = ['a', 'b', 'c', 'd'].map((name) => {
      const random = seededRandom(3, name);
      return system(
        name,
        Array.from({ length: 40 }, () => +(random.uniform() < 0.5)),
      );
    });
    const found = halvesAgreement(coins);
    expect(Math.abs(found?.mean ?? 1)).toBeLessThan(0.5);
    expect(found?.low).toBeLessThan(-0.5);
  });

  it('halves that tell nothing apart are counted, and one system has no ranking', () => {
    const same = [1, 1, 1, 1];
    expect(halvesAgreement([system('a', same), system('b', same)], { splits: 20 })?.undecided).toBe(20);
    expect(halvesAgreement([system('a', same)])).toBeUndefined();
  });

  it('names the family on which a first place hangs', () => {
    const families = ['dwi', 'dwi', 'fmri', 'eeg'];
    const found = withoutEachFamily([
      system('a', [1, 1, 0, 0.5], families),
      system('b', [0, 0.6, 0.2, 0.6], families),
    ]);
    expect(found.map(({ change, ranks, tau }) => [change, ...ranks, tau])).toEqual([
      ['dwi', 2, 1, -1],
      ['fmri', 1, 2, 1],
      ['eeg', 1, 2, 1],
    ]);
  });

  it('weighs E, A and R otherwise, six ways, each summing to 1', () => {
    const one = { gate: 1 } as const;
    const found = withOtherWeights([
      [[{ ...one, E: 1, A: 0.8, R: 0 }]],
      [[{ ...one, E: 0, A: 0.8, R: 0.98 }]],
    ]);
    expect(found).toHaveLength(6);
    const changed = found.filter(({ ranks }) => ranks[0] === 2).map(({ change }) => change);
    expect(changed).toEqual(['A +0.1, E -0.1', 'R +0.1, E -0.1', 'R +0.1, A -0.1']);
  });

  it('keeps what the gates took: a total of 0 stays 0 under every weight', () => {
    expect(gateOf({ E: 1, A: 0.9, R: 1, total: 0 })).toBe(0);
    expect(gateOf({ E: 1, A: 0.9, R: 1, total: 47.5 })).toBeCloseTo(0.5, 12);
    expect(gateOf({ E: 0, A: 0, R: 0, total: 0 })).toBe(0);
    expect(meanTotal([[{ E: 1, A: 1, R: 1, gate: 0 }], [{ E: 1, A: 1, R: 1, gate: 1 }]])).toBe(50);
  });
});
