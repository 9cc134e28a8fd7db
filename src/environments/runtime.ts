/**
 * The port between the engine and the places where tools run. A runtime gets an argv array and a set of mounts and
 * answers with how the process ended; it never decides whether the result is good.
 */

import type { ErrorCode } from '../kernel/error-codes.js';
import type { Finding } from '../kernel/findings.js';

/** One file or folder that the tool sees read-only at `toolPath`. */
export interface InputMount {
  /** Absolute path on this machine. */
  readonly hostPath: string;
  /** Path below `/in`, for example `in/image/sub-01_bold.nii.gz` (no leading slash). */
  readonly toolPath: string;
}

export interface JobCall {
  /** Attempt id: label of containers, `NEUROCLAW_ATTEMPT` of host processes. */
  readonly attempt: string;
  /** Store id of the output folder: label, so that leftovers of this folder alone are ended. */
  readonly store: string;
  readonly run: string;
  readonly job: string;
  /** Program and arguments with tool paths (`/in/...`, `/out/...`, `/scratch/...`); `{threads}` already filled. */
  readonly argv: readonly string[];
  readonly inputs: readonly InputMount[];
  /** Attempt folder: holds `out/`, `scratch/`, and what a runtime needs for itself. Empty but for these at start. */
  readonly folder: string;
  /** Environment variables beyond the clean base, in full. */
  readonly env: Readonly<Record<string, string>>;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly walltimeS: number;
  readonly gpu: boolean;
  readonly network: boolean;
  /** Folder of `run.py` and its modules, to mount read-only at `/skill`, for Python skills. */
  readonly skillFolder?: string;
  /** Files that receive the streams; created by the runtime. */
  readonly stdout: string;
  readonly stderr: string;
}

export type ExitReason =
  | 'exited' // by itself, with `exitCode`
  | 'signal' // killed by somebody else
  | 'oom'
  | 'timeout'
  | 'cancelled'
  | 'lost' // the worker or container disappeared
  | 'not-started'; // `message` says why

export interface Exit {
  readonly reason: ExitReason;
  readonly exitCode: number | null;
  readonly signal?: string;
  readonly message?: string;
  /** The code of the one table, where the runtime knows a more exact one than `reason` gives. */
  readonly code?: ErrorCode;
  /** Seconds the tool itself ran. */
  readonly wallS: number;
  readonly cpuS?: number;
  readonly maxRssMb?: number;
  /** Marks such as `gpu-unused` that make the job `degraded`. */
  readonly degraded?: readonly string[];
}

/** What an environment is here and now: what goes into job keys, and what people read. */
export interface EnvironmentIdentity {
  readonly name: string;
  readonly runtime: string;
  /** Lower-case hex SHA-256: the only part that is in keys. */
  readonly digest: string;
  /** Version texts, image ids, platform: for lock.json, methods text and people. */
  readonly details: Readonly<Record<string, string>>;
}

/** An environment opened for use in this process. */
export interface OpenEnvironment {
  readonly identity: EnvironmentIdentity;
  /** Runs one job to its end. Aborting ends the whole family of processes: ask, wait, force. Never rejects for what a tool does. */
  run(call: JobCall, signal: AbortSignal): Promise<Exit>;
  /** Whether a licence file can be read where its tools will read it; absent: they read it as this process does. */
  checkLicense?(license: LicenseFile, signal: AbortSignal): Promise<Finding[]>;
  /** Whether its tools see a GPU, and which; absent: nothing is known before a job starts. */
  probeGpu?(signal: AbortSignal): Promise<GpuProbe>;
}

/** A licence file that a tool reads at run time. */
export interface LicenseFile {
  /** For people: `FreeSurfer`. */
  readonly tool: string;
  /** Absolute path on this machine; undefined where nothing is configured. */
  readonly file: string | undefined;
}

/** What `nvidia-smi -L` said inside an environment. */
export interface GpuProbe {
  /** Name and UUID of each GPU that the tools see, and the driver, where it says its version. */
  readonly devices: readonly { readonly name: string; readonly uuid: string; readonly driver?: string }[];
  /** `preflight.gpu` where there is none, or none that will do, saying why. */
  readonly findings: readonly Finding[];
}

export interface Runtime {
  readonly name: string;
  /** Ends what a dead process of ours left behind for this store. Returns one line per thing ended. */
  endLeftovers(store: string): Promise<string[]>;
  /** Ends warm workers and watchers. */
  close(): Promise<void>;
}
