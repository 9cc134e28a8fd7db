import type { Proposal, ProposedStage, Reply, Results } from '../agents/reply.js';
import type { QualityTable } from '../report/quality-numbers.js';
import { entityColumns } from '../report/quality-numbers.js';
import type { Io } from './io.js';
import { bytes, duration, printFindings, table } from './render.js';

/** Prints a reply of the assistant for a person. Progress prints its line, if it has one. */
export function showReply(reply: Reply, io: Io): void {
  switch (reply.kind) {
    case 'answer':
    case 'note':
      return io.line(reply.text);
    case 'question':
      for (const { text, choices, set } of reply.questions) {
        io.line(`${io.style('cyan', '?')} ${text}`);
        choices.forEach((choice, index) => io.line(`  ${index + 1}  ${choice}`));
        if (choices.length === 0) io.line(io.style('dim', `  ${set}`));
      }
      return;
    case 'plan':
      return showProposal(reply, io);
    case 'cannot':
      for (const reason of reply.reasons)
        io.line(reason.startsWith('to do: ') ? `  ${reason}` : `${io.style('yellow', 'cannot')}: ${reason}`);
      return;
    case 'piece':
      return;
    case 'progress':
      if (reply.line !== undefined)
        io.line(`  ${io.style('dim', `${reply.done}/${reply.total}`)} ${reply.line}`);
      return;
    case 'results':
      return showResults(reply, io);
    case 'methods':
      io.line(reply.text);
      for (const { number, text, doi } of reply.references)
        io.line(`[${number}] ${text}${doi === undefined ? '' : ` https://doi.org/${doi}`}`);
      return;
  }
}

function showProposal({ plan, stages, findings }: Proposal, io: Io): void {
  if (stages.length < plan.stages.length) {
    // A stage of a run under way: the plan around it was shown before.
    printFindings(findings, io, 10);
    for (const stage of stages) showProposedStage(stage, io);
    return;
  }
  io.line(`${io.style('bold', plan.title)}\n  into ${plan.out}`);
  for (const reason of plan.origin.reasons) io.line(`  - ${reason}`);
  for (const { what, why_not } of plan.origin.alternatives)
    io.line(io.style('dim', `  not ${what}: ${why_not}`));
  printFindings(findings, io, 10);
  for (const stage of plan.stages)
    for (const { label, action, datatype, suffix, entities, reason } of stage.naming ?? []) {
      const name = [datatype, ...Object.entries(entities).map(([key, value]) => `${key}=${value}`), suffix];
      io.line(`  ${label}: ${action === 'skip' ? 'skipped' : name.join(' ')}  ${io.style('dim', reason)}`);
    }
  for (const stage of stages) showProposedStage(stage, io);
}

function showProposedStage(stage: ProposedStage, io: Io): void {
  const { pipeline, version, preset, steps, jobs, providers, findings, seconds, diskMb, after } = stage;
  const title = `${io.style('bold', `stage ${stage.stage}`)}  ${pipeline} ${version}`;
  if (after !== undefined) return io.line(`${title}, compiled after ${after}`);
  io.line(`${title}${stage.dataset === undefined ? '' : ` -> ${stage.dataset}`}`);
  if (preset !== undefined) io.line(`  preset ${preset}`);
  for (const { step, capability, skill, reason } of providers)
    io.line(`  ${step}: ${capability} by ${skill} (${reason})`);
  const rows = steps.map((step) => [
    `  ${step.step}`,
    step.skill,
    `${step.jobs} ${step.jobs === 1 ? 'job' : 'jobs'}`,
  ]);
  for (const line of table(rows)) io.line(line);
  printFindings(findings, io, 10);
  io.line(
    `  ${jobs} ${jobs === 1 ? 'job' : 'jobs'}, about ${duration(seconds)} of tool time, up to ${bytes(diskMb * 1e6)} of disk`,
  );
}

function showResults(results: Results, io: Io): void {
  const { outcome, run, out, counts, tables, datasets, unfinished, error } = results;
  const color = outcome === 'finished' ? 'green' : outcome === 'running' ? 'cyan' : 'red';
  const parts = Object.entries(counts).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []));
  io.line(`${io.style(color, outcome)}  run ${run}: ${parts.join(', ') || 'no job ran'}`);
  for (const { job, state, message } of unfinished.slice(0, 12))
    io.line(`  ${state} ${job}${message === '' ? '' : `: ${message}`}`);
  if (unfinished.length > 12) io.line(`  and ${unfinished.length - 12} more`);
  if (error !== undefined) {
    io.line(`${io.style('red', 'error')}: ${error.message} [${error.code}]`);
    io.line(`  to do: ${error.hint}`);
  }
  for (const each of tables) showTable(each, io);
  for (const dataset of datasets) io.line(`  dataset  ${out}/${dataset}`);
  if (results.report !== undefined) io.line(`  report   ${io.link(results.report)}`);
  io.line(`  trace    ${results.trace}`);
}

/**
 * Quality numbers of one stage; `!` marks what is outside of what the field expects. A table that is wider than the terminal
 * comes in parts, each with the labels before it.
 */
export function showTable(quality: QualityTable, io: Io): void {
  const entities = entityColumns(quality);
  io.line(`${io.style('bold', `stage ${quality.stage}`)}  ${quality.pipeline}`);
  const labels = [entities, ...quality.rows.map((row) => entities.map((key) => row.entities[key] ?? ''))];
  const columns = quality.columns.map(({ name, unit }) => [
    unit === undefined || unit === '' ? name : `${name} (${unit})`,
    ...quality.rows.map((row) => `${shown(row.values[name])}${row.outside.includes(name) ? ' !' : ''}`),
  ]);
  const widthOf = (cells: readonly string[]): number => Math.max(...cells.map((cell) => cell.length)) + GAP;
  const screen = io.interactive ? io.width : Infinity;
  const room = screen - INDENT.length - entities.reduce((sum, _, at) => sum + widthOf(column(labels, at)), 0);
  for (const part of parts(columns, widthOf, room))
    for (const line of table(
      labels.map((row, at) => [...row, ...part.map((cells) => cells[at] ?? '')]),
      GAP,
    ))
      io.line(`${INDENT}${line}`);
}

const GAP = 2;
const INDENT = '  ';

function column(rows: readonly (readonly string[])[], at: number): string[] {
  return rows.map((row) => row[at] ?? '');
}

/** Runs of columns that fit into the room, one at least in each. */
function parts(
  columns: readonly string[][],
  widthOf: (cells: readonly string[]) => number,
  room: number,
): string[][][] {
  const made: string[][][] = [[]];
  let left = room;
  for (const cells of columns) {
    const width = widthOf(cells);
    const last = made.at(-1) ?? [];
    // The last column of a line needs no gap behind it.
    if (last.length > 0 && width - GAP > left) {
      made.push([cells]);
      left = room - width;
    } else {
      last.push(cells);
      left -= width;
    }
  }
  return made;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'n/a';
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value);
}
