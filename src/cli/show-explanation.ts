import type { StageExplanation } from '../engine/explain.js';
import type { Io } from './io.js';
import { printFindings, table } from './render.js';

/** Prints for each job of a stage why it would run, or why not. */
export function showExplanation(stage: StageExplanation, io: Io): void {
  io.line(io.style('bold', `stage ${stage.stage}`));
  if (stage.after !== undefined) io.line(`  compiled after ${stage.after}`);
  printFindings(stage.findings, io, 10);
  const colors = {
    committed: 'green',
    new: 'cyan',
    changed: 'yellow',
    damaged: 'red',
    follows: 'cyan',
    cannot: 'red',
  } as const;
  for (const [index, line] of table(
    stage.jobs.map((job) => [`  ${job.verdict}`, job.job, job.why]),
  ).entries()) {
    const verdict = stage.jobs[index]?.verdict ?? 'new';
    io.line(line.replace(verdict, io.style(colors[verdict], verdict)));
  }
  const would = stage.jobs.filter((job) => job.verdict !== 'committed' && job.verdict !== 'cannot').length;
  if (stage.jobs.length > 0)
    io.line(would === 0 ? '  nothing to do' : `  ${would} of ${stage.jobs.length} jobs would run`);
}
