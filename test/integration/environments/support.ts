import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentSchema } from '../../../src/environments/environment.js';
import { loadEnvironments, type LoadedEnvironment } from '../../../src/environments/registry.js';
import type { Exit, InputMount, JobCall, OpenEnvironment } from '../../../src/environments/runtime.js';
import { projectFolder } from '../../support/data.js';

export const never = new AbortController().signal;

/** Attempt folders of one test file, in a folder whose name is as awkward as names of people's folders are. */
export class Attempts {
  readonly root = mkdtempSync(join(tmpdir(), `attempts "o'clock" ü; $(x) `));
  #count = 0;

  call(argv: readonly string[], inputs: readonly InputMount[] = [], more: Partial<JobCall> = {}): JobCall {
    const attempt = `attempt-${process.pid}-${this.#count++}`;
    const folder = join(this.root, attempt);
    for (const name of ['out', 'scratch']) mkdirSync(join(folder, name), { recursive: true });
    return {
      attempt,
      store: `store-of-${process.pid}`,
      run: 'run',
      job: 'job',
      argv,
      inputs,
      folder,
      env: {},
      cpus: 1,
      memoryMb: 2048,
      walltimeS: 60,
      gpu: false,
      network: false,
      stdout: join(folder, 'stdout.log'),
      stderr: join(folder, 'stderr.log'),
      ...more,
    };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface Ran {
  readonly exit: Exit;
  readonly call: JobCall;
  readonly stdout: string;
  readonly stderr: string;
  output(name: string): Buffer;
}

export async function runCall(
  environment: OpenEnvironment,
  call: JobCall,
  signal: AbortSignal = never,
): Promise<Ran> {
  const exit = await environment.run(call, signal);
  const text = (file: string): string => (exit.reason === 'not-started' ? '' : readFileSync(file, 'utf8'));
  return {
    exit,
    call,
    stdout: text(call.stdout),
    stderr: text(call.stderr),
    output: (name) => readFileSync(join(call.folder, 'out', name)),
  };
}

/** Every file below a folder as an input of one role. */
export function inputsOf(folder: string, role: string): InputMount[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((hostPath) => ({ hostPath, toolPath: `in/${role}/${relative(folder, hostPath)}` }));
}

export async function productEnvironment(name: string): Promise<LoadedEnvironment> {
  const { environments } = await loadEnvironments([join(projectFolder, 'environments')]);
  const environment = environments.get(name);
  if (environment === undefined) throw new Error(`no environment ${name}`);
  return environment;
}

/** An environment of programs of the system. */
export function hostEnvironment(executables: readonly string[], more: object = {}): LoadedEnvironment {
  const parsed = environmentSchema.parse({
    name: 'system',
    title: 'programs of the system',
    executables,
    license: 'GPL-3.0',
    runtimes: { host: {} },
    ...more,
  });
  return { ...parsed, folder: '/nowhere' };
}

/** Waits until something is so; a test that waits in vain fails by its own time limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

/** Whether a process runs: one that only waits to be reaped does not. */
export function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Processes that a process started and that run. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => {
      try {
        const stat = readFileSync(`/proc/${candidate}/stat`, 'latin1');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid && runs(candidate);
      } catch {
        return false;
      }
    });
}

/** Processes that run and were started with a variable of this value. */
export function startedWith(name: string, value: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${name}=${value}`) && runs(pid)
        );
      } catch {
        return false;
      }
    });
}
