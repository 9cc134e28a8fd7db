import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHistory, type JobEnd, type RunHistory } from '../engine/history.js';
import type { KeyPreimage } from '../engine/keys.js';
import { outputLayout, type RunLayout } from '../engine/layout.js';
import { findRun, planOfRun } from '../engine/runs.js';
import { readStageRecords, type StageRecord } from '../engine/stage-record.js';
import { Store, type StoreEntry } from '../engine/store.js';
import type { EnvironmentIdentity } from '../environments/runtime.js';
import { NeuroClawError } from '../kernel/errors.js';

/** How a job ended that did not succeed. */
export interface Unfinished {
  readonly state: Exclude<JobEnd, 'committed' | 'reused'>;
  readonly message: string;
}

/** What a run left behind, read from its folder, its trace and the store: nothing that is installed. */
export interface RunArtifacts {
  readonly run: string;
  /** Version of NeuroClaw that ran it. */
  readonly version: string;
  /** What its trace says. */
  readonly history: RunHistory;
  /** In the order of the plan. */
  readonly stages: readonly StageRecord[];
  /** By name. */
  readonly environments: ReadonlyMap<string, EnvironmentIdentity>;
  /** Keys of the jobs that were committed or reused, by job. */
  readonly done: ReadonlyMap<string, string>;
  readonly unfinished: ReadonlyMap<string, Unfinished>;
  /** The committed result of a job that is done. */
  entryOf(job: string): StoreEntry | undefined;
  /** What the key of a job that is done was made of. */
  preimageOf(job: string): KeyPreimage | undefined;
  /** The environment that made the result of a job, also in an earlier run; of a failed job the one that it ran in. */
  environmentOf(job: string): EnvironmentIdentity | undefined;
}

/** Reads the named run of an output folder, or its last, which must have begun a stage. Throws run.unknown. */
export async function readRunArtifacts(out: string, name?: string): Promise<RunArtifacts> {
  const artifacts = await readAnyRun(out, name);
  if (artifacts.stages.length === 0)
    throw new NeuroClawError('run.unknown', `run ${artifacts.run} began no stage`, {
      place: { file: findRun(out, artifacts.run).paths.folder },
      expected: 'a run whose first stage was approved',
      hint: 'look at `neuroclaw status`',
    });
  return artifacts;
}

/** As `readRunArtifacts`, also for a run that ended before its first stage began. */
export async function readAnyRun(out: string, name?: string): Promise<RunArtifacts> {
  const { run, paths } = findRun(out, name);
  const records = readStageRecords(paths);
  const order = planOfRun(out, paths).stages.map(({ id }) => id);
  const history = await readHistory(paths.trace);
  const done = new Map<string, string>();
  const unfinished = new Map<string, Unfinished>();
  for (const { job, key, end, message = '' } of history.jobs.values()) {
    if ((end === 'committed' || end === 'reused') && key !== undefined) done.set(job, key);
    else if (end !== undefined && end !== 'committed' && end !== 'reused')
      unfinished.set(job, { state: end, message });
  }
  const store = new Store(outputLayout(out));
  const environments = environmentsOf(paths);
  return {
    run,
    version: history.version,
    history,
    stages: records.sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage)),
    environments,
    done,
    unfinished,
    entryOf: (job) => {
      const entry = store.read(done.get(job) ?? '');
      return entry === 'damaged' ? undefined : entry;
    },
    preimageOf: (job) => store.preimage(done.get(job) ?? ''),
    environmentOf: (job) => {
      const key = done.get(job);
      if (key !== undefined) return storedEnvironment(store.folderOf(key));
      const digest = history.jobs.get(job)?.environment?.digest;
      return [...environments.values()].find((each) => each.digest === digest);
    },
  };
}

function storedEnvironment(folder: string): EnvironmentIdentity | undefined {
  try {
    const text = readFileSync(join(folder, 'resources.json'), 'utf8');
    return (JSON.parse(text) as { environment?: EnvironmentIdentity }).environment;
  } catch {
    return undefined;
  }
}

function environmentsOf(paths: RunLayout): Map<string, EnvironmentIdentity> {
  try {
    const lock = JSON.parse(readFileSync(paths.environments, 'utf8')) as {
      environments: readonly EnvironmentIdentity[];
    };
    return new Map(lock.environments.map((each) => [each.name, each]));
  } catch {
    return new Map();
  }
}
