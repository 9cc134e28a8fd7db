import type { JsonObject } from '../../kernel/json.js';

export interface AdapterCall {
  /** Attempt folder: holds `out/` and `scratch/`, which the tool sees as `/out` and `/scratch`. */
  readonly folder: string;
  /** Every parameter of the job. */
  readonly params: JsonObject;
  /** Files of the job by the path at which the tool sees them. */
  readonly inputs: readonly { readonly hostPath: string; readonly toolPath: string }[];
}

/**
 * What a descriptor cannot say of a tool: files that it needs beside its arguments, traces of itself that it leaves.
 * Works on the attempt folder alone.
 */
export interface Adapter {
  /**
   * How the tool is called to go on from the work of an earlier attempt, which is in the attempt folder. Undefined: it
   * cannot, and starts from nothing. Absent: as ever, the tool finds out itself. Throws NeuroClawError where it may not.
   */
  goOn?(
    argv: readonly string[],
    call: Pick<AdapterCall, 'folder' | 'params'>,
  ): Promise<readonly string[] | undefined>;
  /** Before the tool starts. Throws NeuroClawError where it may not start. */
  prepare?(call: AdapterCall): Promise<void>;
  /** After it ended well, before its outputs are collected. */
  finish?(call: AdapterCall): Promise<void>;
}
