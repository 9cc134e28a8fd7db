import type { Pipeline } from '../pipeline.js';
import type { Exclusion } from '../plan-request.js';
import type { PlanningOptions } from '../planning-outcome.js';
import { isQueried, type DataSelection } from './planning-data.js';
import type { Selection } from './read-labels.js';
import type { KnownLabels, ReadRequest } from './read-request.js';

/** Turns named labels into a selection of data, or says which of them the data lack. */
export function selectData(
  read: ReadRequest,
  known: KnownLabels,
  { participants: fromOptions, exclude = [] }: Pick<PlanningOptions, 'participants' | 'exclude'>,
  pipelines: readonly Pipeline[],
): DataSelection | { readonly reasons: readonly string[] } {
  const reasons: string[] = [];
  const why: string[] = [];
  const entities: Record<string, string[]> = {};
  const resolve = (
    name: string,
    plural: string,
    all: readonly string[],
    selection: Selection | undefined,
  ): string[] | undefined => {
    if (selection === undefined) return undefined;
    for (const label of selection.unknown)
      reasons.push(`there is no ${name} ${label}: the data have ${all.length === 0 ? 'none' : listed(all)}`);
    if (selection.labels.length === 0) return undefined;
    const labels = selection.negated
      ? all.filter((label) => !selection.labels.includes(label))
      : [...selection.labels];
    if (labels.length === 0) reasons.push(`without ${plural} ${listed(selection.labels)} nothing is left`);
    why.push(
      `${plural} ${listed(labels)}: ${selection.negated ? `all but ${listed(selection.labels)}, as you said` : 'named by you'}`,
    );
    return labels;
  };

  const left: Exclusion[] = [];
  let participants = resolve('participant', 'participants', known.participants, read.participants);
  if (fromOptions !== undefined) {
    participants = fromOptions.map((label) => label.replace(/^sub-/, ''));
    for (const label of participants)
      if (!known.participants.includes(label))
        reasons.push(`there is no participant ${label}: the data have ${listed(known.participants)}`);
    why.push(`participants ${listed(participants)}: chosen by --participant`);
  }
  const named = fromOptions !== undefined || (read.participants !== undefined && !read.participants.negated);
  const whom = participants ?? known.participants;
  // What works on the whole dataset leaves nobody out.
  for (const { participant, reason } of pipelines.some(isQueried) ? exclude : []) {
    if (!whom.includes(participant)) continue;
    if (named) {
      why.push(`sub-${participant} is in because you name it, although you had it excluded: ${reason}`);
      continue;
    }
    left.push({ participant, reason });
    why.push(`sub-${participant} is left out, as you had me remember: ${reason}`);
  }
  if (left.length > 0 && left.length === whom.length)
    reasons.push('every participant is excluded by what you had me remember');
  const sessions = resolve('session', 'sessions', known.sessions, read.sessions);
  if (sessions !== undefined) entities['session'] = sessions;
  const runs = resolve('run', 'runs', known.runs, read.runs);
  if (runs !== undefined) entities['run'] = runs;
  const tasks =
    resolve('task', 'tasks', known.tasks, read.tasks) ?? restingTasks(read, known, pipelines, reasons, why);
  if (tasks !== undefined) entities['task'] = tasks;
  return reasons.length > 0 ? { reasons } : { participants, exclude: left, entities, reasonsWhy: why };
}

/** Resting state is a task whose label begins with `rest` (BIDS specification, "Task (including resting state) imaging data"). */
function restingTasks(
  read: ReadRequest,
  known: KnownLabels,
  pipelines: readonly Pipeline[],
  reasons: string[],
  why: string[],
): string[] | undefined {
  if (!read.resting || !pipelines.some(isQueried)) return undefined;
  const tasks = known.tasks.filter((task) => /^rest/i.test(task));
  if (tasks.length === 0) {
    reasons.push(
      known.tasks.length === 0
        ? 'no resting-state run: the data have no task at all'
        : `no resting-state run: the tasks are ${listed(known.tasks)}`,
    );
    return undefined;
  }
  why.push(`task ${listed(tasks)}: resting state`);
  return tasks;
}

export function listed(labels: readonly string[]): string {
  return labels.length <= 12
    ? labels.join(', ')
    : `${labels.slice(0, 10).join(', ')} and ${labels.length - 10} more`;
}
