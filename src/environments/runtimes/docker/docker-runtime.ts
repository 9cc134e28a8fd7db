import { userInfo } from 'node:os';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { NeuroClawError } from '../../../kernel/errors.js';
import type { Environment } from '../../environment.js';
import type { LockedImage } from '../../lock/lock-file.js';
import type { GpuProbe, JobCall, OpenEnvironment, Runtime } from '../../runtime.js';
import { runContainer } from './container.js';
import type { UserIds } from './create-options.js';
import { connectEngine, engineError, type ContainerEngine } from './engine.js';
import { engineHosts } from './hosts.js';
import { imageVariables } from './image-home.js';
import { inspectImage } from './images.js';
import { endContainers } from './leftovers.js';
import { probeGpu } from './gpu-probe.js';
import { checkLicense } from './license.js';
import { watchContainers, type ContainerWatch } from './watch.js';

export interface DockerOptions {
  /** Where engines may listen, in order; `engineHosts()` by default. */
  readonly hosts?: readonly string[];
  /** User of the processes in containers; the caller by default. Outputs are given to it where it is another. */
  readonly user?: UserIds;
}

/** The `docker` runtime: one container for each job, in images that were locked. */
export interface DockerRuntime extends Runtime {
  readonly engine: ContainerEngine;
  /** Throws `preflight.image` where the image is gone or another than was locked; both digests are named. */
  open(
    environment: Pick<Environment, 'name' | 'env'> & Partial<Pick<Environment, 'cuda'>>,
    locked: LockedImage,
  ): Promise<OpenEnvironment>;
}

/** Connects to the container engine. Throws `preflight.engine` or `preflight.engine-permission`. */
export async function openDockerRuntime(options: DockerOptions = {}): Promise<DockerRuntime> {
  const engine = await connectEngine(options.hosts ?? engineHosts());
  const caller = userInfo();
  const user = options.user ?? { uid: caller.uid, gid: caller.gid };
  const watches = new Map<string, Promise<ContainerWatch>>();
  const removals = new Set<Promise<unknown>>();

  /** One stream of events for each store; opened again where the engine had gone. */
  async function watchOf(store: string): Promise<ContainerWatch> {
    const known = await watches.get(store)?.catch(() => undefined);
    if (known?.open === true) return known;
    const opening = watchContainers(engine, store);
    watches.set(store, opening);
    return opening;
  }

  function later(work: Promise<unknown>): void {
    // What is not removed now carries our label and is ended as a leftover.
    const settled = work.catch(() => undefined).finally(() => removals.delete(settled));
    removals.add(settled);
  }

  async function giveFolders(call: JobCall): Promise<void> {
    if (user.uid === caller.uid && user.gid === caller.gid) return;
    await Promise.all(['out', 'scratch'].map((name) => chown(join(call.folder, name), user.uid, user.gid)));
  }

  return {
    name: 'docker',
    engine,
    async open(environment, locked) {
      const image = await inspectImage(engine, locked.image);
      if (!image) {
        throw new NeuroClawError(
          'preflight.image',
          `the image of environment ${environment.name} (${locked.reference}, ${locked.image}) is not on this machine`,
          { hint: `\`neuroclaw env lock ${environment.name}\` pulls or builds it` },
        );
      }
      if (image.digest !== locked.digest) {
        throw new NeuroClawError(
          'preflight.image',
          `environment ${environment.name} is locked as ${locked.digest}, and the image here is ${image.digest}`,
          {
            hint: `\`neuroclaw env lock ${environment.name}\` takes the new one: results are then computed anew`,
          },
        );
      }
      const env = imageVariables(environment.env, image.env);
      // Asked once for each image: the answer costs a container.
      let gpus: Promise<GpuProbe> | undefined;
      return {
        identity: {
          name: environment.name,
          runtime: 'docker',
          digest: image.digest,
          details: {
            image: image.id,
            reference: locked.reference,
            platform: image.platform,
            engine: `${engine.name} ${engine.version}`,
            ...Object.fromEntries(locked.smoke.map((test) => [test.argv.join(' '), test.text])),
          },
        },
        checkLicense: (license, signal) => checkLicense(engine, { ...license, image: image.id }, signal),
        probeGpu: (signal) => (gpus ??= probeGpu(engine, image.id, signal, image.cuda ?? environment.cuda)),
        async run(call, signal) {
          try {
            const [watch] = await Promise.all([watchOf(call.store), giveFolders(call)]);
            return await runContainer(call, { image: image.id, user, env, engine, watch, later }, signal);
          } catch (error) {
            const failure = engineError(error, engine.host);
            if (failure.code === 'internal.bug') throw failure;
            return {
              reason: 'not-started',
              exitCode: null,
              wallS: 0,
              code: failure.code,
              message: failure.message,
            };
          }
        },
      };
    },
    endLeftovers: (store) => endContainers(engine, store),
    async close() {
      await Promise.all(removals);
      for (const opening of watches.values()) (await opening.catch(() => undefined))?.close();
      watches.clear();
    },
  };
}
