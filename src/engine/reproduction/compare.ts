import { readHistory } from '../history.js';
import { outputLayout } from '../layout.js';
import { findRun } from '../runs.js';
import { Store } from '../store.js';
import type { Reproduction } from './record.js';

export interface ReproductionResult {
  readonly run: string;
  /** Jobs with the key that they had. */
  readonly same: number;
  /** Of these, jobs whose outputs are the same to the bit. */
  readonly identical: number;
  readonly other: readonly { readonly job: string; readonly key: string; readonly before: string }[];
  readonly missing: readonly string[];
  readonly more: readonly string[];
}

/** Compares the keys and outputs of a run with those of the run that it repeats, job by job. */
export async function compareWith(
  record: Reproduction,
  out: string,
  run: string,
): Promise<ReproductionResult> {
  const history = await readHistory(findRun(out, run).paths.trace);
  const store = new Store(outputLayout(out));
  const other: ReproductionResult['other'][number][] = [];
  const missing: string[] = [];
  let [same, identical] = [0, 0];
  for (const { id, key, outputs } of record.jobs) {
    const now = history.jobs.get(id);
    if (now?.key === undefined || (now.end !== 'committed' && now.end !== 'reused')) missing.push(id);
    else if (now.key !== key) other.push({ job: id, key: now.key, before: key });
    else {
      same += 1;
      const entry = store.read(key);
      const made = entry === undefined || entry === 'damaged' ? [] : entry.outputs;
      const present = made.filter(({ absent }) => !absent);
      if (
        present.length === Object.keys(outputs).length &&
        present.every(({ id: output, sha256 }) => outputs[output] === sha256)
      )
        identical += 1;
    }
  }
  const known = new Set(record.jobs.map(({ id }) => id));
  const more = [...history.jobs.keys()].filter((id) => !known.has(id));
  return { run, same, identical, other, missing, more };
}
