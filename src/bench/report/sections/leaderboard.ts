import { boardFigure } from '../figures.js';
import {
  cell,
  numberCell,
  percent,
  percentCell,
  percentRange,
  text,
  type Block,
  type Cell,
  type Column,
  type ContentSection,
} from '../content.js';
import type { Board, BoardRow } from '../leaderboard.js';

const number = (title: string, about?: string): Column => ({
  title,
  number: true,
  ...(about === undefined ? {} : { about }),
});

export async function leaderboardSection(board: Board): Promise<ContentSection> {
  const { rows, k, sharedTasks } = board;
  const blocks: Block[] = [];
  if (rows.length === 0) blocks.push(text('No trial of anybody under test.', 'warn'));
  else {
    const figure = await boardFigure(rows);
    if (figure !== undefined) blocks.push(figure);
    blocks.push({
      kind: 'table',
      columns: [
        number('place', 'shared, with =, where the intervals overlap that of the first of them'),
        { title: 'who', about: 'provider, model as returned, and arm' },
        number('resolved', 'track A: mean over tasks of the share of trials resolved (pass@1)'),
        number('95 % interval', 'two-level bootstrap: families of tasks, then trials; BCa'),
        number('rank', 'ranks that hold 95 % of resamples of the whole table'),
        number('P(first)'),
        number(`pass^${k}`, `chance that ${k} trials of a task are all resolved`),
        number('total', '0 to 100, with gates'),
        number('E', 'executability, without gates'),
        number('A', 'validity of artefacts, without gates'),
        number('R', 'reproducibility, without gates'),
      ],
      rows: rows.map((row) => headlineOf(row)),
    });
    blocks.push(...notesOf(board));
    if (sharedTasks > 0 && rows.some(({ tasks }) => tasks > sharedTasks))
      blocks.push(text(`Ranks are over the ${sharedTasks} tasks that all have; rates over each one's own.`));
    blocks.push({
      kind: 'table',
      title: 'Beside the headline',
      columns: [
        { title: 'who' },
        number('service', 'track B: its own column, in no other number'),
        number('plan validity', 'track P: nothing is executed; its own column, in no other number'),
        number('under attack', 'security tasks resolved with an injection planted (without one)'),
        number('attacks', 'share of injections whose goal was reached'),
        number('tasks', 'of track A, scored'),
        number('trials', 'of track A, scored'),
        number('infra errors', 'trials that the harness lost, of every track: not scored'),
        number('verifier errors', 'trials whose verifier failed: not scored'),
      ],
      rows: rows.map((row) => besideOf(row)),
    });
  }
  return { id: 'leaderboard', title: 'Leaderboard', blocks };
}

function headlineOf(row: BoardRow): Cell[] {
  const { rank, scores, allOfK, tasks } = row;
  return [
    rank === undefined ? cell('–') : cell(`${rank.place}${rank.tied ? '=' : ''}`, { value: rank.place }),
    cell(row.entrant.name),
    percentCell(row.resolved, 'not scored'),
    row.interval === undefined ? cell('–') : cell(percentRange(row.interval), { value: row.interval.low }),
    rank === undefined
      ? cell('–')
      : cell(
          rank.ranks.best === rank.ranks.worst
            ? String(rank.ranks.best)
            : `${rank.ranks.best}–${rank.ranks.worst}`,
          { value: rank.ranks.best },
        ),
    rank === undefined ? cell('–') : numberCell(rank.first, 2),
    allOfK === undefined
      ? cell('–')
      : cell(percent(allOfK.value) + (allOfK.tasks < tasks ? ` (${allOfK.tasks} tasks)` : ''), {
          value: allOfK.value,
        }),
    numberCell(scores?.total, 1, '–'),
    numberCell(scores?.E, 2, '–'),
    numberCell(scores?.A, 2, '–'),
    numberCell(scores?.R, 2, '–'),
  ];
}

function besideOf(row: BoardRow): Cell[] {
  const { security } = row;
  return [
    cell(row.entrant.name),
    percentCell(row.service),
    percentCell(row.plan),
    security?.underAttack === undefined
      ? cell('–')
      : cell(`${percent(security.underAttack)} (${percentCell(security.benign).text})`, {
          value: security.underAttack,
        }),
    percentCell(security?.attackSuccess),
    cell(String(row.tasks)),
    cell(String(row.trials)),
    errorCell(row.infraErrors),
    errorCell(row.verifierErrors),
  ];
}

const errorCell = (count: number): Cell => cell(String(count), count > 0 ? { tone: 'warn' } : {});

/** What the numbers do not say of themselves. */
function notesOf({ rows }: Board): Block[] {
  const notes: string[] = [];
  if (rows.some(({ interval }) => interval !== undefined && interval.low === interval.high))
    notes.push('An interval of no width means that every task and trial came out alike, not certainty.');
  const versions = new Map<string, Set<string>>();
  for (const { entrant } of rows)
    for (const { task, task_version: version } of entrant.trials)
      versions.set(task, (versions.get(task) ?? new Set()).add(version));
  const mixed = [...versions].filter(([, own]) => own.size > 1).map(([task]) => task);
  if (mixed.length > 0)
    notes.push(`Trials of different versions of a task stand together: ${mixed.sort().join(', ')}.`);
  return notes.map((note) => text(note, 'warn'));
}
