import { existsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NeuroClawError } from '../../../kernel/errors.js';
import type { LockedVenv } from '../../lock/lock-file.js';
import type { LoadedEnvironment } from '../../registry.js';
import { hostSmoke } from '../host/host-identity.js';
import { systemPath } from '../host/system-path.js';
import { buildVenv } from './build-venv.js';
import { requirementsOf, venvFolder, venvIdentity } from './identity.js';
import { findInterpreter } from './interpreter.js';

export interface LockVenvOptions {
  /** Folder of what can be made again. */
  readonly cache: string;
  readonly onProgress: (phase: 'build' | 'smoke' | 'locked', message: string) => void;
  readonly signal: AbortSignal;
  /** Where Python and uv are looked for; PATH of this process by default. */
  readonly searchPath?: string;
}

/**
 * Makes the virtual environment of an environment, where it is not there yet, and starts its smoke tests inside.
 *
 * Throws `preflight.python`, `preflight.packages`, `environment.hash`, `job.cancelled`, and `preflight.environment` where
 * a smoke test does not print what it must.
 */
export async function lockVenv(
  environment: LoadedEnvironment,
  options: LockVenvOptions,
): Promise<LockedVenv> {
  const declared = environment.runtimes.venv;
  if (declared === undefined)
    throw new NeuroClawError('environment.invalid', `environment ${environment.name} has no runtime venv`, {
      place: { file: join(environment.folder, 'environment.yaml'), field: 'runtimes.venv' },
    });
  const { searchPath } = options;
  const interpreter = await findInterpreter(declared.python, environment.name, searchPath);
  const { file, sha256 } = await requirementsOf(environment);
  const digest = venvIdentity(sha256, interpreter);
  const folder = venvFolder(options.cache, digest);
  if (!existsSync(folder)) {
    await buildVenv({
      folder,
      interpreter,
      requirements: file,
      onProgress: (message) => options.onProgress('build', message),
      signal: options.signal,
      ...(searchPath === undefined ? {} : { searchPath }),
    });
  }
  const path = [join(folder, 'bin'), ...systemPath].join(':');
  const smoke: LockedVenv['smoke'] = [];
  for (const test of environment.smoke) {
    options.onProgress('smoke', test.argv.join(' '));
    smoke.push({ argv: test.argv, text: await hostSmoke(environment, test, path) });
  }
  options.onProgress('locked', digest);
  return {
    runtime: 'venv',
    digest,
    requirements: sha256,
    interpreter: interpreter.version,
    platform: interpreter.platform,
    packages: await packagesIn(folder),
    bytes: await bytesIn(folder),
    smoke,
    when: new Date().toISOString(),
  };
}

/** Versions by name, read off the folders that installers leave (`name-1.2.dist-info`). */
async function packagesIn(folder: string): Promise<Record<string, string>> {
  const libraries = (await readdir(join(folder, 'lib'))).filter((name) => name.startsWith('python3.'));
  const names = await Promise.all(
    libraries.map((library) => readdir(join(folder, 'lib', library, 'site-packages'))),
  );
  const found = names.flat().flatMap((name) => {
    const [, project, version] = /^(.+?)-([^-]+)\.dist-info$/.exec(name) ?? [];
    return project === undefined || version === undefined
      ? []
      : [[project.toLowerCase().replaceAll('_', '-'), version] as const];
  });
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
