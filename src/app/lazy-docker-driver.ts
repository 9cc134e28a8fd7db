import type { RuntimeDriver } from '../environments/runtime-driver.js';
import type { DockerDriverOptions } from '../environments/runtimes/docker/docker-driver.js';

/** The docker runtime, whose client library (a tenth of a second) is loaded when something first needs it. */
export function lazyDockerDriver(options: DockerDriverOptions): RuntimeDriver {
  let loading: Promise<RuntimeDriver> | undefined;
  const driver = (): Promise<RuntimeDriver> => {
    loading ??= import('../environments/runtimes/docker/docker-driver.js').then(({ createDockerDriver }) =>
      createDockerDriver(options),
    );
    return loading;
  };
  return {
    name: 'docker',
    open: async (environment) => (await driver()).open(environment),
    endLeftovers: async (store) => (await driver()).endLeftovers(store),
    close: async () => (await loading)?.close(),
  };
}
