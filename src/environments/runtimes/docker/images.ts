import { basename, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { NeuroClawError } from '../../../kernel/errors.js';
import { engineError, engineMessage, engineStatus, type ContainerEngine } from './engine.js';
import { imageCuda } from './cuda.js';
import { imageIdentity, imagePlatform } from './identity.js';
import { jsonLines } from './json-lines.js';

/** What the engine knows about an image that is there. */
export interface ImageFacts {
  /** `sha256:...` of its configuration: what jobs start by. */
  readonly id: string;
  /** Identity as an environment, lower-case hex SHA-256. */
  readonly digest: string;
  readonly layers: readonly string[];
  readonly platform: string;
  readonly bytes: number;
  readonly names: readonly string[];
  /** `name@sha256:...` for what came from a registry. */
  readonly manifests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Variables that it sets, `NAME=value`. */
  readonly env: readonly string[];
  /** CUDA that it says it was built with, `12.4`. */
  readonly cuda: string | undefined;
}

/** Looks an image up by id or name. Undefined where there is none. */
export async function inspectImage(engine: ContainerEngine, image: string): Promise<ImageFacts | undefined> {
  try {
    const found = await engine.docker.getImage(image).inspect();
    const tags = found.RepoTags as string[] | null;
    const digests = found.RepoDigests as string[] | null;
    const env = (found.Config as { Env?: string[] | null }).Env ?? [];
    return {
      id: found.Id,
      digest: imageIdentity(found),
      layers: found.RootFS.Layers ?? [],
      platform: imagePlatform(found),
      bytes: found.Size,
      names: tags ?? [],
      manifests: digests ?? [],
      labels: (found.Config as { Labels?: Record<string, string> | null }).Labels ?? {},
      env,
      cuda: imageCuda(env),
    };
  } catch (error) {
    if (engineStatus(error) === 404) return undefined;
    throw engineError(error, engine.host);
  }
}

interface ProgressLine {
  readonly status?: string;
  /** A line of the build. */
  readonly stream?: string;
  readonly id?: string;
  readonly error?: string;
}

/** Reads a progress stream to its end; the engine tells failures in it, under status 200. */
async function follow(stream: Readable, onProgress: (message: string) => void): Promise<void> {
  let last = '';
  for await (const line of jsonLines(stream)) {
    const { status, stream: said, id, error } = line as ProgressLine;
    if (error !== undefined) throw new Error(error);
    const message = said?.trim() ?? [id, status].filter(Boolean).join(': ');
    if (message !== '' && message !== last) onProgress(message);
    last = message;
  }
}

/** Pulls `name:tag` or `name@sha256:...`. Throws `container.pull`. */
export async function pullImage(
  engine: ContainerEngine,
  reference: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const stream = (await engine.docker.pull(reference, { abortSignal: signal })) as Readable;
    const stop = (): void => void stream.destroy(new Error('cancelled'));
    signal.addEventListener('abort', stop, { once: true });
    await follow(stream, onProgress).finally(() => signal.removeEventListener('abort', stop));
  } catch (error) {
    if (signal.aborted) throw new NeuroClawError('job.cancelled', `pulling ${reference} was cancelled`);
    throw new NeuroClawError('container.pull', `${reference} could not be pulled: ${engineMessage(error)}`, {
      cause: error,
    });
  }
}

export interface ImportConfig {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Makes an image of one layer out of a tar of a root file system. Throws `container.build`. */
export async function importImage(
  engine: ContainerEngine,
  tar: Readable,
  config: ImportConfig,
  signal: AbortSignal,
): Promise<void> {
  const colon = config.name.lastIndexOf(':');
  const changes = importChanges(config);
  try {
    const stream = (await engine.docker.importImage(tar, {
      repo: config.name.slice(0, colon),
      tag: config.name.slice(colon + 1),
      // One instruction a line; the engine joins several values with newlines itself.
      ...(changes === '' ? {} : { changes }),
      abortSignal: signal,
    })) as Readable;
    await follow(stream, () => undefined);
  } catch (error) {
    if (signal.aborted) throw new NeuroClawError('job.cancelled', `building ${config.name} was cancelled`);
    throw new NeuroClawError(
      'container.build',
      `${config.name} could not be imported: ${engineMessage(error)}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Builds a Dockerfile, which is the whole context: it copies nothing from this machine. Throws `container.build`.
 *
 * @param file absolute path
 */
export async function buildImage(
  engine: ContainerEngine,
  file: string,
  config: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Without layers of earlier builds, and with the newest base image. */
    readonly fresh: boolean;
  },
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const stream = (await engine.docker.buildImage(
      { context: dirname(file), src: [basename(file)] },
      {
        t: config.name,
        dockerfile: basename(file),
        labels: config.labels,
        nocache: config.fresh,
        pull: config.fresh,
        forcerm: true,
        abortSignal: signal,
      },
    )) as Readable;
    const stop = (): void => void stream.destroy(new Error('cancelled'));
    signal.addEventListener('abort', stop, { once: true });
    await follow(stream, onProgress).finally(() => signal.removeEventListener('abort', stop));
  } catch (error) {
    if (signal.aborted) throw new NeuroClawError('job.cancelled', `building ${config.name} was cancelled`);
    throw new NeuroClawError(
      'container.build',
      `${config.name} could not be built: ${engineMessage(error)}`,
      { place: { file }, cause: error },
    );
  }
}

/** Instructions of a Dockerfile that set variables and labels, with quotes for values of any kind. */
export function importChanges(config: Pick<ImportConfig, 'env' | 'labels'>): string {
  const quote = (value: string): string => `"${value.replace(/[\\"$]/g, '\\$&')}"`;
  return [
    ...Object.entries(config.env).map(([name, value]) => `ENV ${name}=${quote(value)}`),
    ...Object.entries(config.labels).map(([name, value]) => `LABEL ${name}=${quote(value)}`),
  ].join('\n');
}

/** Removes an image. False where it was not there. Throws `job.container` while containers use it. */
export async function removeImage(engine: ContainerEngine, image: string): Promise<boolean> {
  try {
    await engine.docker.getImage(image).remove({ force: false });
    return true;
  } catch (error) {
    if (engineStatus(error) === 404) return false;
    throw engineError(error, engine.host);
  }
}
