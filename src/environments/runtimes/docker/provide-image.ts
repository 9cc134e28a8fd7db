import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fromFileSystem, NeuroClawError } from '../../../kernel/errors.js';
import { sha256 } from '../../../kernel/json.js';
import type { LoadedEnvironment } from '../../registry.js';
import { buildRoot } from './build-root.js';
import type { ContainerEngine } from './engine.js';
import { buildImage, importImage, inspectImage, pullImage, type ImageFacts } from './images.js';
import { labels } from './labels.js';
import { fetchPackages } from './python-packages.js';
import { readRecipe, recipeDigest } from './recipe.js';

export interface ProvidedImage {
  readonly image: ImageFacts;
  /** The name that was pulled or built. */
  readonly reference: string;
  /** Manifest digest of what came from a registry. */
  readonly manifest?: string;
  /** SHA-256 of the recipe of what was built. */
  readonly recipe?: string;
}

export interface ProvideOptions {
  /** Build again although an image of this recipe is there: Debian may have moved. */
  readonly rebuild: boolean;
  readonly onProgress: (phase: 'pull' | 'build' | 'import', message: string) => void;
  readonly signal: AbortSignal;
}

/** Makes sure that the image of an environment is on this machine: pulled by digest, or built from its recipe. */
export async function provideImage(
  engine: ContainerEngine,
  environment: LoadedEnvironment,
  options: ProvideOptions,
): Promise<ProvidedImage> {
  const docker = environment.runtimes.docker;
  if (docker?.recipe !== undefined) {
    return build(engine, environment.name, join(environment.folder, docker.recipe), options);
  }
  if (docker?.dockerfile !== undefined) {
    return buildFromDockerfile(
      engine,
      environment.name,
      join(environment.folder, docker.dockerfile),
      options,
    );
  }
  if (docker?.image !== undefined) {
    const reference = docker.digest === undefined ? docker.image : pinned(docker.image, docker.digest);
    return pull(engine, reference, options);
  }
  throw new NeuroClawError(
    'environment.invalid',
    `environment ${environment.name} has neither an image nor a recipe or Dockerfile for containers`,
    { place: { file: join(environment.folder, 'environment.yaml'), field: 'runtimes.docker' } },
  );
}

/** `name@sha256:...`: with a digest, the tag no longer decides. */
function pinned(image: string, digest: string): string {
  return `${image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')}@${digest}`;
}

async function pull(
  engine: ContainerEngine,
  reference: string,
  options: ProvideOptions,
): Promise<ProvidedImage> {
  const there = reference.includes('@') ? await inspectImage(engine, reference) : undefined;
  if (!there) {
    options.onProgress('pull', reference);
    await pullImage(engine, reference, (message) => options.onProgress('pull', message), options.signal);
  }
  const image = there ?? (await inspectImage(engine, reference));
  if (!image) throw new NeuroClawError('container.pull', `${reference} was pulled and is not there`);
  const name = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const manifest =
    image.manifests.find((entry) => entry.startsWith(`${name}@`)) ??
    image.manifests.find((entry) => entry.includes('@'));
  const digest = manifest?.slice(manifest.indexOf('@') + 1);
  return { image, reference, ...(digest === undefined ? {} : { manifest: digest }) };
}

async function build(
  engine: ContainerEngine,
  name: string,
  recipeFile: string,
  options: ProvideOptions,
): Promise<ProvidedImage> {
  const recipe = await readRecipe(recipeFile);
  const requirements = recipe.python && join(dirname(recipeFile), recipe.python.lock);
  const digest = recipeDigest(recipe, requirements && sha256(await readText(requirements)));
  const reference = `neuroclaw/${name}:${digest.slice(0, 12)}`;
  const there = await inspectImage(engine, reference);
  if (there && !options.rebuild && there.labels[labels.recipe] === digest) {
    return { image: there, reference, recipe: digest };
  }

  const folder = await mkdtemp(join(tmpdir(), 'neuroclaw-build-'));
  try {
    const tar = join(folder, 'root.tar');
    const packages = recipe.python && join(folder, 'python');
    if (recipe.python !== undefined && requirements !== undefined && packages !== undefined) {
      options.onProgress('build', 'Python packages');
      const { version } = recipe.python;
      await fetchPackages({ requirements, version, target: packages, signal: options.signal });
    }
    const onProgress = (message: string): void => options.onProgress('build', message);
    await buildRoot(recipe, tar, onProgress, options.signal, packages);
    options.onProgress('import', reference);
    await importImage(
      engine,
      createReadStream(tar),
      { name: reference, env: recipe.env, labels: { [labels.recipe]: digest } },
      options.signal,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const image = await inspectImage(engine, reference);
  if (!image) throw new NeuroClawError('container.build', `${reference} was imported and is not there`);
  return { image, reference, recipe: digest };
}

/** Lets the container engine build a Dockerfile; its text alone is the context, and names the image. */
async function buildFromDockerfile(
  engine: ContainerEngine,
  name: string,
  file: string,
  options: ProvideOptions,
): Promise<ProvidedImage> {
  const digest = sha256(await readText(file));
  const reference = `neuroclaw/${name}:${digest.slice(0, 12)}`;
  const there = await inspectImage(engine, reference);
  if (there && !options.rebuild && there.labels[labels.recipe] === digest)
    return { image: there, reference, recipe: digest };
  options.onProgress('build', reference);
  await buildImage(
    engine,
    file,
    { name: reference, labels: { [labels.recipe]: digest }, fresh: options.rebuild },
    (message) => options.onProgress('build', message),
    options.signal,
  );
  const image = await inspectImage(engine, reference);
  if (!image) throw new NeuroClawError('container.build', `${reference} was built and is not there`);
  return { image, reference, recipe: digest };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
}
