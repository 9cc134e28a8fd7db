import { NeuroClawError } from '../../../kernel/errors.js';
import { readLock } from '../../lock/lock-file.js';
import type { RuntimeDriver } from '../../runtime-driver.js';
import { openDockerRuntime, type DockerOptions, type DockerRuntime } from './docker-runtime.js';

export interface DockerDriverOptions extends DockerOptions {
  /** `neuroclaw.lock.json`: only what is locked is entered. */
  readonly lock: string;
}

/** The `docker` runtime as one of the set. Connects to the engine when something first needs it. */
export function createDockerDriver(options: DockerDriverOptions): RuntimeDriver {
  let connecting: Promise<DockerRuntime> | undefined;

  async function connected(): Promise<DockerRuntime> {
    connecting ??= openDockerRuntime(options);
    try {
      return await connecting;
    } catch (error) {
      connecting = undefined;
      throw error;
    }
  }

  return {
    name: 'docker',
    async open(environment) {
      const { environments } = await readLock(options.lock);
      const locked = environments[environment.name];
      if (!locked) {
        throw new NeuroClawError('preflight.image', `environment ${environment.name} is not locked`, {
          place: { file: options.lock },
          hint: `\`neuroclaw env lock ${environment.name}\` pulls or builds its image and locks it`,
        });
      }
      return (await connected()).open(environment, locked);
    },
    async endLeftovers(store) {
      let runtime: DockerRuntime;
      try {
        runtime = await connected();
      } catch (error) {
        // Without an engine no container can be running.
        if (error instanceof NeuroClawError && error.errorClass === 'preflight') return [];
        throw error;
      }
      return runtime.endLeftovers(store);
    },
    async close() {
      await (await connecting?.catch(() => undefined))?.close();
      connecting = undefined;
    },
  };
}
