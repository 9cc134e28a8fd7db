import { seededRandom } from '../../synthetic/random.js';
import { SEED } from './bootstrap.js';
import { kendallTau } from './kendall.js';
import { meanOf, meanOverTasks, type System } from './outcomes.js';
import { quantileOf } from './quantile.js';
import { ranksOf } from './ranks.js';

export interface HalvesAgreement {
  /** Mean of Kendall's tau-b between the two halves of the tasks. */
  readonly mean: number;
  /** 5th and 95th percentile over the splits. */
  readonly low: number;
  readonly high: number;
  readonly splits: number;
  /** Splits in which one half cannot tell any two systems apart: not in the mean. */
  readonly undecided: number;
}

/** How far two halves of the tasks rank the systems alike. Undefined with fewer than two systems or tasks. */
export function halvesAgreement(
  systems: readonly System[],
  { splits = 1000, seed = SEED }: { splits?: number; seed?: number } = {},
): HalvesAgreement | undefined {
  const count = systems[0]?.tasks.length ?? 0;
  if (systems.length < 2 || count < 2) return undefined;
  const random = seededRandom(seed, 'halves');
  const values = systems.map(({ tasks }) => tasks.map(({ scores }) => meanOf(scores)));
  const order = Array.from({ length: count }, (_, index) => index);
  const taus: number[] = [];
  for (let split = 0; split < splits; split++) {
    shuffle(order, random.uniform);
    const half = (from: number, to: number): number[] =>
      values.map((own) => meanOf(order.slice(from, to).map((task) => own[task] ?? 0)));
    const tau = kendallTau(half(0, count >> 1), half(count >> 1, count));
    if (tau !== undefined) taus.push(tau);
  }
  const sorted = Float64Array.from(taus).sort();
  return {
    mean: meanOf(taus),
    low: quantileOf(sorted, 0.05),
    high: quantileOf(sorted, 0.95),
    splits,
    undecided: splits - taus.length,
  };
}

/** Fisher-Yates. */
function shuffle(values: number[], uniform: () => number): void {
  for (let at = values.length - 1; at > 0; at--) {
    const other = Math.floor(uniform() * (at + 1));
    const value = values[at] ?? 0;
    values[at] = values[other] ?? 0;
    values[other] = value;
  }
}

export interface AlteredRanking {
  /** What was altered: the family left out, or the weights. */
  readonly change: string;
  /** Rank of each system, in the order given. */
  readonly ranks: readonly number[];
  /** Kendall's tau-b with the ranking of the whole; undefined where one of them is all ties. */
  readonly tau: number | undefined;
}

/** The ranking without each family in turn. All systems must have the same tasks. */
export function withoutEachFamily(systems: readonly System[]): AlteredRanking[] {
  const families = [...new Set(systems[0]?.tasks.map(({ family }) => family))];
  if (families.length < 2) return [];
  const whole = systems.map(({ tasks }) => meanOverTasks(tasks));
  return families.map((left) => {
    const means = systems.map(({ tasks }) => meanOverTasks(tasks.filter(({ family }) => family !== left)));
    return { change: left, ranks: ranksOf(means), tau: kendallTau(whole, means) };
  });
}

export interface Weights {
  readonly E: number;
  readonly A: number;
  readonly R: number;
}

export const USUAL_WEIGHTS: Weights = { E: 0.25, A: 0.5, R: 0.25 };

/** One trial: the three scores without gates, 0 to 1, and what the gates leave of them, 0 to 1. */
export interface WeighedScores extends Weights {
  readonly gate: number;
}

/**
 * What the gates left of a total of 0 to 100 (design of the score: total = 100 gate (wE E + wA A + wR R)); 0 where the
 * total is 0.
 */
export function gateOf(scores: Weights & { readonly total: number }, weights = USUAL_WEIGHTS): number {
  const ungated = 100 * weighed(scores, weights);
  return ungated === 0 ? 0 : Math.min(1, scores.total / ungated);
}

const weighed = (scores: Weights, weights: Weights): number =>
  weights.E * scores.E + weights.A * scores.A + weights.R * scores.R;

/** Mean over tasks of the mean over trials of the total (0 to 100) under weights. */
export function meanTotal(tasks: readonly (readonly WeighedScores[])[], weights = USUAL_WEIGHTS): number {
  return meanOf(
    tasks.map((trials) => meanOf(trials.map((trial) => 100 * trial.gate * weighed(trial, weights)))),
  );
}

/**
 * The ranking by total with 0.1 moved from each weight to each other: six rankings. `systems`: for each the trials of
 * each task.
 */
export function withOtherWeights(
  systems: readonly (readonly (readonly WeighedScores[])[])[],
  weights = USUAL_WEIGHTS,
  step = 0.1,
): AlteredRanking[] {
  const usual = systems.map((tasks) => meanTotal(tasks, weights));
  const names = ['E', 'A', 'R'] as const;
  return names.flatMap((to) =>
    names
      .filter((from) => from !== to)
      .map((from) => {
        const moved = { ...weights, [to]: weights[to] + step, [from]: weights[from] - step };
        const means = systems.map((tasks) => meanTotal(tasks, moved));
        return {
          change: `${to} +${step}, ${from} -${step}`,
          ranks: ranksOf(means),
          tau: kendallTau(usual, means),
        };
      }),
  );
}
