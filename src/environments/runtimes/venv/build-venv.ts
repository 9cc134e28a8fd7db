import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processEnvironment } from '../../../config/environment.js';
import { NeuroClawError, nodeErrorCode } from '../../../kernel/errors.js';
import { newAttemptId } from '../../../kernel/ids.js';
import { findExecutables } from '../host/find-executables.js';
import { systemPath } from '../host/system-path.js';
import type { Interpreter } from './interpreter.js';

export interface BuildVenv {
  /** Where it will lie; complete as soon as it exists. */
  readonly folder: string;
  readonly interpreter: Interpreter;
  /** Lock file of the packages, every one with hashes. */
  readonly requirements: string;
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal;
  /** Where `uv` is looked for; PATH of this process by default. */
  readonly searchPath?: string;
}

const unfinished = '.unfinished-';
/** A folder that was not finished for this long belongs to nobody. */
const abandonedMs = 2 * 3600 * 1000;

/**
 * Makes a virtual environment from a lock file: wheels alone, every one compared with its hash. It is made in a folder
 * beside its own and renamed when it is complete, so that killing this at any moment leaves nothing half-made in its
 * place; what a killed one left is removed by the next.
 *
 * Throws `environment.hash` where a wheel is not the one that was locked, `preflight.packages`, `job.cancelled`.
 */
export async function buildVenv(options: BuildVenv): Promise<void> {
  const parent = dirname(options.folder);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const folder = join(parent, `${unfinished}${process.pid}-${newAttemptId()}`);
  try {
    await fill(folder, options);
    await rename(folder, options.folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    // Another process was quicker: its content has the same identity.
    if (['ENOTEMPTY', 'EEXIST'].includes(nodeErrorCode(error) ?? '')) return;
    throw error;
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(unfinished)) continue;
    const maker = Number(name.slice(unfinished.length).split('-')[0]);
    const { mtimeMs } = await stat(join(parent, name)).catch(() => ({ mtimeMs: Date.now() }));
    const alive = existsSync(`/proc/${maker}`);
    if (!alive || Date.now() - mtimeMs > abandonedMs)
      await rm(join(parent, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

async function fill(folder: string, options: BuildVenv): Promise<void> {
  const searchPath = options.searchPath ?? processEnvironment()['PATH'] ?? '';
  const [uv] = findExecutables(['uv'], searchPath).found;
  const python = join(folder, 'bin', 'python3');
  const { interpreter, requirements, onProgress } = options;
  const locked = ['--require-hashes', '--no-deps', '--requirement', requirements];
  if (uv === undefined) {
    onProgress('venv and pip');
    await run([interpreter.path, '-I', '-m', 'venv', folder], options);
    const pip = [python, '-I', '-m', 'pip', '--disable-pip-version-check', '--quiet'];
    await run([...pip, 'install', '--no-compile', '--only-binary', ':all:', ...locked], options);
    // What uv does not put there either.
    await run([...pip, 'uninstall', '--yes', 'pip', 'setuptools'], options);
  } else {
    onProgress('uv');
    await run(
      [
        uv.path,
        'venv',
        '--quiet',
        '--no-project',
        '--no-python-downloads',
        '--python',
        interpreter.path,
        folder,
      ],
      options,
    );
    await run([uv.path, 'pip', 'install', '--quiet', '--python', python, '--no-build', ...locked], options);
  }
  onProgress('compile');
  await run([python, '-I', '-m', 'compileall', '-q', '-j', '2', join(folder, 'lib')], options, true);
}

/** @param mayFail some packages carry files for other versions of Python, which do not compile */
async function run(argv: readonly string[], options: BuildVenv, mayFail = false): Promise<void> {
  const { execa } = await import('execa');
  // Installers end with us: one that outlives its maker would go on writing while the next clears up.
  const [bound] = findExecutables(['setpriv'], systemPath.join(delimiter)).found;
  const whole = bound === undefined ? argv : [bound.path, '--pdeathsig', 'KILL', ...argv];
  const [program = '', ...args] = whole;
  const running = execa(program, args, {
    stdin: 'ignore',
    all: true,
    reject: false,
    detached: true,
    cleanup: false,
    env: { PIP_NO_INPUT: '1', PYTHONDONTWRITEBYTECODE: '', VIRTUAL_ENV: '' },
  });
  const end = (): void => {
    if (running.pid !== undefined) process.kill(-running.pid, 'SIGTERM');
  };
  options.signal.addEventListener('abort', end, { once: true });
  const result = await running.finally(() => options.signal.removeEventListener('abort', end));
  if (options.signal.aborted) {
    // What it started may take a moment to end; the folder is removed after it.
    await sleep(200);
    throw new NeuroClawError('job.cancelled', 'making a Python environment was cancelled');
  }
  if (result.exitCode === 0 || mayFail) return;
  throw installError(
    result.all?.trim() || String(result.cause ?? 'it did not start'),
    argv[0] ?? '',
    options,
  );
}

function installError(said: string, program: string, { requirements }: BuildVenv): NeuroClawError {
  const short = said.split('\n').slice(-12).join(' ').replace(/\s+/g, ' ').slice(0, 600);
  const place = { file: requirements };
  if (/hash mismatch|do not match the hashes|hashes are required|in .?--require-hashes.? mode/i.test(said))
    return new NeuroClawError(
      'environment.hash',
      `a package does not match its hash in the lock file: ${short}`,
      { place },
    );
  return new NeuroClawError('preflight.packages', `${program} could not install the packages: ${short}`, {
    place,
  });
}
