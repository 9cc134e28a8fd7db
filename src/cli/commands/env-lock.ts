import { lockEnvironments, type LockProgress } from '../../environments/lock/lock-environments.js';
import { lockVenvs } from '../../environments/lock/lock-venvs.js';
import type { LoadedEnvironment } from '../../environments/registry.js';
import { connectEngine } from '../../environments/runtimes/docker/engine.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { nearest } from '../../kernel/text.js';
import type { CommandContext } from '../context.js';
import { bytes } from '../render.js';

export async function run(
  { io, app, signal }: CommandContext,
  names: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { environments } = await app.environments();
  const wanted = names.map((name) => findEnvironment(name, environments));
  const { lock: file, cache, runtime } = app.settings.values;
  const onProgress = ({ environment, phase, message }: LockProgress): void => {
    if (phase === 'build' || phase === 'pull') io.live([`${environment}  ${phase}  ${message}`]);
    else io.line(`${environment}  ${phase}  ${message}`);
  };
  const asVenv = wanted.filter((environment) => isVenv(environment, runtime));
  const images = wanted.filter((environment) => !asVenv.includes(environment));
  const locked: { name: string; digest: string; bytes: number }[] = [];
  if (images.length > 0) {
    const engine = await connectEngine(app.engineHosts());
    const rebuild = options['rebuild'] === true;
    const accept = Array.isArray(options['accept']) ? options['accept'].map(String) : [];
    const { environments: made } = await lockEnvironments(images, {
      engine,
      file,
      rebuild,
      acceptedTerms: accept,
      signal,
      onProgress,
    });
    locked.push(...images.flatMap(({ name }) => (made[name] === undefined ? [] : [{ name, ...made[name] }])));
  }
  if (asVenv.length > 0) {
    const { venvs: made = {} } = await lockVenvs(asVenv, { cache, file, signal, onProgress });
    locked.push(...asVenv.flatMap(({ name }) => (made[name] === undefined ? [] : [{ name, ...made[name] }])));
  }
  io.live([]);
  if (io.json) io.data({ file, locked });
  else
    for (const { name, digest, bytes: size } of locked)
      io.line(`${io.style('green', 'locked')}  ${name}  ${digest.slice(0, 12)}  ${bytes(size)}`);
  io.line(`lock file ${file}`);
  return 0;
}

/** As a Python environment where that is asked for, or is the only way there is. */
function isVenv(environment: LoadedEnvironment, runtime: string | undefined): boolean {
  if (environment.runtimes.venv === undefined) return false;
  return runtime === 'venv' || environment.runtimes.docker === undefined;
}

export function findEnvironment(
  name: string,
  environments: ReadonlyMap<string, LoadedEnvironment>,
): LoadedEnvironment {
  const environment = environments.get(name);
  if (environment !== undefined) return environment;
  const near = nearest(name, environments.keys());
  throw new NeuroClawError(
    'environment.unknown',
    `no environment ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
    {
      expected: [...environments.keys()].join(', '),
    },
  );
}
