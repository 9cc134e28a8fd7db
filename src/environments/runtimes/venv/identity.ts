import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromFileSystem } from '../../../kernel/errors.js';
import { sha256, sha256OfJson } from '../../../kernel/json.js';
import type { LoadedEnvironment } from '../../registry.js';
import type { Interpreter } from './interpreter.js';

/**
 * Identity of a virtual environment: the lock file of its packages, the interpreter's implementation and full version,
 * and the platform. Where it lies and when it was made is not in it.
 *
 * @returns lower-case hex SHA-256
 */
export function venvIdentity(
  requirements: string,
  { version, platform }: Pick<Interpreter, 'version' | 'platform'>,
): string {
  return sha256OfJson({ schema: 'neuroclaw/venv@1', requirements, interpreter: version, platform });
}

/** The lock file of the packages of an environment: its path and lower-case hex SHA-256. */
export async function requirementsOf(
  environment: LoadedEnvironment,
): Promise<{ readonly file: string; readonly sha256: string }> {
  const file = join(environment.folder, environment.runtimes.venv?.lock ?? '');
  try {
    return { file, sha256: sha256(await readFile(file)) };
  } catch (error) {
    throw fromFileSystem(error, file);
  }
}

/** Where the virtual environment of an identity is kept. */
export function venvFolder(cache: string, digest: string): string {
  return join(cache, 'venvs', digest);
}
