import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunArtifacts } from '../../report/run-artifacts.js';
import type { Changed, RunDifference } from '../../report/diff-runs.js';
import { describeChange } from '../../engine/explain.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { outFolder } from '../out-folder.js';
import { table } from '../render.js';

const SHOWN = 20;

export async function run(
  context: CommandContext,
  [before = '', after = '']: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { diffRuns } = await import('../../report/diff-runs.js');
  const [a, b] = [await artifactsOf(before, context, options), await artifactsOf(after, context, options)];
  const difference = diffRuns(a, b);
  if (context.io.json) context.io.data(difference);
  else show(difference, context.io);
  return 0;
}

/** A run of the output folder by its name, or another output folder, whose last run is meant. */
async function artifactsOf(
  name: string,
  context: CommandContext,
  options: Record<string, unknown>,
): Promise<RunArtifacts> {
  const { readRunArtifacts } = await import('../../report/run-artifacts.js');
  const folder = resolve(context.cwd, name);
  if (existsSync(join(folder, '.neuroclaw'))) return readRunArtifacts(folder);
  return readRunArtifacts(outFolder(context, options), name);
}

function show(difference: RunDifference, io: Io): void {
  const { before, after, plan, environments, data, jobs, sameJobs, onlyBefore, onlyAfter, ends, numbers } =
    difference;
  io.line(`${before.run} (${before.outcome}) and ${after.run} (${after.outcome})`);
  section(io, 'plan', plan.map(changeText));
  section(io, 'environments', environments.map(changeText));
  section(
    io,
    'data',
    data.map(({ what, before: then, after: now }) =>
      then === undefined
        ? `${what} is new`
        : now === undefined
          ? `${what} is gone`
          : `${what} has other content`,
    ),
  );
  section(io, 'only before', onlyBefore);
  section(io, 'only after', onlyAfter);
  section(
    io,
    'ends',
    ends.map(
      ({ message, ...change }) => `${changeText(change)}${message === undefined ? '' : `: ${message}`}`,
    ),
  );
  const causes = jobs.filter(({ changes }) => changes.length > 0);
  section(
    io,
    'jobs that were given something else',
    causes.map(
      ({ job, changes, results }) => `${job}  ${changes.map(describeChange).join('; ')}${outcome(results)}`,
    ),
  );
  const follow = jobs.filter(({ changes, follows }) => changes.length === 0 && follows.length > 0);
  section(
    io,
    'jobs that follow from these',
    follow.map(({ job, results }) => `${job}${outcome(results)}`),
  );
  section(
    io,
    'the same key and another result',
    jobs.filter(({ changes, follows }) => changes.length + follows.length === 0).map(({ job }) => job),
  );
  const rows = numbers.map(({ stage, of, what, before: then, after: now }) => [
    `${stage} ${of}`.trim(),
    what,
    `${shown(then)} -> ${shown(now)}`,
  ]);
  section(io, 'numbers', table(rows));
  io.line(`${sameJobs} jobs are the same in both`);
}

function section(io: Io, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  io.line(io.style('bold', title));
  for (const line of lines.slice(0, SHOWN)) io.line(`  ${line}`);
  if (lines.length > SHOWN) io.line(`  ... and ${lines.length - SHOWN} more (--json lists all)`);
}

function changeText({ what, before, after }: Changed<unknown>): string {
  return `${what}: ${shown(before)} -> ${shown(after)}`;
}

function outcome(results: string): string {
  return results === 'same' ? '  (same result)' : '';
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[0-9a-f]{64}/g, (digest) => digest.slice(0, 12));
}
