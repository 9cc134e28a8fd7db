import { describe, expect, it } from 'vitest';
import { comparePairs, compareSystems } from '../../../../src/bench/statistics/compare.js';
import { holm } from '../../../../src/bench/statistics/holm.js';
import type { System } from '../../../../src/bench/statistics/outcomes.js';
import { signFlipTest } from '../../../../src/bench/statistics/sign-flip.js';

describe('sign-flip test', () => {
  it('is exact for few differences: three of one sign give 2 of 8', () => {
    expect(signFlipTest([1, 2, 3])).toEqual({ p: 2 / 8, exact: true, flips: 8 });
    // 1 + 2 - 4 = -1: of the eight sums +-7 +-5 +-3 +-1 all are as far from 0.
    expect(signFlipTest([1, 2, -4]).p).toBe(1);
  });

  it("gives Fisher's 1726 of 32768 for Darwin's maize", () => {
    // The Design of Experiments, section 21; scipy.stats.permutation_test(permutation_type='samples') says the same.
    const maize = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    expect(signFlipTest(maize)).toEqual({ p: 1726 / 32768, exact: true, flips: 32768 });
  });

  it('is that of SciPy with a difference of 0 and fractions', () => {
    // d = np.array([.4,-.2,.6,1.,.2,0.,-.4,.8]); scipy.stats.permutation_test((d,), lambda x, axis: np.mean(x, axis=axis),
    //   permutation_type='samples', vectorized=True, n_resamples=np.inf).pvalue  -> 0.171875
    expect(signFlipTest([0.4, -0.2, 0.6, 1, 0.2, 0, -0.4, 0.8]).p).toBe(0.171875);
  });

  it('says nothing where nothing differs', () => {
    expect(signFlipTest([0, 0])).toEqual({ p: 1, exact: true, flips: 1 });
  });

  it('samples above 20 differences, near the exact value, the same each time, never 0', () => {
    // Sum of 25 signs is binomial: P(|sum| >= 11) = 2 P(X >= 18), X of 25 coins = 0.0432870...
    const differences = Array.from({ length: 25 }, (_, index) => (index < 18 ? 0.2 : -0.2));
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
    const exact = (2 * [18, 19, 20, 21, 22, 23, 24, 25].reduce((sum, k) => sum + choose(25, k), 0)) / 2 ** 25;
    const test = signFlipTest(differences);
    expect(test.exact).toBe(false);
    expect(Math.abs(test.p - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 10_000));
    expect(signFlipTest(differences)).toEqual(test);
    expect(signFlipTest(new Array<number>(60).fill(1)).p).toBe(1 / 10_001);
  });
});

describe("Holm's adjustment", () => {
  it('is that of the usual example, in the order given', () => {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), 'holm')  -> 0.03 0.06 0.06 0.02
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => p.toFixed(12))).toEqual(
      [0.03, 0.06, 0.06, 0.02].map((p) => p.toFixed(12)),
    );
  });

  it('never passes 1 nor falls', () => {
    expect(holm([0.5, 0.9, 0.6])).toEqual([1, 1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe('comparison of two systems', () => {
  const system = (name: string, scores: readonly number[][]): System => ({
    name,
    tasks: scores.map((own, index) => ({ task: `t${index}`, family: `f${index % 4}`, scores: own })),
  });
  const weak = system(
    'weak',
    Array.from({ length: 8 }, (_, index) => [0, 0, +(index % 2 === 0)]),
  );
  const strong = system(
    'strong',
    Array.from({ length: 8 }, (_, index) => [1, +(index % 3 !== 0), 1]),
  );

  it('is paired on tasks: difference, interval, test and what could have been seen', () => {
    const found = compareSystems(strong, weak);
    expect(found?.tasks).toBe(8);
    expect(found?.difference).toBeCloseTo((5 * 1 + 3 * (2 / 3)) / 8 - 1 / 6, 12);
    expect(found?.test).toEqual({ p: 2 / 256, exact: true, flips: 256 });
    expect(found?.interval.bca.low).toBeGreaterThan(0.3);
    expect(found?.interval.percentile.high).toBeLessThan(1);
    expect(found?.detectable).toBeGreaterThan(0);
  });

  it('uses the pairs: a difference that is the same on easy and hard tasks is seen', () => {
    const spread = Array.from({ length: 12 }, (_, index) => [index / 20]);
    const found = compareSystems(
      system(
        'a',
        spread.map(([p = 0]) => [p + 0.1]),
      ),
      system('b', spread),
    );
    expect(found?.difference).toBeCloseTo(0.1, 12);
    expect(found?.interval.percentile.low).toBeCloseTo(0.1, 9);
    expect(found?.test.p).toBe(2 / 4096);
  });

  it('turns round with its two systems', () => {
    const [there, back] = [compareSystems(strong, weak), compareSystems(weak, strong)];
    expect(back?.difference).toBeCloseTo(-(there?.difference ?? NaN), 12);
    expect(back?.test.p).toBe(there?.test.p);
  });

  it('gives the detectable difference of its closed form', () => {
    // One task a family: (t(.975) + t(.8)) sd / sqrt(n) with 3 degrees of freedom.
    const found = compareSystems(system('a', [[1], [0], [1], [0]]), system('b', [[0], [0], [0], [0]]));
    const sd = Math.sqrt(1 / 3);
    expect(found?.detectable).toBeCloseTo(((3.182446305284263 + 0.9784723123633045) * sd) / 2, 8);
  });

  it('is none without a shared task, and all pairs are adjusted together', () => {
    const other: System = { name: 'other', tasks: [{ task: 'x', family: 'f', scores: [1] }] };
    expect(compareSystems(weak, other)).toBeUndefined();
    const pairs = comparePairs([
      strong,
      weak,
      system(
        'same',
        weak.tasks.map(({ scores }) => [...scores]),
      ),
      other,
    ]);
    expect(pairs.map(({ a, b, adjusted }) => [a, b, adjusted])).toEqual([
      ['strong', 'weak', 6 / 256],
      ['strong', 'same', 6 / 256],
      ['weak', 'same', 1],
    ]);
  });
});
