/** What one system did on one task: a number for each trial, such as 1 for resolved and 0 for not. */
export interface TaskOutcomes {
  readonly task: string;
  /** Tasks of a family share data and mistakes: they are one cluster. */
  readonly family: string;
  readonly scores: readonly number[];
}

export interface System {
  readonly name: string;
  /** One entry a task, each with one trial or more. */
  readonly tasks: readonly TaskOutcomes[];
}

/** What tasks are drawn by: whole families, or one by one. */
export type ClusterBy = 'family' | 'task';

export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Mean over tasks of the mean over trials: every task counts the same, however many trials it had. */
export function meanOverTasks(tasks: readonly TaskOutcomes[]): number {
  return meanOf(tasks.map(({ scores }) => meanOf(scores)));
}

/**
 * The same systems over the tasks that all of them have, in the same order; a task that one of them lost to an error of
 * the harness is left out for all.
 */
export function overSharedTasks(systems: readonly System[]): System[] {
  const [first, ...others] = systems;
  if (first === undefined) return [];
  const byTask = others.map(({ tasks }) => new Map(tasks.map((each) => [each.task, each])));
  const shared = first.tasks.map(({ task }) => task).filter((task) => byTask.every((map) => map.has(task)));
  return systems.map(({ name, tasks }) => {
    const own = new Map(tasks.map((each) => [each.task, each]));
    return { name, tasks: shared.map((task) => own.get(task) as TaskOutcomes) };
  });
}

/** Positions of the tasks of each cluster, in order of appearance. */
export function clustersOf(tasks: readonly TaskOutcomes[], by: ClusterBy): number[][] {
  const clusters = new Map<string, number[]>();
  tasks.forEach(({ task, family }, index) => {
    const key = by === 'family' ? family : task;
    const own = clusters.get(key);
    if (own === undefined) clusters.set(key, [index]);
    else own.push(index);
  });
  return [...clusters.values()];
}
