import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join, normalize } from 'node:path';
import { processEnvironment } from '../../../config/environment.js';
import { describeError, fromFileSystem, NeuroClawError } from '../../../kernel/errors.js';
import type { LoadedEnvironment } from '../../registry.js';
import type { Exit, JobCall, OpenEnvironment } from '../../runtime.js';
import type { RuntimeDriver } from '../../runtime-driver.js';
import { hostToolPaths, inputStates, prepareBareCall, relativeToolPaths } from './bare-call.js';
import { sandboxArgs, sandboxBase } from './bubblewrap.js';
import { findExecutables, type FoundExecutable } from './find-executables.js';
import { hostIdentity } from './host-identity.js';
import { endHostLeftovers } from './leftovers.js';
import { runFamily, type FamilyStart } from './process-family.js';

export interface HostOptions {
  /** The person allows programs found on PATH. */
  readonly allowed: boolean;
  /** Where programs are looked for; PATH of this process by default. */
  readonly path?: string;
  /** `false` leaves bubblewrap aside even where it works. */
  readonly bubblewrap?: boolean;
  /** How long a tool may take to end when it is asked, before it is forced; 5 s by default. */
  readonly graceMs?: number;
}

const systemPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The `host` runtime: programs found on PATH, where the person allows it; under bubblewrap where that works. */
export function createHostDriver(options: HostOptions): RuntimeDriver {
  const searchPath = options.path ?? processEnvironment()['PATH'] ?? systemPath.join(delimiter);
  let bubblewrap: Promise<string | undefined> | undefined;
  return {
    name: 'host',
    async open(environment) {
      if (!options.allowed) {
        throw new NeuroClawError(
          'preflight.not-allowed',
          `environment ${environment.name} would use programs found on PATH`,
        );
      }
      const { found, missing } = findExecutables(environment.executables, searchPath);
      if (missing.length > 0) throw missingPrograms(environment, missing);
      bubblewrap ??= options.bubblewrap === false ? Promise.resolve(undefined) : findBubblewrap(searchPath);
      return openHost(environment, found, {
        path: pathOf(found, searchPath),
        bubblewrap: await bubblewrap,
        graceMs: options.graceMs ?? 5000,
      });
    },
    endLeftovers: endHostLeftovers,
    // Jobs under way belong to their own signals; nothing is kept warm.
    close: async () => undefined,
  };
}

function missingPrograms(environment: LoadedEnvironment, missing: readonly string[]): NeuroClawError {
  const packages = environment.runtimes.host?.packages ?? [];
  const some = missing.slice(0, 5).join(', ');
  return new NeuroClawError(
    'preflight.environment',
    `${some}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''} of environment ${environment.name} not found on PATH`,
    {
      hint:
        packages.length > 0
          ? `\`apt install ${packages.join(' ')}\``
          : 'install the programs or correct PATH',
    },
  );
}

/** The path of bubblewrap where a sandbox can really be made: containers and hardened kernels may forbid it. */
async function findBubblewrap(searchPath: string): Promise<string | undefined> {
  const [bwrap] = findExecutables(['bwrap'], searchPath).found;
  if (bwrap === undefined) return undefined;
  const { execa } = await import('execa');
  const probe = [
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
  ];
  const result = await execa(bwrap.path, [...probe, 'true'], {
    reject: false,
    stdio: 'ignore',
    timeout: 10_000,
    env: { PATH: systemPath.join(delimiter) },
    extendEnv: false,
  });
  return result.exitCode === 0 ? bwrap.path : undefined;
}

interface OpenOptions {
  readonly path: string;
  readonly bubblewrap: string | undefined;
  readonly graceMs: number;
}

/**
 * The folders of the programs, then those of the system. In the order of the search path: with another, a program could
 * be found in a folder where it was not when its digest was taken.
 */
function pathOf(executables: readonly FoundExecutable[], searchPath: string): string {
  const used = new Set(executables.map((one) => dirname(one.path)));
  const folders = searchPath.split(delimiter).filter((folder) => used.has(normalize(folder)));
  return [...new Set([...folders, ...systemPath])].join(delimiter);
}

async function openHost(
  environment: LoadedEnvironment,
  executables: readonly FoundExecutable[],
  { path, bubblewrap, graceMs }: OpenOptions,
): Promise<OpenEnvironment> {
  const identity = await hostIdentity(environment, executables, {
    path,
    isolation: bubblewrap === undefined ? 'none' : 'bubblewrap',
  });
  const programs = new Set(environment.executables);
  const base = bubblewrap === undefined ? [] : sandboxBase(executables);
  return {
    identity,
    async run(call, signal) {
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
    },
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
