import { bcaInterval, type Interval } from './bootstrap-interval.js';
import { leaveClusterOut, RESAMPLES, resampleTable, type Resampling } from './bootstrap.js';
import { meanOf, meanOverTasks, type System } from './outcomes.js';

/** Ranks of values, the largest first; equal values share the best rank, so that 1, 1, 3. */
export function ranksOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => b - a);
  return values.map((value) => sorted.indexOf(value) + 1);
}

export interface RankedSystem {
  readonly name: string;
  readonly mean: number;
  /** Of the mean, 95 %, BCa. */
  readonly interval: Interval;
  /** Ranks that hold 95 % of the resamples. */
  readonly ranks: { readonly best: number; readonly worst: number };
  /** Share of resamples in which it is first; a shared first place counts in parts. */
  readonly first: number;
  /** Place in the table: systems whose intervals overlap with that of the first of them share it. */
  readonly place: number;
  readonly tied: boolean;
}

/** The systems from best to worst, with the certainty of their order. All must have the same tasks. */
export function rankSystems(systems: readonly System[], options: Resampling = {}): RankedSystem[] {
  const table = resampleTable(systems, options);
  const resamples = options.resamples ?? RESAMPLES;
  const counts = systems.map(() => new Float64Array(systems.length + 1));
  const first = systems.map(() => 0);
  for (let resample = 0; resample < resamples; resample++) {
    const ranks = ranksOf(table.map((replicates) => replicates[resample] ?? 0));
    const winners = ranks.filter((rank) => rank === 1).length;
    ranks.forEach((rank, index) => {
      const own = counts[index] as Float64Array;
      own[rank] = (own[rank] ?? 0) + 1;
      if (rank === 1) first[index] = (first[index] ?? 0) + 1 / winners;
    });
  }
  const rows = systems.map(({ name, tasks }, index) => ({
    name,
    mean: meanOverTasks(tasks),
    interval: bcaInterval(
      table[index] ?? new Float64Array(),
      meanOverTasks(tasks),
      leaveClusterOut(
        tasks,
        options.clusters,
        tasks.map(({ scores }) => meanOf(scores)),
      ),
    ),
    ranks: middleRanks(counts[index] ?? new Float64Array(), resamples),
    first: (first[index] ?? 0) / resamples,
  }));
  rows.sort((a, b) => b.mean - a.mean || a.name.localeCompare(b.name, 'en'));
  return withPlaces(rows);
}

/** Smallest and largest rank after cutting at most 2.5 % of the resamples from each side. */
function middleRanks(counts: Float64Array, resamples: number): { best: number; worst: number } {
  const cut = 0.025 * resamples;
  let [best, worst] = [1, counts.length - 1];
  let below = counts[best] ?? 0;
  while (below <= cut && best < worst) below += counts[++best] ?? 0;
  let above = counts[worst] ?? 0;
  while (above <= cut && worst > best) above += counts[--worst] ?? 0;
  return { best, worst };
}

/** Places of rows sorted from the best, ties by overlap with the first row that has the place. */
export function withPlaces<Row extends { readonly interval: Interval }>(
  rows: readonly Row[],
): (Row & { place: number; tied: boolean })[] {
  let head = 0;
  const places = rows.map(({ interval }, index) => {
    if (interval.high < (rows[head]?.interval.low ?? -Infinity)) head = index;
    return head + 1;
  });
  return rows.map((row, index) => ({
    ...row,
    place: places[index] ?? 0,
    tied: places.filter((place) => place === places[index]).length > 1,
  }));
}
