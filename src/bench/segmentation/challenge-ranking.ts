import type { LesionOverlap } from '../../imaging/lesion-overlap.js';
import { meanOf } from '../statistics/outcomes.js';

/** How one algorithm did on one case. */
export interface ScoredCase {
  readonly case: string;
  /** Such as centre and tracer: each subset counts the same. */
  readonly subset: string;
  readonly overlap: Pick<LesionOverlap, 'dsc' | 'falsePositiveMl' | 'falseNegativeMl'>;
}

export interface Algorithm {
  readonly name: string;
  readonly cases: readonly ScoredCase[];
}

/** Measures with their weight in the final rank, and whether more is better. */
const MEASURES = [
  { name: 'dsc', weight: 0.5, better: 'high' },
  { name: 'falsePositiveMl', weight: 0.25, better: 'low' },
  { name: 'falseNegativeMl', weight: 0.25, better: 'low' },
] as const;
type MeasureName = (typeof MEASURES)[number]['name'];

export interface RankedAlgorithm {
  readonly name: string;
  /** Place in the table, from 1; equal rank and Dice share it. */
  readonly place: number;
  /** 0.5 DSC + 0.25 FPV + 0.25 FNV of the mean ranks below. */
  readonly rank: number;
  /** Mean over subsets of the rank by each measure. */
  readonly meanRanks: Readonly<Record<MeasureName, number>>;
  /** Mean over subsets of the mean over cases; undefined where no case has the measure. */
  readonly means: Readonly<Record<MeasureName, number | undefined>>;
}

/**
 * Ranking of the autoPET III challenge (its page "Evaluation and ranking", updated ranking): cases are divided by subset
 * (centre and tracer), each measure is averaged over the cases of a subset, algorithms are ranked by each average, the
 * ranks are averaged over subsets, and the three are weighed 0.5 (DSC), 0.25 (FPV), 0.25 (FNV). A case without lesion in
 * the reference has only FPV; a subset of such cases ranks by FPV alone. Equal averages share the mean of their ranks.
 * Equal final ranks are parted by mean DSC, as in the challenges before. All algorithms must have all cases.
 */
export function challengeRanking(algorithms: readonly Algorithm[]): RankedAlgorithm[] {
  assertSameCases(algorithms);
  const subsets = [...new Set(algorithms[0]?.cases.map(({ subset }) => subset))];
  const of = ({
    name,
    better,
  }: (typeof MEASURES)[number]): { means: (number | undefined)[]; ranks: number[] } => {
    const averages = subsets
      .map((subset) => algorithms.map(({ cases }) => averageOf(cases, subset, name)))
      .filter((values): values is number[] => values.every((value) => value !== undefined));
    const ranks = averages.map((values) => averageRanks(values, better));
    const over = (lists: readonly number[][], algorithm: number): number =>
      meanOf(lists.map((values) => values[algorithm] ?? 0));
    return {
      means: algorithms.map((_, index) => (averages.length === 0 ? undefined : over(averages, index))),
      // Where no case has the measure all algorithms are equal.
      ranks: algorithms.map((_, index) =>
        averages.length === 0 ? (algorithms.length + 1) / 2 : over(ranks, index),
      ),
    };
  };
  const byMeasure = MEASURES.map(of);
  const take = <Value>(values: (measure: number) => Value): Record<MeasureName, Value> =>
    Object.fromEntries(MEASURES.map(({ name }, index) => [name, values(index)])) as Record<
      MeasureName,
      Value
    >;
  const rows = algorithms.map(({ name }, index) => ({
    name,
    rank: MEASURES.reduce((sum, { weight }, m) => sum + weight * (byMeasure[m]?.ranks[index] ?? 0), 0),
    meanRanks: take((m) => byMeasure[m]?.ranks[index] ?? 0),
    means: take((m) => byMeasure[m]?.means[index]),
  }));
  const order = (a: (typeof rows)[number], b: (typeof rows)[number]): number =>
    // Sums of the same ranks in another order differ in their last digits.
    Math.abs(a.rank - b.rank) > 1e-9 ? a.rank - b.rank : (b.means.dsc ?? 0) - (a.means.dsc ?? 0);
  rows.sort((a, b) => order(a, b) || a.name.localeCompare(b.name, 'en'));
  return rows.map((row) => ({ ...row, place: rows.findIndex((other) => order(other, row) === 0) + 1 }));
}

function averageOf(cases: readonly ScoredCase[], subset: string, name: MeasureName): number | undefined {
  const values = cases.flatMap((each) => (each.subset === subset ? (each.overlap[name] ?? []) : []));
  return values.length === 0 ? undefined : meanOf(values);
}

/** Ranks from 1, the best first; equal values share the mean of their ranks. */
export function averageRanks(values: readonly number[], better: 'high' | 'low'): number[] {
  const sign = better === 'high' ? -1 : 1;
  return values.map((value) => {
    const before = values.filter((other) => sign * other < sign * value).length;
    const equal = values.filter((other) => other === value).length;
    return before + (equal + 1) / 2;
  });
}

function assertSameCases(algorithms: readonly Algorithm[]): void {
  const [first, ...others] = algorithms.map(({ cases }) =>
    JSON.stringify(cases.map((each) => [each.subset, each.case])),
  );
  if (others.some((cases) => cases !== first)) throw new RangeError('algorithms with different cases');
}
