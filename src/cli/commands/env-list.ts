import { listLocked, listVenvs } from '../../environments/lock/manage-lock.js';
import type { CommandContext } from '../context.js';
import { table } from '../render.js';

export async function run({ io, app }: CommandContext): Promise<number> {
  const { environments } = await app.environments();
  const { lock } = app.settings.values;
  const locked = new Map((await listLocked(lock)).map((entry) => [entry.name, entry.locked]));
  const venvs = new Map((await listVenvs(lock)).map((entry) => [entry.name, entry.locked]));
  const rows = [...environments.values()].map((environment) => ({
    name: environment.name,
    title: environment.title,
    runtimes: Object.keys(environment.runtimes),
    locked: locked.get(environment.name)?.digest ?? null,
    venv: venvs.get(environment.name)?.digest ?? null,
    executables: environment.executables,
    python: environment.python,
  }));
  if (io.json) io.data(rows);
  else {
    const cells = rows.map((row) => [
      row.name,
      row.runtimes.join(', '),
      [row.locked, row.venv].flatMap((digest) => digest?.slice(0, 12) ?? []).join(', ') || '-',
      row.title,
    ]);
    for (const line of table([['ENVIRONMENT', 'RUNTIMES', 'LOCKED', 'TITLE'], ...cells])) io.line(line);
  }
  return 0;
}
