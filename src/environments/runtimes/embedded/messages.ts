import type { InputMount } from '../../runtime.js';

/** What the pool asks of a worker. */
export interface WorkerJob {
  readonly tool: string;
  readonly argv: readonly string[];
  readonly inputs: readonly InputMount[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a call ended inside the worker. */
export interface WorkerResult {
  readonly exitCode: number;
  readonly message?: string;
  /** What was refused to the tool without the worker dying of it: an allocation, or room on the disk. */
  readonly refused?: 'memory' | 'disk';
  readonly wallS: number;
  readonly cpuS: number;
  readonly maxRssMb: number;
}

export type WorkerMessage =
  | { readonly type: 'done'; readonly result: WorkerResult }
  /** Ready for the next job; `rssMb` is what the worker still holds. */
  | { readonly type: 'idle'; readonly rssMb: number };
