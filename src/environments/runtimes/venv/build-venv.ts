import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { processEnvironment } from '../../../config/environment.js';
import { nodeErrorCode } from '../../../kernel/errors.js';
import { newAttemptId } from '../../../kernel/ids.js';
import { findExecutables } from '../host/find-executables.js';
import { endInstallers, runInstaller } from './run-installer.js';
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
    if (alive && Date.now() - mtimeMs <= abandonedMs) continue;
    await endInstallers(join(parent, name));
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function fill(folder: string, given: BuildVenv): Promise<void> {
  const options = { ...given, target: folder };
  const searchPath = options.searchPath ?? processEnvironment()['PATH'] ?? '';
  const [uv] = findExecutables(['uv'], searchPath).found;
  const python = join(folder, 'bin', 'python3');
  const { interpreter, requirements, onProgress } = options;
  const locked = ['--require-hashes', '--no-deps', '--requirement', requirements];
  if (uv === undefined) {
    onProgress('venv and pip');
    await runInstaller([interpreter.path, '-I', '-m', 'venv', folder], options);
    const pip = [python, '-I', '-m', 'pip', '--disable-pip-version-check', '--quiet'];
    await runInstaller([...pip, 'install', '--no-compile', '--only-binary', ':all:', ...locked], options);
    // What uv does not put there either.
    await runInstaller([...pip, 'uninstall', '--yes', 'pip', 'setuptools'], options);
  } else {
    onProgress('uv');
    await runInstaller(
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
    await runInstaller(
      [uv.path, 'pip', 'install', '--quiet', '--python', python, '--no-build', ...locked],
      options,
    );
  }
  onProgress('compile');
  await runInstaller([python, '-I', '-m', 'compileall', '-q', '-j', '2', join(folder, 'lib')], options, true);
}
