import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobHistory } from '../engine/history.js';
import type { JobRecord, StageRecord } from '../engine/stage-record.js';
import type { StoreEntry } from '../engine/store.js';
import type { JsonObject } from '../kernel/json.js';
import { numberOf, objectOf, textOf, textsOf } from '../trace/body-fields.js';

export type ReportedEnd =
  'committed' | 'reused' | 'rejected' | 'failed' | 'cancelled' | 'skipped' | 'interrupted' | 'not run';

/** One job of a run as its report shows it. */
export interface ReportedJob {
  readonly id: string;
  readonly stage: string;
  readonly step: string;
  readonly skill: string;
  readonly entities: Readonly<Record<string, string>>;
  readonly end: ReportedEnd;
  /** Why it failed, was rejected or skipped. */
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  /** Of the checks, or of inputs that were refused. */
  readonly findings: readonly JsonObject[];
  /** The end of what the tool said before it failed. */
  readonly said?: string | undefined;
  /** Program and arguments as the tool was given them; a reused result has those of the run that made it. */
  readonly argv?: readonly string[] | undefined;
  readonly environment?:
    { readonly name: string; readonly runtime: string; readonly digest: string } | undefined;
  /** Seconds that the tool ran. */
  readonly seconds?: number | undefined;
  readonly memoryMb?: number | undefined;
  readonly checks?: number | undefined;
  /** Marks such as `gpu-unused`. */
  readonly degraded: readonly string[];
  /** Files in the dataset, relative to it. */
  readonly published: readonly string[];
}

/**
 * Joins what a stage planned of a job, what the trace says of it, and, where an earlier run made its result, what is
 * kept beside that. A job that the trace does not know was not run.
 */
export function reportedJob(
  { id, step, skill, entities }: JobRecord,
  { stage }: StageRecord,
  told: JobHistory | undefined,
  entry: StoreEntry | undefined,
): ReportedJob {
  const end: ReportedEnd = told?.end ?? (told?.started === undefined ? 'not run' : 'interrupted');
  const ended = {
    id,
    stage,
    step,
    skill,
    entities,
    end,
    findings: [],
    degraded: [],
    published: told?.published ?? [],
  };
  if (end === 'reused') {
    const before = entry === undefined ? {} : ofEarlierRun(entry);
    // Before it was resumed, this very run may have made it: its trace has the command with the number of threads.
    const here = told?.argv === undefined ? {} : { argv: told.argv, environment: told.environment };
    return { ...ended, ...before, ...here };
  }
  const failed = end === 'failed' || end === 'rejected';
  const exit = told?.exit ?? {};
  return {
    ...ended,
    argv: told?.argv,
    environment: told?.environment,
    checks: told?.checks,
    seconds: numberOf(exit, 'wall_s'),
    memoryMb: numberOf(exit, 'max_rss_mb'),
    degraded: textsOf(exit, 'degraded'),
    ...(end === 'committed' ? {} : { message: told?.message }),
    ...(failed ? { code: told?.code, findings: told?.findings ?? [], said: told?.stderrTail } : {}),
  };
}

type OfEarlierRun = Pick<ReportedJob, 'argv' | 'environment' | 'degraded' | 'seconds' | 'memoryMb'>;

function ofEarlierRun({ folder }: StoreEntry): OfEarlierRun {
  const preimage = documentOf(join(folder, 'preimage.json'));
  const resources = documentOf(join(folder, 'resources.json'));
  const environment = objectOf(resources, 'environment');
  return {
    argv: textsOf(preimage, 'argv'),
    environment: {
      name: textOf(environment, 'name'),
      runtime: textOf(environment, 'runtime'),
      digest: textOf(environment, 'digest'),
    },
    degraded: textsOf(resources, 'degraded'),
    seconds: numberOf(resources, 'wall_s'),
    memoryMb: numberOf(resources, 'max_rss_mb'),
  };
}

function documentOf(path: string): JsonObject {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
  } catch {
    return {};
  }
}
