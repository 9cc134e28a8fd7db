import type { LoadedEnvironment } from '../registry.js';
import { lockVenv } from '../runtimes/venv/lock-venv.js';
import type { LockProgress } from './lock-environments.js';
import { readLock, writeLock, type Lock } from './lock-file.js';

export interface LockVenvsOptions {
  /** Folder of what can be made again. */
  readonly cache: string;
  /** `neuroclaw.lock.json`. */
  readonly file: string;
  readonly onProgress?: (progress: LockProgress) => void;
  readonly signal?: AbortSignal;
  /** Where Python and uv are looked for; PATH of this process by default. */
  readonly searchPath?: string;
}

/**
 * Makes the Python environment of each environment that declares `runtimes.venv`, starts its smoke tests inside, and
 * writes what was found into the lock file. Environments that are done stay locked when a later one fails.
 *
 * Throws what `lockVenv` throws.
 *
 * @returns the lock file as written
 */
export async function lockVenvs(
  environments: readonly LoadedEnvironment[],
  options: LockVenvsOptions,
): Promise<Lock> {
  const { cache, file, searchPath } = options;
  let lock = await readLock(file);
  for (const environment of environments) {
    const entry = await lockVenv(environment, {
      cache,
      onProgress: (phase, message) => options.onProgress?.({ environment: environment.name, phase, message }),
      signal: options.signal ?? new AbortController().signal,
      ...(searchPath === undefined ? {} : { searchPath }),
    });
    // Read again: another process may have locked its own in the meantime.
    lock = await readLock(file);
    lock = { ...lock, venvs: { ...lock.venvs, [environment.name]: entry } };
    await writeLock(file, lock);
  }
  return lock;
}
