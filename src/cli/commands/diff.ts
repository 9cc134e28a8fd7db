import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunArtifacts } from '../../report/run-artifacts.js';
import { describeDifference } from '../../report/describe-difference.js';
import type { RunDifference } from '../../report/diff-runs.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { outFolder } from '../out-folder.js';

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
  const { before, after, sameJobs } = difference;
  io.line(`${before.run} (${before.outcome}) and ${after.run} (${after.outcome})`);
  for (const { title, lines } of describeDifference(difference)) {
    io.line(io.style('bold', title));
    for (const line of lines.slice(0, SHOWN)) io.line(`  ${line}`);
    if (lines.length > SHOWN) io.line(`  ... and ${lines.length - SHOWN} more (--json lists all)`);
  }
  io.line(`${sameJobs} jobs are the same in both`);
}
