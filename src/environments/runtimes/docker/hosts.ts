import type { DockerOptions } from 'dockerode';
import { NeuroClawError } from '../../../kernel/errors.js';

/**
 * Where a container engine may listen, in the order in which they are tried. A host that was named is the only one:
 * falling back to another engine would run jobs somewhere else than asked.
 *
 * @param named value of `DOCKER_HOST` or of the setting, for example `unix:///run/user/1000/podman/podman.sock`
 * @param runtimeDir value of `XDG_RUNTIME_DIR`, where rootless engines listen
 */
export function engineHosts(named?: string, runtimeDir?: string): readonly string[] {
  if (named !== undefined && named !== '') return [named];
  const rootless =
    runtimeDir === undefined || runtimeDir === ''
      ? []
      : [`unix://${runtimeDir}/docker.sock`, `unix://${runtimeDir}/podman/podman.sock`];
  return ['unix:///var/run/docker.sock', ...rootless, 'unix:///run/podman/podman.sock'];
}

/** What dockerode needs to reach a host. Folders of this machine are mounted, so the engine must be on this machine. */
export function hostOptions(host: string): DockerOptions {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (host.startsWith('/')) return { socketPath: host };
  const tcp = /^(?:tcp|http):\/\/(\[[0-9a-f:]+\]|[^:/]+):(\d+)\/?$/i.exec(host);
  if (tcp?.[1] !== undefined && tcp[2] !== undefined) {
    return { protocol: 'http', host: tcp[1], port: Number(tcp[2]) };
  }
  throw new NeuroClawError('preflight.engine', `a container engine cannot be reached at "${host}"`, {
    expected: 'unix:///path/to/socket, or tcp://localhost:port',
    hint: 'folders of this machine are mounted into containers: name a local engine in DOCKER_HOST',
  });
}
