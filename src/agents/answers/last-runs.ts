import type { RunHistory } from '../../engine/history.js';
import { listRuns } from '../../engine/runs.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Plan } from '../../planning/plan.js';

/** A run as its folder and its trace tell it. */
export interface PastRun {
  readonly run: string;
  readonly plan: Plan;
  readonly history: RunHistory;
}

/** Reads a run of an output folder by name, or the last. Throws run.unknown. */
export async function pastRun(out: string, name?: string): Promise<PastRun> {
  const [{ findRun, planOfRun }, { readHistory }] = await Promise.all([
    import('../../engine/runs.js'),
    import('../../engine/history.js'),
  ]);
  const { run, paths } = findRun(out, name);
  return { run, plan: planOfRun(out, paths), history: await readHistory(paths.trace) };
}

/** Names of the two runs that words name by the beginning of their ids, or of the last two. Throws run.unknown. */
export function twoRuns(out: string, words: string): readonly [string, string] {
  const runs = listRuns(out);
  const named = [...words.matchAll(/\b\d{8}T[0-9A-Za-z-]+/g)].map(([id]) => id);
  const pair =
    named.length >= 2 ? named.slice(0, 2) : named.length === 1 ? [named[0], runs.at(-1)] : runs.slice(-2);
  const [before, after] = pair;
  if (before === undefined || after === undefined)
    throw new NeuroClawError(
      'run.unknown',
      `${out} holds ${runs.length === 1 ? 'one run' : 'no run'}: there is nothing to compare`,
      { place: { file: out }, hint: 'run something else there first' },
    );
  return [before, after];
}
