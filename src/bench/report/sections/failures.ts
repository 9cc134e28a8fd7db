import { trialStatus, type TrialResult } from '../../result.js';
import { cell, text, type Block, type Cell, type ContentSection } from '../content.js';
import type { Entrant } from '../entrants.js';

/** Address of the trace of a trial, relative to the report. */
export type TraceOf = (trial: TrialResult) => string | undefined;

/** More would hide the rest of the page; `results.jsonl` has all. */
const MOST_LISTED = 500;

/** How trials of every track ended, and each that was not resolved with its class, its reason and its trace. */
export function failuresSection(entrants: readonly Entrant[], traceOf: TraceOf): ContentSection {
  const all = entrants.flatMap(({ name, trials }) => trials.map((trial) => ({ name, trial })));
  const failed = all.filter(({ trial }) => trial.status !== 'resolved');
  const blocks: Block[] = [
    {
      kind: 'table',
      title: 'How trials ended',
      columns: [
        { title: 'who' },
        ...trialStatus.options.map((status) => ({ title: status.replace('_', ' '), number: true })),
      ],
      rows: entrants.map(({ name, trials }) => [
        cell(name),
        ...trialStatus.options.map((status) =>
          cell(String(trials.filter((trial) => trial.status === status).length)),
        ),
      ]),
    },
  ];
  if (failed.length === 0) {
    if (all.length > 0) blocks.push(text('Every trial was resolved.', 'good'));
    return { id: 'failures', title: 'Failures', blocks };
  }
  const classes = [...new Set(failed.map(({ trial }) => classOf(trial)))].sort();
  blocks.push({
    kind: 'table',
    title: 'Failures by class',
    columns: [{ title: 'class' }, ...entrants.map(({ name }) => ({ title: name, number: true }))],
    rows: classes.map((each) => [
      cell(each),
      ...entrants.map(({ trials }) =>
        cell(String(trials.filter((trial) => trial.status !== 'resolved' && classOf(trial) === each).length)),
      ),
    ]),
  });
  const listed = [...failed]
    .sort(
      (a, b) =>
        classOf(a.trial).localeCompare(classOf(b.trial), 'en') ||
        a.trial.task.localeCompare(b.trial.task, 'en') ||
        a.trial.trial - b.trial.trial,
    )
    .slice(0, MOST_LISTED);
  blocks.push({
    kind: 'table',
    title: 'Trials that were not resolved',
    columns: [
      { title: 'class' },
      { title: 'task' },
      { title: 'who' },
      { title: 'trial', number: true },
      { title: 'status' },
      { title: 'why' },
      { title: 'trace' },
    ],
    rows: listed.map(({ name, trial }) => [
      cell(classOf(trial)),
      cell(trial.task),
      cell(name),
      cell(String(trial.trial)),
      cell(trial.status.replace('_', ' ')),
      cell(whyOf(trial)),
      traceCell(traceOf(trial)),
    ]),
  });
  if (failed.length > MOST_LISTED)
    blocks.push(text(`${failed.length - MOST_LISTED} more stand in the results alone.`));
  return { id: 'failures', title: 'Failures', blocks };
}

const classOf = ({ failure_class: own }: TrialResult): string => own ?? 'unknown';

/** The first check that failed, those of science first. */
function whyOf({ checks, status }: TrialResult): string {
  const order = ['science', 'format', 'hygiene'] as const;
  const failed = order.flatMap((each) => checks.filter(({ class: own, ok }) => own === each && !ok))[0];
  if (failed === undefined) return status === 'unresolved' ? 'no check failed: see the trace' : '';
  const { id, value, threshold, evidence } = failed;
  return `${id}: ${JSON.stringify(value)}, expected ${JSON.stringify(threshold)}${evidence === '' ? '' : ` (${evidence})`}`;
}

function traceCell(address: string | undefined): Cell {
  return address === undefined ? cell('none') : cell('trace', { href: address });
}
