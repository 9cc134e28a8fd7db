import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockEnvironments } from '../../../src/environments/lock/lock-environments.js';
import type { LockedImage } from '../../../src/environments/lock/lock-file.js';
import { loadEnvironments, type LoadedEnvironment } from '../../../src/environments/registry.js';
import type { JobCall } from '../../../src/environments/runtime.js';
import {
  openDockerRuntime,
  type DockerRuntime,
} from '../../../src/environments/runtimes/docker/docker-runtime.js';
import { engineHosts } from '../../../src/environments/runtimes/docker/hosts.js';

/** Where the engine of the tests listens. */
export const hosts = engineHosts(process.env['DOCKER_HOST'], process.env['XDG_RUNTIME_DIR']);

/** Undefined where no engine answers: such tests skip, except in CI, where a missing engine is a failure. */
export async function engineForTests(): Promise<DockerRuntime | undefined> {
  try {
    return await openDockerRuntime({ hosts });
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    return undefined;
  }
}

const environments = fileURLToPath(new URL('../../../environments/', import.meta.url));

export async function loadedEnvironment(name: string): Promise<LoadedEnvironment> {
  const registry = await loadEnvironments([environments]);
  const environment = registry.environments.get(name);
  if (!environment) throw new Error(`${name} is not in ${environments}`);
  return environment;
}

/** Locks an environment in a folder of its own: builds its image where it is not there yet (about a minute). */
export async function lockForTests(runtime: DockerRuntime, name: string, file: string): Promise<LockedImage> {
  const lock = await lockEnvironments([await loadedEnvironment(name)], { engine: runtime.engine, file });
  const locked = lock.environments[name];
  if (!locked) throw new Error(`${name} was not locked`);
  return locked;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'neuroclaw-docker-'));
  // Containers run as another user than the owner in some tests.
  await chmod(folder, 0o755);
  return folder;
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

export async function output(call: JobCall): Promise<string> {
  return readFile(call.stdout, 'utf8');
}
