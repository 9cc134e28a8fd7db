import { isHarnessError, type TrialResult } from '../result.js';
import type { TaskOutcomes } from '../statistics/outcomes.js';

/** What is compared: a provider's model, or a planner without one, under one arm. */
export interface Entrant {
  readonly name: string;
  readonly provider: string;
  readonly model: string | null;
  readonly arm: string;
  readonly trials: readonly TrialResult[];
}

/** Everybody under test, in order of appearance. Controls are no entrants. */
export function entrantsOf(results: readonly TrialResult[]): Entrant[] {
  const entrants = new Map<string, Entrant & { trials: TrialResult[] }>();
  for (const result of results) {
    if (result.control !== null) continue;
    const { provider, model, arm } = result;
    const key = JSON.stringify([provider, model, arm]);
    const known = entrants.get(key);
    if (known !== undefined) known.trials.push(result);
    else
      entrants.set(key, {
        name: `${model === null ? provider : `${provider}:${model}`} (${arm})`,
        ...{ provider, model, arm, trials: [result] },
      });
  }
  return [...entrants.values()];
}

/** What the headline is of: executed tasks that are not wrapped by an attack. */
export function inHeadline({ track, security }: TrialResult): boolean {
  return track === 'A' && security === null;
}

/** Trials that say something about who was tested, in the headline. */
export function scoredTrials({ trials }: Entrant): TrialResult[] {
  return trials.filter((trial) => inHeadline(trial) && !isHarnessError(trial.status));
}

/** 1 for each resolved trial, 0 for each other, by task in order of its id. */
export function outcomesOf(trials: readonly TrialResult[]): TaskOutcomes[] {
  return byTask(trials).map(([first, ...others]) => ({
    task: first.task,
    family: first.family,
    scores: [first, ...others].map(({ status }) => (status === 'resolved' ? 1 : 0)),
  }));
}

/** Trials of one task each, in order of its id. */
export function byTask(trials: readonly TrialResult[]): [TrialResult, ...TrialResult[]][] {
  const tasks = new Map<string, [TrialResult, ...TrialResult[]]>();
  for (const trial of trials) {
    const own = tasks.get(trial.task);
    if (own === undefined) tasks.set(trial.task, [trial]);
    else own.push(trial);
  }
  return [...tasks.values()].sort(([a], [b]) => (a.task < b.task ? -1 : a.task > b.task ? 1 : 0));
}
