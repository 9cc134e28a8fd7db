import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, fromFileSystem, NeuroClawError } from '../../../kernel/errors.js';
import type { LoadedEnvironment } from '../../registry.js';
import type { Exit, JobCall, OpenEnvironment } from '../../runtime.js';
import { hostToolPaths, inputStates, prepareBareCall, relativeToolPaths } from './bare-call.js';
import { sandboxArgs, sandboxBase } from './bubblewrap.js';
import type { FoundExecutable } from './find-executables.js';
import { runFamily, type FamilyStart } from './process-family.js';

export interface ToolRunnerOptions {
  readonly environment: Pick<LoadedEnvironment, 'name' | 'executables' | 'env'>;
  readonly executables: readonly FoundExecutable[];
  /** PATH of the tools. */
  readonly path: string;
  /** Path of bubblewrap; undefined: tools run without a sandbox. */
  readonly bubblewrap: string | undefined;
  /** How long a tool may take to end when it is asked, before it is forced. */
  readonly graceMs: number;
}

/** Runs the programs of an environment on this machine: under bubblewrap, or bare in the attempt folder. */
export function toolRunner({
  environment,
  executables,
  path,
  bubblewrap,
  graceMs,
}: ToolRunnerOptions): OpenEnvironment['run'] {
  const programs = new Set(environment.executables);
  const base = bubblewrap === undefined ? [] : sandboxBase(executables);
  return async (call, signal) => {
    const [program = ''] = call.argv;
    if (!programs.has(program)) {
      return notStarted(`environment ${environment.name} has no program ${program}`);
    }
    const ours = {
      PATH: path,
      LC_ALL: 'C.UTF-8',
      // By these the family is found again, whatever becomes of us.
      NEUROCLAW_ATTEMPT: call.attempt,
      NEUROCLAW_STORE: call.store,
    };
    const declared = { ...environment.env, ...call.env };
    try {
      if (bubblewrap === undefined) {
        return await runBare(call, { ...bareStart(call, ours, declared), graceMs }, signal);
      }
      const start = wrappedStart(call, { ...declared, ...ours }, bubblewrap, base);
      return await runFamily({ ...start, graceMs }, signal);
    } catch (error) {
      const failure = fromFileSystem(error, call.folder);
      return {
        ...notStarted(`${program} cannot be started: ${describeError(failure)}`),
        ...(failure instanceof NeuroClawError ? { code: failure.code } : {}),
      };
    }
  };
}

function notStarted(message: string): Exit {
  return { reason: 'not-started', exitCode: null, wallS: 0, message };
}

type Start = Omit<FamilyStart, 'graceMs'>;

/** Runs without a sandbox, and looks afterwards whether the inputs are still what they were. */
async function runBare(call: JobCall, start: FamilyStart, signal: AbortSignal): Promise<Exit> {
  const before = inputStates(call.inputs);
  const exit = await runFamily(start, signal);
  const after = inputStates(call.inputs);
  const changed = call.inputs.find((_, index) => before[index] !== after[index]);
  if (changed === undefined) return exit;
  return {
    ...exit,
    reason: 'exited',
    exitCode: exit.exitCode === 0 ? 1 : exit.exitCode,
    code: 'input.changed',
    message: `${changed.hostPath} changed while the tool ran`,
  };
}

function wrappedStart(
  call: JobCall,
  env: Readonly<Record<string, string>>,
  bubblewrap: string,
  base: readonly string[],
): Start {
  return {
    ...limits(call),
    command: bubblewrap,
    args: [...sandboxArgs(base, call, env), '--', ...call.argv],
    cwd: call.folder,
    env,
    wrapped: true,
  };
}

function bareStart(
  call: JobCall,
  ours: Readonly<Record<string, string>>,
  declared: Readonly<Record<string, string>>,
): Start {
  prepareBareCall(call);
  const home = join(call.folder, 'scratch', 'home');
  mkdirSync(home, { recursive: true });
  const [command = '', ...args] = call.argv;
  const paths = Object.entries(declared).map(([name, value]) => [name, hostToolPaths(value, call.folder)]);
  return {
    ...limits(call),
    command,
    args: args.map(relativeToolPaths),
    cwd: call.folder,
    env: { HOME: home, TMPDIR: join(call.folder, 'scratch'), ...Object.fromEntries(paths), ...ours },
    wrapped: false,
  };
}

function limits(
  call: JobCall,
): Pick<FamilyStart, 'stdout' | 'stderr' | 'attempt' | 'memoryMb' | 'walltimeS'> {
  const { stdout, stderr, attempt, memoryMb, walltimeS } = call;
  return { stdout, stderr, attempt, memoryMb, walltimeS };
}
