import { nearest } from '../../kernel/text.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import type { ContainerEngine } from '../runtimes/docker/engine.js';
import { inspectImage, removeImage } from '../runtimes/docker/images.js';
import { readLock, writeLock, type LockedImage, type LockedVenv } from './lock-file.js';

export interface ListedEnvironment {
  readonly name: string;
  readonly locked: LockedImage;
}

/** The locked environments in the order of their names. */
export async function listLocked(file: string): Promise<ListedEnvironment[]> {
  const { environments } = await readLock(file);
  return Object.entries(environments).map(([name, locked]) => ({ name, locked }));
}

/** The environments that are locked as Python environments, in the order of their names. */
export async function listVenvs(file: string): Promise<{ name: string; locked: LockedVenv }[]> {
  const { venvs = {} } = await readLock(file);
  return Object.entries(venvs).map(([name, locked]) => ({ name, locked }));
}

/** One environment locked as a container. Throws `environment.lock` where it is not locked. */
export async function showLocked(file: string, name: string): Promise<LockedImage> {
  const { environments } = await readLock(file);
  const locked = environments[name];
  if (locked) return locked;
  const meant = nearest(name, Object.keys(environments));
  throw new NeuroClawError('environment.lock', `environment ${name} is not locked`, {
    place: { file },
    hint: meant === undefined ? `\`neuroclaw env lock ${name}\` locks it` : `did you mean ${meant}?`,
  });
}

/**
 * Compares the lock with the images on this machine: an image that is gone, or a name that now means another
 * environment (a tag that moved, a rebuild after the distribution moved), with both digests.
 */
export async function verifyLocked(
  engine: ContainerEngine,
  file: string,
  names?: readonly string[],
): Promise<Finding[]> {
  const all = await listLocked(file);
  const wanted = names
    ? await Promise.all(names.map(async (name) => ({ name, locked: await showLocked(file, name) })))
    : all;
  const findings = await Promise.all(wanted.map((entry) => verifyImage(engine, file, entry)));
  return findings.flat();
}

async function verifyImage(
  engine: ContainerEngine,
  file: string,
  { name, locked }: ListedEnvironment,
): Promise<Finding[]> {
  const place = { file, field: `environments.${name}` };
  const [image, named] = await Promise.all([
    inspectImage(engine, locked.image),
    inspectImage(engine, locked.reference),
  ]);
  const moved = named && named.digest !== locked.digest ? named : undefined;
  const another = moved
    ? `${locked.reference} is now the environment ${moved.digest}; locked is ${locked.digest}`
    : undefined;
  if (image && image.digest === locked.digest) {
    if (another === undefined) return [];
    return [
      {
        code: 'preflight.image',
        severity: 'warning',
        message: `${another}. Jobs go on in the locked one`,
        place,
        suggestion: `\`neuroclaw env lock ${name}\` takes the new one: results are then computed anew`,
      },
    ];
  }
  if (image) {
    const message = `image ${locked.image} has the identity ${image.digest}; locked is ${locked.digest}`;
    return [errorFinding('preflight.image', message, place)];
  }
  return [
    {
      ...errorFinding('preflight.image', `image ${locked.image} is not on this machine`, place),
      suggestion:
        another === undefined
          ? `\`neuroclaw env lock ${name}\` pulls or builds it`
          : `${another}; \`neuroclaw env lock ${name}\` takes it`,
    },
  ];
}

/**
 * Takes an environment out of the lock and its image off the machine, unless another environment uses the same image.
 *
 * @returns what was removed, one line each
 */
export async function removeLocked(engine: ContainerEngine, file: string, name: string): Promise<string[]> {
  const locked = await showLocked(file, name);
  const lock = await readLock(file);
  const rest = Object.entries(lock.environments).filter(([other]) => other !== name);
  const shared = rest.some(([, other]) => other.image === locked.image);
  const removed = shared ? false : await removeImage(engine, locked.image);
  await writeLock(file, { ...lock, environments: Object.fromEntries(rest) });
  return [
    ...(removed ? [`image ${locked.reference} (${locked.image})`] : []),
    `environment ${name} from ${file}`,
  ];
}
