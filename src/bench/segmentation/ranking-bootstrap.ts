import { seededRandom } from '../../synthetic/random.js';
import { SEED } from '../statistics/bootstrap.js';
import { kendallTau } from '../statistics/kendall.js';
import { meanOf } from '../statistics/outcomes.js';
import { quantileOf } from '../statistics/quantile.js';
import { challengeRanking, type Algorithm } from './challenge-ranking.js';

export interface RankStability {
  readonly name: string;
  readonly place: number;
  /** Places that hold the middle 95 % of the resamples. */
  readonly best: number;
  readonly worst: number;
  /** Share of resamples in which it is first, alone or not. */
  readonly first: number;
}

export interface ChallengeStability {
  /** In the order of the ranking. */
  readonly algorithms: readonly RankStability[];
  /** Mean of Kendall's tau-b between the ranking and that of a resample; undefined for one algorithm. */
  readonly tau: number | undefined;
}

/**
 * How sure a challenge ranking is: cases are drawn with replacement within each subset, the same for all algorithms, and
 * ranked again (Wiesenfarth et al. 2021, doi:10.1038/s41598-021-82017-6).
 */
export function challengeStability(
  algorithms: readonly Algorithm[],
  { resamples = 1000, seed = SEED }: { resamples?: number; seed?: number } = {},
): ChallengeStability {
  const ranking = challengeRanking(algorithms);
  const random = seededRandom(seed, 'challenge');
  const cases = algorithms[0]?.cases ?? [];
  const subsets = [...new Set(cases.map(({ subset }) => subset))].map((subset) =>
    cases.flatMap((each, index) => (each.subset === subset ? index : [])),
  );
  const places = new Map(ranking.map(({ name }) => [name, new Float64Array(resamples)]));
  const taus: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const drawn = subsets.flatMap((own) =>
      own.map(() => own[Math.floor(random.uniform() * own.length)] ?? 0),
    );
    const again = challengeRanking(
      algorithms.map(({ name, cases: all }) => ({ name, cases: drawn.flatMap((index) => all[index] ?? []) })),
    );
    for (const { name, place } of again) (places.get(name) ?? new Float64Array(resamples))[resample] = place;
    const placeAgain = new Map(again.map(({ name, place }) => [name, place]));
    const tau = kendallTau(
      ranking.map(({ place }) => place),
      ranking.map(({ name }) => placeAgain.get(name) ?? 0),
    );
    if (tau !== undefined) taus.push(tau);
  }
  return {
    algorithms: ranking.map(({ name, place }) => {
      const sorted = (places.get(name) ?? new Float64Array()).sort();
      return {
        name,
        place,
        best: Math.floor(quantileOf(sorted, 0.025)),
        worst: Math.ceil(quantileOf(sorted, 0.975)),
        first: sorted.filter((each) => each === 1).length / resamples,
      };
    }),
    tau: taus.length === 0 ? undefined : meanOf(taus),
  };
}
