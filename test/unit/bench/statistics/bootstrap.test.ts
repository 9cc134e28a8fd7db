import { describe, expect, it } from 'vitest';
import {
  acceleration,
  bcaInterval,
  percentileInterval,
} from '../../../../src/bench/statistics/bootstrap-interval.js';
import { bootstrapMean, resampleTable } from '../../../../src/bench/statistics/bootstrap.js';
import { meanOf, type TaskOutcomes } from '../../../../src/bench/statistics/outcomes.js';
import { seededRandom } from '../../../../src/synthetic/random.js';

const variance = (values: ArrayLike<number>): number => {
  const list = Array.from(values);
  const mean = meanOf(list);
  return meanOf(list.map((value) => (value - mean) ** 2));
};

describe('bootstrap intervals', () => {
  // Efron & Tibshirani 1993, table 14.1: spatial test data A, for which the book gives a variance of 171.5, an
  // acceleration of 0.061 and, from 2000 replicates, 90 % intervals of (100.8, 233.9) percentile and (115.8, 259.6) BCa.
  // scipy.stats.bootstrap 1.15.3 with 200,000 replicates: (97.7, 236.0) and (115.4, 260.3).
  const spatial = [
    48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41,
  ];
  const leftOneOut = spatial.map((_, index) => variance(spatial.filter((__, other) => other !== index)));
  const random = seededRandom(1, 'spatial');
  const replicates = Float64Array.from({ length: 100_000 }, () =>
    variance(spatial.map(() => spatial[Math.floor(random.uniform() * spatial.length)] ?? 0)),
  );

  it('are those of the published example', () => {
    const estimate = variance(spatial);
    expect(estimate).toBeCloseTo(171.534, 3);
    expect(acceleration(leftOneOut)).toBeCloseTo(0.061, 3);
    const percentile = percentileInterval(replicates, 0.9);
    const bca = bcaInterval(replicates, estimate, leftOneOut, 0.9);
    expect(Math.abs(percentile.low - 97.7)).toBeLessThan(1.5);
    expect(Math.abs(percentile.high - 236)).toBeLessThan(1.5);
    expect(Math.abs(bca.low - 115.4)).toBeLessThan(1.5);
    expect(Math.abs(bca.high - 260.3)).toBeLessThan(2);
  });

  it('are those of SciPy from the same replicates', () => {
    // All 3125 resamples of five numbers:
    // x = np.array([1., 2, 4, 8, 16]); d = [np.mean(c) for c in itertools.product(x, repeat=5)]
    // scipy.stats.bootstrap((x,), np.mean, n_resamples=0, method='BCa',
    //   bootstrap_result=types.SimpleNamespace(bootstrap_distribution=np.array(d)))  -> (2.6, 12.8)
    // method='percentile' -> (2.0, 11.4)
    const x = [1, 2, 4, 8, 16];
    const all: number[] = [];
    for (let code = 0; code < 3125; code++)
      all.push(meanOf([0, 1, 2, 3, 4].map((place) => x[Math.floor(code / 5 ** place) % 5] ?? 0)));
    const every = Float64Array.from(all);
    const without = x.map((_, index) => meanOf(x.filter((__, other) => other !== index)));
    const bca = bcaInterval(every, meanOf(x), without);
    expect([bca.low, bca.high].map((end) => end.toFixed(9))).toEqual(['2.600000000', '12.800000000']);
    const percentile = percentileInterval(every);
    expect([percentile.low, percentile.high].map((end) => end.toFixed(9))).toEqual([
      '2.000000000',
      '11.400000000',
    ]);
  });

  it('without bias and acceleration BCa is the percentile interval', () => {
    const even = Float64Array.from({ length: 1001 }, (_, index) => index);
    const [bca, percentile] = [bcaInterval(even, 500, [1, 2, 3]), percentileInterval(even)];
    expect(bca.low).toBeCloseTo(percentile.low, 6);
    expect(bca.high).toBeCloseTo(percentile.high, 6);
  });

  it('have an end also where every replicate is the same', () => {
    expect(bcaInterval(new Float64Array(10).fill(1), 1, [1, 1])).toEqual({ low: 1, high: 1 });
    expect(bcaInterval(new Float64Array(10).fill(2), 1, [1, 1])).toEqual({ low: 2, high: 2 });
  });
});

describe('two-level bootstrap', () => {
  const task = (name: string, family: string, ...scores: number[]): TaskOutcomes => ({
    task: name,
    family,
    scores,
  });
  const tasks = [
    task('a', 'f', 1, 1, 0, 1, 0),
    task('b', 'f', 1, 1, 1, 1, 1),
    task('c', 'g', 0, 0, 1, 0, 0),
    task('d', 'h', 0, 1, 0, 1, 1),
    task('e', 'h', 0, 0, 0, 0, 0),
  ];

  it('has the variance of its closed form, over tasks and over trials', () => {
    const [replicates = new Float64Array()] = resampleTable([{ name: 'x', tasks }], { clusters: 'task' });
    const p = tasks.map(({ scores }) => meanOf(scores));
    const expected = (variance(p) + meanOf(p.map((each) => each * (1 - each))) / 5) / 5;
    expect(variance(replicates) / expected).toBeGreaterThan(0.95);
    expect(variance(replicates) / expected).toBeLessThan(1.05);
  });

  it('draws whole families: a mistake that a family shares is no five findings', () => {
    // Ten tasks of two families, all of one resolved and none of the other.
    const same = Array.from({ length: 10 }, (_, index) =>
      task(`t${index}`, index < 5 ? 'f' : 'g', +(index < 5)),
    );
    const byFamily = bootstrapMean(same, { clusters: 'family' });
    const byTask = bootstrapMean(same, { clusters: 'task' });
    expect(byFamily.percentile).toEqual({ low: 0, high: 1 });
    expect(byTask.percentile.high - byTask.percentile.low).toBeLessThan(0.7);
    // Families are what is drawn where nothing is said.
    expect(bootstrapMean(same)).toEqual(byFamily);
  });

  it('draws the same tasks for every system of a table, and trials for each alone', () => {
    const certain = tasks.map((each, index) => task(each.task, each.family, index / 4));
    const [a = new Float64Array(), b = new Float64Array()] = resampleTable(
      [
        { name: 'a', tasks: certain },
        { name: 'b', tasks: certain.map((each) => ({ ...each, scores: [(each.scores[0] ?? 0) - 0.25] })) },
      ],
      { resamples: 500 },
    );
    for (let resample = 0; resample < 500; resample++)
      expect((a[resample] ?? 0) - (b[resample] ?? 0)).toBeCloseTo(0.25, 12);
    const [c, d] = resampleTable(
      [
        { name: 'c', tasks },
        { name: 'd', tasks },
      ],
      { resamples: 50 },
    );
    expect(c).not.toEqual(d);
  });

  it('gives the same for the same seed, another for another', () => {
    expect(bootstrapMean(tasks)).toEqual(bootstrapMean(tasks));
    const [a, b] = [1, 2].map((seed) => resampleTable([{ name: 'x', tasks }], { seed, resamples: 100 })[0]);
    expect(a).not.toEqual(b);
  });

  it('refuses systems with different tasks', () => {
    expect(() =>
      resampleTable([
        { name: 'a', tasks },
        { name: 'b', tasks: tasks.slice(1) },
      ]),
    ).toThrow('different tasks');
  });

  it('covers the true rate of simulated benchmarks about as often as it says', () => {
    // 30 tasks, 3 trials, log odds with spread 1.2 and mean 0: the true rate is one half.
    const random = seededRandom(7, 'coverage');
    let covered = 0;
    for (let repeat = 0; repeat < 300; repeat++) {
      const own = Array.from({ length: 30 }, (_, index) => {
        const chance = 1 / (1 + Math.exp(-1.2 * random.normal()));
        return task(`t${index}`, `f${index}`, ...[0, 1, 2].map(() => +(random.uniform() < chance)));
      });
      const { percentile } = bootstrapMean(own, { resamples: 400 });
      if (percentile.low <= 0.5 && percentile.high >= 0.5) covered += 1;
    }
    expect(covered / 300).toBeGreaterThan(0.92);
    expect(covered / 300).toBeLessThan(1);
  });
});
