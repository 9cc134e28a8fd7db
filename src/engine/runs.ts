import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { NeuroClawError, nodeErrorCode } from '../kernel/errors.js';
import { nearest } from '../kernel/text.js';
import { parsePlan } from '../planning/read-plan.js';
import type { Plan } from '../planning/plan.js';
import { outputLayout, runLayout, type RunLayout } from './layout.js';

/** Run ids of an output folder, oldest first. */
export function listRuns(out: string): string[] {
  try {
    return readdirSync(outputLayout(resolve(out)).runs).sort();
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}

/** The named run of an output folder, or its last one. A prefix of the name is enough. */
export function findRun(out: string, name?: string): { run: string; paths: RunLayout } {
  const runs = listRuns(out);
  const last = runs.at(-1);
  if (last === undefined) {
    throw new NeuroClawError('run.unknown', `${out} holds no run of NeuroClaw`, {
      place: { file: out },
      hint: existsSync(out)
        ? 'name the folder that was given to `run` as --out'
        : 'that folder does not exist',
    });
  }
  const matches = name === undefined ? [last] : runs.filter((run) => run.startsWith(name));
  const run = matches[0];
  if (run === undefined || matches.length > 1) {
    const near = run === undefined ? nearest(name ?? '', runs) : undefined;
    const message =
      run === undefined
        ? `no run ${name} in ${out}`
        : `${name} names ${matches.length} runs: ${matches.join(', ')}`;
    throw new NeuroClawError('run.unknown', message + (near === undefined ? '' : `; did you mean ${near}?`), {
      place: { file: out },
    });
  }
  return { run, paths: runLayout(outputLayout(resolve(out)), run) };
}

/** The plan of a run as it was approved, for the folder as it is called now. */
export function planOfRun(out: string, paths: RunLayout): Plan {
  const plan = parsePlan(JSON.parse(readFileSync(paths.plan, 'utf8')), paths.plan);
  return { ...plan, out: resolve(out) };
}
