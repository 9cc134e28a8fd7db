import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockVenvs } from '../../src/environments/lock/lock-venvs.js';
import { loadEnvironments, type LoadedEnvironment } from '../../src/environments/registry.js';
import type { OpenEnvironment } from '../../src/environments/runtime.js';
import { createVenvDriver } from '../../src/environments/runtimes/venv/venv-driver.js';
import { NeuroClawError } from '../../src/kernel/errors.js';
import { projectFolder } from './data.js';

/** Made once on a machine, by its identity; `NEUROCLAW_TEST_CACHE` puts it elsewhere. */
export const pythonCache = process.env['NEUROCLAW_TEST_CACHE'] ?? join(tmpdir(), 'neuroclaw-test-python');
export const pythonLock = join(pythonCache, 'neuroclaw.lock.json');

export async function pythonNeuro(
  name = 'python-neuro',
  root = join(projectFolder, 'environments'),
): Promise<LoadedEnvironment> {
  const { environments } = await loadEnvironments([root]);
  const environment = environments.get(name);
  if (environment === undefined) throw new Error(`there is no environment ${name}`);
  return environment;
}

/**
 * Opens `python-neuro`, or another environment, as a virtual environment: made from the lock once on a machine (needs CPython 3.11, and PyPI the
 * first time), shared by all test files. Undefined where that cannot be: such tests skip and say so, except in CI.
 */
export async function openPythonNeuro(name = 'python-neuro'): Promise<OpenEnvironment | undefined> {
  return openPythonEnvironment(name);
}

/** The same for an environment below another folder than that of the product. */
export async function openPythonEnvironment(
  name: string,
  root?: string,
): Promise<OpenEnvironment | undefined> {
  const environment = await pythonNeuro(name, root);
  const driver = createVenvDriver({ lock: pythonLock, cache: pythonCache });
  try {
    return await driver.open(environment);
  } catch {
    // Not there yet, or of another lock file.
  }
  const release = await takeTurn(join(pythonCache, 'building'));
  try {
    try {
      return await driver.open(environment);
    } catch {
      await lockVenvs([environment], { cache: pythonCache, file: pythonLock });
    }
    return await driver.open(environment);
  } catch (error) {
    if (process.env['CI'] === 'true' || !(error instanceof NeuroClawError)) throw error;
    console.warn(`tests in ${name} are skipped: ${error.message}`);
    return undefined;
  } finally {
    release();
  }
}

/** One process at a time: a folder, with the process that made it; one that is gone has had its turn. */
async function takeTurn(folder: string): Promise<() => void> {
  mkdirSync(pythonCache, { recursive: true });
  const holder = join(folder, 'pid');
  for (;;) {
    try {
      mkdirSync(folder);
      writeFileSync(holder, String(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await sleep(200);
    if (!isAlive(holder)) rmSync(folder, { recursive: true, force: true });
  }
}

function isAlive(holder: string): boolean {
  try {
    process.kill(Number(readFileSync(holder, 'utf8')), 0);
    return true;
  } catch (error) {
    // Taken a moment ago, and not yet written down.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
