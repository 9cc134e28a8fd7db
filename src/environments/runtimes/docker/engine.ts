import { access, constants } from 'node:fs/promises';
import type Dockerode from 'dockerode';
import { describeError, NeuroClawError, nodeErrorCode } from '../../../kernel/errors.js';
import { hostOptions } from './hosts.js';

/** A container engine that answers: Docker, or Podman through its Docker-compatible socket. */
export interface ContainerEngine {
  readonly docker: Dockerode;
  readonly host: string;
  readonly name: 'docker' | 'podman';
  readonly version: string;
  /** Runs without root: user 0 of a container is the caller. */
  readonly rootless: boolean;
  readonly selinux: boolean;
  /** Processors that the engine may hand out. */
  readonly cpus: number;
  /** The NVIDIA runtime is registered, or devices are offered by CDI. */
  readonly gpu: boolean;
}

/** Connects to the first host that answers. Throws `preflight.engine` or `preflight.engine-permission`. */
export async function connectEngine(hosts: readonly string[]): Promise<ContainerEngine> {
  const failures: NeuroClawError[] = [];
  for (const host of hosts) {
    try {
      return await connect(host);
    } catch (error) {
      failures.push(engineError(error, host));
    }
  }
  // An engine that is there and cannot be used says more than sockets that are not there.
  const there = failures.find((failure) => failure.code !== 'preflight.engine');
  if (there) throw there;
  const [only] = failures;
  if (only && failures.length === 1) throw only;
  throw new NeuroClawError('preflight.engine', `no container engine answers at ${hosts.join(', ')}`);
}

async function connect(host: string): Promise<ContainerEngine> {
  const options = hostOptions(host);
  // Told apart before the client is loaded: most machines without an engine have no socket either.
  if (options.socketPath !== undefined) await access(options.socketPath, constants.R_OK | constants.W_OK);
  const { default: Docker } = await import('dockerode');
  const docker = new Docker(options);
  const [version, info] = (await Promise.all([docker.version(), docker.info()])) as [
    { Version: string; Components?: { Name: string }[] },
    {
      NCPU?: number;
      SecurityOptions?: string[] | null;
      Runtimes?: Record<string, unknown> | null;
      DiscoveredDevices?: { ID?: string }[] | null;
    },
  ];
  const security = info.SecurityOptions ?? [];
  const podman = version.Components?.some((component) => component.Name.startsWith('Podman')) ?? false;
  return {
    docker,
    host,
    name: podman ? 'podman' : 'docker',
    version: version.Version,
    rootless: security.some((option) => option.includes('name=rootless')),
    selinux: security.some((option) => option.includes('name=selinux')),
    cpus: info.NCPU ?? 1,
    gpu:
      'nvidia' in (info.Runtimes ?? {}) ||
      (info.DiscoveredDevices ?? []).some(({ ID = '' }) => ID.startsWith('nvidia.com/gpu')),
  };
}

/** The HTTP status that the engine answered with, if it answered. */
export function engineStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** What the engine said, without the wrapping of the HTTP client. */
export function engineMessage(error: unknown): string {
  return describeError(error)
    .replace(/^\(HTTP code \d+\) [^-]* - /, '')
    .trim();
}

/** Turns an error of the connection into one a person can act on. */
export function engineError(error: unknown, host: string): NeuroClawError {
  if (error instanceof NeuroClawError) return error;
  switch (nodeErrorCode(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTSOCK':
    case 'ENOTFOUND':
      return new NeuroClawError('preflight.engine', `no container engine answers at ${host}`, {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new NeuroClawError(
        'preflight.engine-permission',
        `the container engine at ${host} may not be used by this user`,
        { cause: error },
      );
    default:
      return new NeuroClawError(
        'job.container',
        `the container engine at ${host} failed: ${engineMessage(error)}`,
        { cause: error },
      );
  }
}
