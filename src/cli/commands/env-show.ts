import { listVenvs, showLocked } from '../../environments/lock/manage-lock.js';
import type { CommandContext } from '../context.js';
import { bytes } from '../render.js';

export async function run({ io, app }: CommandContext, [name = '']: string[]): Promise<number> {
  const { lock } = app.settings.values;
  const venv = (await listVenvs(lock)).find((entry) => entry.name === name)?.locked;
  // Where it is locked in neither way, this says so.
  const locked = await showLocked(lock, name).catch((error: unknown) => {
    if (venv === undefined) throw error;
    return undefined;
  });
  if (io.json) {
    io.data({ name, ...locked, ...(venv === undefined ? {} : { venv }) });
    return 0;
  }
  const smoke = (tests: readonly { argv: readonly string[]; text: string }[]): void => {
    for (const { argv, text } of tests) io.line(`  ${argv.join(' ')}: ${text.split('\n')[0] ?? ''}`);
  };
  if (locked !== undefined) {
    io.line(`${io.style('bold', name)}  ${locked.digest}`);
    io.line(
      `image ${locked.reference}  ${locked.image}  ${bytes(locked.bytes)}  ${locked.platform}  locked ${locked.when}`,
    );
    smoke(locked.smoke);
    io.line(`${Object.keys(locked.packages).length} packages (--json lists them)`);
  }
  if (venv !== undefined) {
    io.line(`${io.style('bold', name)}  ${venv.digest}`);
    io.line(
      `${venv.interpreter}  ${bytes(venv.bytes)}  ${venv.platform}  requirements ${venv.requirements.slice(0, 12)}  locked ${venv.when}`,
    );
    smoke(venv.smoke);
    io.line(`${Object.keys(venv.packages).length} Python packages (--json lists them)`);
  }
  return 0;
}
