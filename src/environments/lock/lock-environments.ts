import { NeuroClawError } from '../../kernel/errors.js';
import type { Environment } from '../environment.js';
import type { LoadedEnvironment } from '../registry.js';
import type { ContainerEngine } from '../runtimes/docker/engine.js';
import type { ImageFacts } from '../runtimes/docker/images.js';
import { imageVariables } from '../runtimes/docker/image-home.js';
import { probe } from '../runtimes/docker/probe.js';
import { provideImage } from '../runtimes/docker/provide-image.js';
import { readLock, writeLock, type Lock, type LockedImage } from './lock-file.js';

export interface LockProgress {
  readonly environment: string;
  readonly phase: 'pull' | 'build' | 'import' | 'smoke' | 'locked';
  readonly message: string;
}

export interface LockOptions {
  readonly engine: ContainerEngine;
  /** `neuroclaw.lock.json`. */
  readonly file: string;
  /** Build again although an image of the same recipe is there. */
  readonly rebuild?: boolean;
  /** Names of the conditions of use that the person accepts. */
  readonly acceptedTerms?: readonly string[];
  readonly onProgress?: (progress: LockProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Pulls or builds the image of each environment, starts its tools once inside, and writes what was found into the
 * lock file. Environments that are done stay locked when a later one fails.
 *
 * An environment with conditions of use is locked once they are accepted: in an earlier lock, or now by name.
 *
 * Throws `preflight.terms`, `container.pull`, `container.build`, `container.smoke`, `preflight.builder`, `job.cancelled`.
 *
 * @returns the lock file as written
 */
export async function lockEnvironments(
  environments: readonly LoadedEnvironment[],
  options: LockOptions,
): Promise<Lock> {
  let lock = await readLock(options.file);
  const terms = new Map(environments.map((one) => [one.name, acceptedTerms(one, lock, options)]));
  for (const environment of environments) {
    const entry = { ...(await lockImage(environment, options)), ...terms.get(environment.name) };
    // Read again: building takes a minute, in which another process may have locked its own.
    lock = await readLock(options.file);
    lock = { ...lock, environments: { ...lock.environments, [environment.name]: entry } };
    await writeLock(options.file, lock);
  }
  return lock;
}

/** What the lock says of the conditions of use. Throws `preflight.terms` where they were never accepted. */
function acceptedTerms(
  environment: LoadedEnvironment,
  lock: Lock,
  options: LockOptions,
): Pick<LockedImage, 'terms'> {
  const { terms } = environment;
  if (terms === undefined) return {};
  const before = lock.environments[environment.name]?.terms;
  if (before?.name === terms.name && before.url === terms.url) return { terms: before };
  if (options.acceptedTerms?.includes(terms.name) === true)
    return { terms: { ...terms, accepted: new Date().toISOString() } };
  throw new NeuroClawError(
    'preflight.terms',
    `environment ${environment.name} comes under ${terms.name} (${terms.url}), which was not accepted`,
    { hint: `read ${terms.url}; if you accept it, add \`--accept ${terms.name}\`` },
  );
}

async function lockImage(environment: LoadedEnvironment, options: LockOptions): Promise<LockedImage> {
  const { engine } = options;
  const signal = options.signal ?? new AbortController().signal;
  const tell = (phase: LockProgress['phase'], message: string): void =>
    options.onProgress?.({ environment: environment.name, phase, message });

  const { image, ...origin } = await provideImage(engine, environment, {
    rebuild: options.rebuild ?? false,
    onProgress: tell,
    signal,
  });
  const smoke: { argv: string[]; text: string }[] = [];
  for (const test of environment.smoke) {
    tell('smoke', test.argv.join(' '));
    smoke.push({ argv: test.argv, text: await runSmokeTest(engine, image, environment, test, signal) });
  }
  const packages = await packageVersions(engine, image, signal);
  tell('locked', image.digest);
  return {
    runtime: 'docker',
    digest: image.digest,
    image: image.id,
    ...origin,
    layers: [...image.layers],
    packages,
    platform: image.platform,
    bytes: image.bytes,
    smoke,
    when: new Date().toISOString(),
  };
}

/** Starts a tool inside, isolated as a job, and returns the line that holds the expected text. */
async function runSmokeTest(
  engine: ContainerEngine,
  image: ImageFacts,
  environment: Environment,
  test: Environment['smoke'][number],
  signal: AbortSignal,
): Promise<string> {
  const env = imageVariables(environment.env, image.env);
  const result = await probe(engine, { image: image.id, argv: test.argv, env }, signal);
  if (result.exit.reason === 'cancelled') {
    throw new NeuroClawError('job.cancelled', `locking ${environment.name} was cancelled`);
  }
  const said = `${result.stdout}\n${result.stderr}`;
  const line = said.split('\n').find((candidate) => candidate.includes(test.prints));
  if (result.exit.reason === 'exited' && line !== undefined) return line.trim();
  const ended = result.exit.message ?? `it ended with ${result.exit.exitCode ?? result.exit.reason}`;
  throw new NeuroClawError(
    'container.smoke',
    `\`${test.argv.join(' ')}\` in environment ${environment.name}: ${ended}, printing ${JSON.stringify(said.trim().slice(0, 300))}`,
    { expected: `text holding "${test.prints}"` },
  );
}

/** Package versions from the image's own database: Debian's or RPM's; empty where it has neither. */
async function packageVersions(
  engine: ContainerEngine,
  image: ImageFacts,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const queries = [
    ['dpkg-query', '--show', '--showformat=${Package}\t${Version}\n'],
    ['rpm', '--query', '--all', '--queryformat', '%{NAME}\t%{VERSION}-%{RELEASE}\n'],
  ];
  for (const argv of queries) {
    const { exit, stdout } = await probe(engine, { image: image.id, argv, env: {} }, signal);
    if (exit.exitCode !== 0) continue;
    const entries = stdout.split('\n').flatMap((line) => {
      const [name, version] = line.split('\t');
      return name === undefined || version === undefined ? [] : [[name, version] as const];
    });
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return {};
}
