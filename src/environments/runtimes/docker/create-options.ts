import { join } from 'node:path';
import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import { NeuroClawError } from '../../../kernel/errors.js';
import type { JobCall } from '../../runtime.js';
import type { ContainerEngine } from './engine.js';
import { engineRequest } from './gpu-request.js';
import { labels } from './labels.js';

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

export interface CreateContext {
  /** Image id: a name could move between locking and starting. */
  readonly image: string;
  readonly user: UserIds;
  /** Variables of the environment, below those of the call. */
  readonly env: Readonly<Record<string, string>>;
  readonly engine: Pick<ContainerEngine, 'name' | 'rootless' | 'selinux' | 'cpus'>;
}

const home = '/home/neuroclaw';
const mebibyte = 1024 * 1024;
/** Threads and processes; enough for the thread pools of imaging tools, far from what a fork bomb needs. */
const maximumProcesses = 4096;

/**
 * One job as the engine's create request. Isolation first: no network unless the skill declares it, read-only root,
 * read-only inputs, no capabilities, no new privileges, limits without swap, and nothing of the engine itself.
 * Mounts are structured, never `source:target` text, since paths of people hold colons, commas and spaces.
 */
export function createOptions(call: JobCall, context: CreateContext): ContainerCreateOptions {
  const [program, ...args] = call.argv;
  if (program === undefined) throw new NeuroClawError('internal.bug', `job ${call.job} has an empty argv`);
  const { engine, user } = context;
  const memory = Math.round(call.memoryMb * mebibyte);
  return {
    name: `neuroclaw-${call.attempt}`,
    // Said by tools in their logs and lock files: what a dead attempt of ours left is known by it.
    Hostname: `neuroclaw-${call.attempt}`,
    Image: context.image,
    // Not the image's entrypoint: argv names the program, and wrappers would change what runs.
    Entrypoint: [program],
    Cmd: args,
    WorkingDir: '/scratch',
    User: engine.rootless && engine.name === 'docker' ? '0:0' : `${user.uid}:${user.gid}`,
    Env: Object.entries({ HOME: home, TMPDIR: '/scratch', ...context.env, ...call.env }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    Labels: {
      [labels.store]: call.store,
      [labels.run]: call.run,
      [labels.job]: call.job,
      [labels.attempt]: call.attempt,
    },
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: false,
    Tty: false,
    StopSignal: 'SIGTERM',
    HostConfig: {
      NetworkMode: call.network ? 'bridge' : 'none',
      ReadonlyRootfs: true,
      Mounts: mounts(call),
      Tmpfs: {
        '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${memory}`,
        [home]: `rw,exec,nosuid,nodev,mode=1777,size=${memory}`,
      },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true', ...(engine.selinux ? ['label=disable'] : [])],
      Privileged: false,
      IpcMode: 'private',
      Init: true,
      PidsLimit: maximumProcesses,
      Memory: memory,
      MemorySwap: memory,
      // The engine refuses more processors than the machine has.
      NanoCpus: Math.round(Math.min(call.cpus, engine.cpus) * 1e9),
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      // Streams go to the attempt folder; a second copy in the engine's data folder would only fill its disk.
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      ...(engine.rootless && engine.name === 'podman' ? { UsernsMode: 'keep-id' } : {}),
      ...(call.gpu ? { DeviceRequests: [engineRequest({ all: true }, engine.name)] } : {}),
    },
  };
}

function mounts(call: JobCall): MountSettings[] {
  const list = call.inputs.map((input) => bind(input.hostPath, toolPath(input.toolPath), true));
  list.push(
    bind(join(call.folder, 'out'), '/out', false),
    bind(join(call.folder, 'scratch'), '/scratch', false),
  );
  if (call.skillFolder !== undefined) list.push(bind(call.skillFolder, '/skill', true));
  return list;
}

function bind(source: string, target: string, readOnly: boolean): MountSettings {
  return {
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: readOnly,
    BindOptions: { Propagation: 'rprivate' },
  };
}

/** Inputs stay below `/in`: anything else would shadow the tool itself. */
function toolPath(path: string): string {
  const parts = path.split('/');
  if (parts[0] !== 'in' || parts.length < 2 || parts.some((part) => ['', '.', '..'].includes(part))) {
    throw new NeuroClawError('internal.bug', `"${path}" is not a path below in/`);
  }
  return `/${path}`;
}
