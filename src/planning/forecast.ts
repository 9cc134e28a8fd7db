import { statSync } from 'node:fs';
import type { CompiledStage, Job } from './job.js';

export interface Forecast {
  /** Time of the tools, one after the other. */
  readonly seconds: number;
  /** Results in the store, their copies in the dataset, and the largest scratch of one job. */
  readonly diskMb: number;
  /** How many jobs were judged by measured runs; the others by the usual time that their skill says. */
  readonly measured: number;
}

/** What earlier runs took: seconds for each MB (10^6 bytes) of input, by skill. */
export interface PastRuns {
  readonly secondsPerMb: ReadonlyMap<string, number>;
}

/** Kinds whose files are as large as what they are made from; the others are tables and texts. */
const LARGE_KINDS: ReadonlySet<string> = new Set([
  'nifti',
  'mif',
  'mgh',
  'tck',
  'folder',
  'gifti',
  'fif',
  'any',
]);

/** Results are written as float32 where most scanners store 16 bits. */
const GROWTH = 2;

const SMALL_MB = 0.02;

/**
 * Time and disk of a compiled stage, before it runs. Sizes come from the files of the dataset; what a job reads from
 * another one is taken to be as large as that one's largest input, twice over. A guide to days or minutes, no promise.
 */
export function forecast(stage: CompiledStage, past?: PastRuns): Forecast {
  const sizes = new Map<string, number>();
  /** Size of one large output of each job. */
  const made = new Map<string, number>();
  let seconds = 0;
  let diskMb = 0;
  let scratchMb = 0;
  let measured = 0;
  for (const job of stage.jobs) {
    const roles = roleSizes(job, sizes, made);
    const inputMb = roles.reduce((sum, size) => sum + size, 0);
    const outputMb = Math.max(0, ...roles) * GROWTH;
    // Growth from 16 bits to float32 happens once: what is made of a result is as large as it.
    made.set(job.id, outputMb / (readsJobs(job) ? GROWTH : 1));
    for (const output of job.outputs) {
      const size = LARGE_KINDS.has(output.kind) ? (made.get(job.id) ?? 0) : SMALL_MB;
      diskMb += output.publish === undefined ? size : 2 * size;
    }
    scratchMb = Math.max(scratchMb, job.resources.scratch_mb);
    const rate = past?.secondsPerMb.get(job.skill);
    if (rate === undefined) seconds += job.resources.typical_s;
    else {
      seconds += rate * inputMb;
      measured += 1;
    }
  }
  return { seconds, diskMb: diskMb + scratchMb, measured };
}

function readsJobs(job: Job): boolean {
  return job.inputs.some((input) => input.files.some((file) => file.source.from === 'job'));
}

/** MB of each role of a job. */
function roleSizes(job: Job, sizes: Map<string, number>, made: ReadonlyMap<string, number>): number[] {
  return job.inputs.map((input) =>
    input.files.reduce((sum, { source }) => {
      if (source.from === 'sidecar') return sum;
      return sum + (source.from === 'job' ? (made.get(source.job) ?? 0) : sizeOf(source.path, sizes));
    }, 0),
  );
}

/** MB of a file; 0 where it cannot be looked at, which is told when it is used. */
function sizeOf(path: string, sizes: Map<string, number>): number {
  const known = sizes.get(path);
  if (known !== undefined) return known;
  const size = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) / 1e6;
  sizes.set(path, size);
  return size;
}
