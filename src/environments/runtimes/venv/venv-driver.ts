import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { processEnvironment } from '../../../config/environment.js';
import { NeuroClawError } from '../../../kernel/errors.js';
import { readLock, type LockedVenv } from '../../lock/lock-file.js';
import type { LoadedEnvironment } from '../../registry.js';
import type { RuntimeDriver } from '../../runtime-driver.js';
import { findBubblewrap } from '../host/find-bubblewrap.js';
import { findExecutables } from '../host/find-executables.js';
import { endHostLeftovers } from '../host/leftovers.js';
import { toolRunner } from '../host/run-tool.js';
import { systemPath } from '../host/system-path.js';
import { requirementsOf, venvFolder, venvIdentity } from './identity.js';
import { askInterpreter } from './interpreter.js';

export interface VenvDriverOptions {
  /** `neuroclaw.lock.json`: only what is locked is entered. */
  readonly lock: string;
  /** Folder of what can be made again: the virtual environments are below it. */
  readonly cache: string;
  /** `false` leaves bubblewrap aside even where it works. */
  readonly bubblewrap?: boolean;
}

/** The `venv` runtime: pinned Python packages on this machine, under bubblewrap where that works. */
export function createVenvDriver(options: VenvDriverOptions): RuntimeDriver {
  let bubblewrap: Promise<string | undefined> | undefined;
  return {
    name: 'venv',
    async open(environment) {
      const locked = (await readLock(options.lock)).venvs?.[environment.name];
      const remedy = `\`neuroclaw env lock ${environment.name} --runtime venv\` makes it and locks it`;
      if (locked === undefined)
        throw new NeuroClawError(
          'preflight.environment',
          `environment ${environment.name} is not locked as a Python environment`,
          { place: { file: options.lock }, hint: remedy },
        );
      const folder = venvFolder(options.cache, locked.digest);
      if (!existsSync(folder))
        throw new NeuroClawError(
          'preflight.environment',
          `the Python environment ${environment.name} (${locked.digest}) is not in ${options.cache}`,
          { hint: remedy },
        );
      await confirm(environment, locked, folder, remedy);
      const search = processEnvironment()['PATH'] ?? systemPath.join(delimiter);
      bubblewrap ??= options.bubblewrap === false ? Promise.resolve(undefined) : findBubblewrap(search);
      const wrapper = await bubblewrap;
      const path = [join(folder, 'bin'), ...systemPath].join(delimiter);
      const { found, missing } = findExecutables(environment.executables, path);
      if (missing.length > 0)
        throw new NeuroClawError(
          'preflight.environment',
          `${missing.join(', ')} of environment ${environment.name} is not in ${folder}`,
          { hint: remedy },
        );
      return {
        identity: {
          name: environment.name,
          runtime: 'venv',
          digest: locked.digest,
          details: {
            interpreter: locked.interpreter,
            platform: locked.platform,
            requirements: locked.requirements,
            isolation: wrapper === undefined ? 'none' : 'bubblewrap',
            ...Object.fromEntries(locked.smoke.map((test) => [test.argv.join(' '), test.text])),
          },
        },
        run: toolRunner({ environment, executables: found, path, bubblewrap: wrapper, graceMs: 5000 }),
      };
    },
    endLeftovers: endHostLeftovers,
    close: async () => undefined,
  };
}

/** Throws where the packages or the interpreter are no longer those that were locked; both are named. */
async function confirm(
  environment: LoadedEnvironment,
  locked: LockedVenv,
  folder: string,
  remedy: string,
): Promise<void> {
  const { file, sha256 } = await requirementsOf(environment);
  const python = join(folder, 'bin', 'python3');
  const interpreter = existsSync(python) ? await askInterpreter(realpathSync(python)) : undefined;
  if (interpreter === undefined)
    throw new NeuroClawError(
      'preflight.python',
      `the interpreter of environment ${environment.name} (${locked.interpreter}) is gone`,
      { place: { file: python }, hint: `install it again, or ${remedy}` },
    );
  const digest = venvIdentity(sha256, interpreter);
  if (digest === locked.digest) return;
  const moved =
    sha256 === locked.requirements
      ? `the interpreter is now ${interpreter.version} on ${interpreter.platform}, locked was ${locked.interpreter} on ${locked.platform}`
      : `${file} changed`;
  throw new NeuroClawError(
    'preflight.environment',
    `environment ${environment.name} is locked as ${locked.digest} and would now be ${digest}: ${moved}`,
    { hint: `${remedy}: results are then computed anew` },
  );
}
