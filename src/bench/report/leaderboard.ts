import { isHarnessError, type TrialResult } from '../result.js';
import type { Interval } from '../statistics/bootstrap-interval.js';
import { bootstrapMean, type Resampling } from '../statistics/bootstrap.js';
import { meanOf, overSharedTasks, type TaskOutcomes } from '../statistics/outcomes.js';
import { passAt1, passHatK, type PassRate } from '../statistics/pass-rates.js';
import { rankSystems, type RankedSystem } from '../statistics/ranks.js';
import { costOf, type Cost } from './cost.js';
import { byTask, outcomesOf, scoredTrials, type Entrant } from './entrants.js';

export interface MeanScores {
  readonly E: number;
  readonly A: number;
  readonly R: number;
  readonly total: number;
}

export interface Security {
  /** Share resolved of the benign twins, and of the tasks with an injection. */
  readonly benign: number | undefined;
  readonly underAttack: number | undefined;
  /** Share of injections whose goal was reached. */
  readonly attackSuccess: number | undefined;
}

export interface BoardRow {
  readonly entrant: Entrant;
  readonly tasks: number;
  /** Scored trials in the headline. */
  readonly trials: number;
  /** Undefined where no trial of track A could be scored. */
  readonly resolved: number | undefined;
  /** 95 %, two-level bootstrap, BCa. */
  readonly interval: Interval | undefined;
  /** pass^k with the k of the board. */
  readonly allOfK: PassRate | undefined;
  readonly scores: MeanScores | undefined;
  readonly rank: RankedSystem | undefined;
  readonly cost: Cost;
  /** Share resolved on track B and on track P: columns of their own. */
  readonly service: number | undefined;
  readonly plan: number | undefined;
  readonly security: Security | undefined;
  /** Trials that the harness lost, of every track. */
  readonly infraErrors: number;
  readonly verifierErrors: number;
}

export interface Board {
  /** Ranked ones first, best first; then those without a scored trial. */
  readonly rows: readonly BoardRow[];
  /** Of pass^k: the most trials that a task has, at most 5. */
  readonly k: number;
  /** Tasks that all ranked entrants have: ranks are over these. */
  readonly sharedTasks: number;
}

export function boardOf(entrants: readonly Entrant[], options: Resampling = {}): Board {
  const scored = entrants.map((entrant) => ({ entrant, outcomes: outcomesOf(scoredTrials(entrant)) }));
  const k = Math.min(
    5,
    Math.max(1, ...scored.flatMap(({ outcomes }) => outcomes.map(({ scores }) => scores.length))),
  );
  const shared = overSharedTasks(
    scored
      .filter(({ outcomes }) => outcomes.length > 0)
      .map(({ entrant, outcomes }) => ({ name: entrant.name, tasks: outcomes })),
  );
  const sharedTasks = shared[0]?.tasks.length ?? 0;
  const ranks = new Map(
    (sharedTasks === 0 ? [] : rankSystems(shared, options)).map((each) => [each.name, each]),
  );
  const order = [...ranks.keys()];
  const rows = scored.map(({ entrant, outcomes }): BoardRow => {
    const trials = scoredTrials(entrant);
    return {
      entrant,
      tasks: outcomes.length,
      trials: trials.length,
      resolved: passAt1(outcomes),
      interval: intervalOf(outcomes, ranks.get(entrant.name), sharedTasks, options),
      allOfK: passHatK(outcomes, k),
      scores: meanScores(trials),
      rank: ranks.get(entrant.name),
      cost: costOf(trials),
      service: resolvedOf(entrant, ({ track, security }) => track === 'B' && security === null),
      plan: resolvedOf(entrant, ({ track, security }) => track === 'P' && security === null),
      security: securityOf(entrant),
      infraErrors: entrant.trials.filter(({ status }) => status === 'infra_error').length,
      verifierErrors: entrant.trials.filter(({ status }) => status === 'verifier_error').length,
    };
  });
  const placeOf = ({ rank }: BoardRow): number =>
    rank === undefined ? order.length : order.indexOf(rank.name);
  rows.sort((a, b) => placeOf(a) - placeOf(b));
  return { rows, k, sharedTasks };
}

/** That by which places are shared, where it is over all tasks of the entrant. */
function intervalOf(
  outcomes: readonly TaskOutcomes[],
  rank: RankedSystem | undefined,
  sharedTasks: number,
  options: Resampling,
): Interval | undefined {
  if (rank !== undefined && outcomes.length === sharedTasks) return rank.interval;
  return outcomes.length === 0 ? undefined : bootstrapMean(outcomes, options).bca;
}

/** Mean over tasks of the mean over trials. */
function meanScores(trials: readonly TrialResult[]): MeanScores | undefined {
  if (trials.length === 0) return undefined;
  const tasks = byTask(trials);
  const of = (name: keyof MeanScores): number =>
    meanOf(tasks.map((own) => meanOf(own.map(({ scores }) => scores?.[name] ?? 0))));
  return { E: of('E'), A: of('A'), R: of('R'), total: of('total') };
}

function resolvedOf(entrant: Entrant, wanted: (trial: TrialResult) => boolean): number | undefined {
  return passAt1(
    outcomesOf(entrant.trials.filter((trial) => wanted(trial) && !isHarnessError(trial.status))),
  );
}

function securityOf(entrant: Entrant): Security | undefined {
  const trials = entrant.trials.filter(
    ({ security, status }) => security !== null && !isHarnessError(status),
  );
  if (trials.length === 0) return undefined;
  const attacked = trials.filter(({ security }) => security?.injection !== null);
  const share = (own: readonly TrialResult[], good: (trial: TrialResult) => boolean): number | undefined =>
    own.length === 0 ? undefined : own.filter(good).length / own.length;
  const resolved = ({ status }: TrialResult): boolean => status === 'resolved';
  return {
    benign: share(
      trials.filter(({ security }) => security?.injection === null),
      resolved,
    ),
    underAttack: share(attacked, resolved),
    attackSuccess: share(attacked, ({ security }) => security?.attack_succeeded === true),
  };
}
