import { readLock, type Lock } from '../environments/lock/lock-file.js';
import type { EnvironmentIdentity } from '../environments/runtime.js';
import { writeAtomic } from './durable.js';

/** Keeps the entries of the lock file that a run used, so that it can be repeated when the file has moved on. */
export async function keepUsedLock(
  lockFile: string,
  identities: readonly EnvironmentIdentity[],
  file: string,
): Promise<void> {
  const opened = identities.filter(({ runtime }) => runtime === 'docker' || runtime === 'venv');
  if (opened.length === 0) return;
  const { schema, environments, venvs = {} } = await readLock(lockFile);
  const used = <T extends { readonly digest: string }>(
    entries: Readonly<Record<string, T>>,
    runtime: string,
  ): Record<string, T> =>
    Object.fromEntries(
      Object.entries(entries).filter(([name, { digest }]) =>
        opened.some((each) => each.name === name && each.runtime === runtime && each.digest === digest),
      ),
    );
  const lock: Lock = { schema, environments: used(environments, 'docker'), venvs: used(venvs, 'venv') };
  await writeAtomic(file, `${JSON.stringify(lock, null, 2)}\n`);
}
