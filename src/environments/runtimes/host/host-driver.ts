import { delimiter, dirname, normalize } from 'node:path';
import { processEnvironment } from '../../../config/environment.js';
import { NeuroClawError } from '../../../kernel/errors.js';
import type { LoadedEnvironment } from '../../registry.js';
import type { OpenEnvironment } from '../../runtime.js';
import type { RuntimeDriver } from '../../runtime-driver.js';
import { findBubblewrap } from './find-bubblewrap.js';
import { findExecutables, type FoundExecutable } from './find-executables.js';
import { hostIdentity } from './host-identity.js';
import { endHostLeftovers } from './leftovers.js';
import { toolRunner } from './run-tool.js';
import { systemPath } from './system-path.js';

export interface HostOptions {
  /** The person allows programs found on PATH. */
  readonly allowed: boolean;
  /** Where programs are looked for; PATH of this process by default. */
  readonly path?: string;
  /** `false` leaves bubblewrap aside even where it works. */
  readonly bubblewrap?: boolean;
  /** How long a tool may take to end when it is asked, before it is forced; 5 s by default. */
  readonly graceMs?: number;
}

/** The `host` runtime: programs found on PATH, where the person allows it; under bubblewrap where that works. */
export function createHostDriver(options: HostOptions): RuntimeDriver {
  const searchPath = options.path ?? processEnvironment()['PATH'] ?? systemPath.join(delimiter);
  let bubblewrap: Promise<string | undefined> | undefined;
  return {
    name: 'host',
    async open(environment) {
      if (!options.allowed) {
        throw new NeuroClawError(
          'preflight.not-allowed',
          `environment ${environment.name} would use programs found on PATH`,
        );
      }
      const { found, missing } = findExecutables(environment.executables, searchPath);
      if (missing.length > 0) throw missingPrograms(environment, missing);
      bubblewrap ??= options.bubblewrap === false ? Promise.resolve(undefined) : findBubblewrap(searchPath);
      return openHost(environment, found, {
        path: pathOf(found, searchPath),
        bubblewrap: await bubblewrap,
        graceMs: options.graceMs ?? 5000,
      });
    },
    endLeftovers: endHostLeftovers,
    // Jobs under way belong to their own signals; nothing is kept warm.
    close: async () => undefined,
  };
}

function missingPrograms(environment: LoadedEnvironment, missing: readonly string[]): NeuroClawError {
  const packages = environment.runtimes.host?.packages ?? [];
  const some = missing.slice(0, 5).join(', ');
  return new NeuroClawError(
    'preflight.environment',
    `${some}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''} of environment ${environment.name} not found on PATH`,
    {
      hint:
        packages.length > 0
          ? `\`apt install ${packages.join(' ')}\``
          : 'install the programs or correct PATH',
    },
  );
}

interface OpenOptions {
  readonly path: string;
  readonly bubblewrap: string | undefined;
  readonly graceMs: number;
}

/**
 * The folders of the programs, then those of the system. In the order of the search path: with another, a program could
 * be found in a folder where it was not when its digest was taken.
 */
function pathOf(executables: readonly FoundExecutable[], searchPath: string): string {
  const used = new Set(executables.map((one) => dirname(one.path)));
  const folders = searchPath.split(delimiter).filter((folder) => used.has(normalize(folder)));
  return [...new Set([...folders, ...systemPath])].join(delimiter);
}

async function openHost(
  environment: LoadedEnvironment,
  executables: readonly FoundExecutable[],
  { path, bubblewrap, graceMs }: OpenOptions,
): Promise<OpenEnvironment> {
  const identity = await hostIdentity(environment, executables, {
    path,
    isolation: bubblewrap === undefined ? 'none' : 'bubblewrap',
  });
  return {
    identity,
    run: toolRunner({ environment, executables, path, bubblewrap, graceMs }),
  };
}
