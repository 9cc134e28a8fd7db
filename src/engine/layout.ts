import { join } from 'node:path';

/** Where everything of one output folder lives. Paths are absolute when `out` is. */
export interface OutputLayout {
  readonly out: string;
  readonly state: string;
  readonly lock: string;
  readonly storeId: string;
  readonly digests: string;
  readonly heads: string;
  readonly ledger: string;
  readonly published: string;
  readonly scratch: string;
  readonly store: string;
  readonly failed: string;
  /** What attempts that ended before their time leave for the next one, by key. */
  readonly work: string;
  readonly damaged: string;
  readonly runs: string;
  /** Files that jobs read and nobody wrote: merged sidecars, by their digest. */
  readonly inputs: string;
  /** Results that were there before and may be used: what was verified, by content. */
  readonly adopted: string;
}

export function outputLayout(out: string): OutputLayout {
  const state = join(out, '.neuroclaw');
  return {
    out,
    state,
    lock: join(state, 'lock'),
    storeId: join(state, 'store-id'),
    digests: join(state, 'digests.jsonl'),
    heads: join(state, 'heads.jsonl'),
    ledger: join(state, 'jobs.jsonl'),
    published: join(state, 'published.jsonl'),
    scratch: join(state, 'scratch'),
    store: join(state, 'store'),
    failed: join(state, 'failed'),
    work: join(state, 'work'),
    damaged: join(state, 'damaged'),
    runs: join(state, 'runs'),
    inputs: join(state, 'inputs'),
    adopted: join(state, 'adopted'),
  };
}

export interface RunLayout {
  readonly folder: string;
  readonly plan: string;
  readonly environments: string;
  readonly trace: string;
  readonly summary: string;
  /** The entries of `neuroclaw.lock.json` that it used. */
  readonly lock: string;
  /** Script that runs it again elsewhere; there once the run has finished. */
  readonly script: string;
  /** What each stage was made of, a file each. */
  readonly stages: string;
}

export function runLayout(layout: OutputLayout, run: string): RunLayout {
  const folder = join(layout.runs, run);
  return {
    folder,
    plan: join(folder, 'plan.json'),
    environments: join(folder, 'lock.json'),
    trace: join(folder, 'trace.jsonl'),
    summary: join(folder, 'summary.json'),
    lock: join(folder, 'neuroclaw.lock.json'),
    script: join(folder, 'reproduce.sh'),
    stages: join(folder, 'stages'),
  };
}
