import { lockEnvironments } from '../../environments/lock/lock-environments.js';
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
  const file = app.settings.values.lock;
  const engine = await connectEngine(app.engineHosts());
  const lock = await lockEnvironments(wanted, {
    engine,
    file,
    rebuild: options['rebuild'] === true,
    signal,
    onProgress: ({ environment, phase, message }) => {
      if (phase === 'build' || phase === 'pull') io.live([`${environment}  ${phase}  ${message}`]);
      else io.line(`${environment}  ${phase}  ${message}`);
    },
  });
  io.live([]);
  const locked = wanted.flatMap(({ name }) => {
    const entry = lock.environments[name];
    return entry === undefined ? [] : [{ name, ...entry }];
  });
  if (io.json) io.data({ file, locked });
  else
    for (const { name, digest, bytes: size } of locked)
      io.line(`${io.style('green', 'locked')}  ${name}  ${digest.slice(0, 12)}  ${bytes(size)}`);
  io.line(`lock file ${file}`);
  return 0;
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
