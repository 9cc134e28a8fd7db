import { meanOf, meanOverTasks, type TaskOutcomes } from './outcomes.js';

/** Share resolved in one trial: the mean over tasks of c/n, c of n trials resolved. Undefined without tasks. */
export function passAt1(tasks: readonly TaskOutcomes[]): number | undefined {
  return tasks.length === 0 ? undefined : meanOverTasks(tasks);
}

/**
 * Chance that k trials of a task are all resolved: C(c,k) / C(n,k), the unbiased estimate from c of n, as tau-bench
 * defines pass^k (Yao et al. 2024, arXiv:2406.12045). Undefined with fewer than k trials.
 */
export function allOfK(resolved: number, trials: number, k: number): number | undefined {
  if (k < 1 || trials < k) return undefined;
  let chance = 1;
  for (let i = 0; i < k; i++) chance *= Math.max(0, resolved - i) / (trials - i);
  return chance;
}

/** Chance that at least one of k trials is resolved: 1 - C(n-c,k) / C(n,k) (Chen et al. 2021, arXiv:2107.03374). */
export function anyOfK(resolved: number, trials: number, k: number): number | undefined {
  const none = allOfK(trials - resolved, trials, k);
  return none === undefined ? undefined : 1 - none;
}

export interface PassRate {
  readonly value: number;
  /** Tasks with k trials or more, over which the mean is; the others cannot say. */
  readonly tasks: number;
}

/** pass^k: the mean over tasks of {@link allOfK}. Undefined where no task has k trials. */
export function passHatK(tasks: readonly TaskOutcomes[], k: number): PassRate | undefined {
  return over(tasks, (resolved, trials) => allOfK(resolved, trials, k));
}

/** pass@k: an upper bound for a person who could pick the best of k, never a score of the system. */
export function passAtK(tasks: readonly TaskOutcomes[], k: number): PassRate | undefined {
  return over(tasks, (resolved, trials) => anyOfK(resolved, trials, k));
}

function over(
  tasks: readonly TaskOutcomes[],
  chance: (resolved: number, trials: number) => number | undefined,
): PassRate | undefined {
  const chances = tasks.flatMap(
    ({ scores }) => chance(scores.filter((score) => score === 1).length, scores.length) ?? [],
  );
  return chances.length === 0 ? undefined : { value: meanOf(chances), tasks: chances.length };
}
