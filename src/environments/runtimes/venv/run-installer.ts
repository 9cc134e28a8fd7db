import { setTimeout as sleep } from 'node:timers/promises';
import { NeuroClawError } from '../../../kernel/errors.js';
import { isAlive, kill } from '../host/process-family.js';
import { allProcesses, environmentOf } from '../process-table.js';

const installerOf = 'NEUROCLAW_INSTALLER_OF';

export interface InstallerOptions {
  /** Lock file of the packages, which errors name. */
  readonly requirements: string;
  /** Folder that is being filled: by it an installer is found again that outlived its maker. */
  readonly target: string;
  readonly signal: AbortSignal;
}

/**
 * Runs an installer of Python packages to its end. Throws `environment.hash`, `preflight.packages`, `job.cancelled`.
 *
 * @param mayFail some packages carry files for other versions of Python, which do not compile
 */
export async function runInstaller(
  argv: readonly string[],
  options: InstallerOptions,
  mayFail = false,
): Promise<void> {
  const { execa } = await import('execa');
  const [program = '', ...args] = argv;
  const running = execa(program, args, {
    stdin: 'ignore',
    all: true,
    reject: false,
    detached: true,
    cleanup: false,
    env: {
      PIP_NO_INPUT: '1',
      PYTHONDONTWRITEBYTECODE: '',
      VIRTUAL_ENV: '',
      [installerOf]: options.target,
    },
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
  throw installError(result.all?.trim() || String(result.cause ?? 'it did not start'), program, options);
}

function installError(said: string, program: string, { requirements }: InstallerOptions): NeuroClawError {
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

/** Ends the installers that still fill a folder whose maker is gone. Linux: elsewhere none is found. */
export async function endInstallers(target: string): Promise<void> {
  const found = allProcesses().filter((pid) => environmentOf(pid).get(installerOf) === target);
  for (const pid of found) kill(pid, 'SIGKILL');
  while (found.some(isAlive)) await sleep(20);
}
