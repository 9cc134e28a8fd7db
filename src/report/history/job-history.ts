import type { JsonObject } from '../../kernel/json.js';

export type JobEnd =
  'committed' | 'reused' | 'rejected' | 'failed' | 'cancelled' | 'skipped' | 'interrupted' | 'not run';

/** What the trace says of one job of a run, and its committed result where it was reused. */
export interface JobHistory {
  readonly id: string;
  readonly stage: string;
  readonly step: string;
  readonly skill: string;
  readonly entities: Readonly<Record<string, string>>;
  readonly end: JobEnd;
  /** Why it failed, was rejected or skipped. */
  readonly message?: string;
  readonly code?: string;
  /** Of the checks, or of inputs that were refused. */
  readonly findings: readonly JsonObject[];
  /** The end of what the tool said before it failed. */
  readonly said?: string;
  /** Program and arguments as the tool was given them; a reused result has those of the run that made it. */
  readonly argv?: readonly string[];
  readonly environment?: { readonly name: string; readonly runtime: string; readonly digest: string };
  /** Seconds that the tool ran. */
  readonly seconds?: number;
  readonly memoryMb?: number;
  /** How many checks of its outputs held, where they were made in this run. */
  readonly checks?: number;
  /** Marks such as `gpu-unused`. */
  readonly degraded: readonly string[];
  /** Files in the dataset, relative to it. */
  readonly published: readonly string[];
}
