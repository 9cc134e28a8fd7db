import { showLocked } from '../../environments/lock/manage-lock.js';
import type { CommandContext } from '../context.js';
import { bytes } from '../render.js';

export async function run({ io, app }: CommandContext, [name = '']: string[]): Promise<number> {
  const locked = await showLocked(app.settings.values.lock, name);
  if (io.json) {
    io.data({ name, ...locked });
    return 0;
  }
  io.line(`${io.style('bold', name)}  ${locked.digest}`);
  io.line(
    `image ${locked.reference}  ${locked.image}  ${bytes(locked.bytes)}  ${locked.platform}  locked ${locked.when}`,
  );
  for (const { argv, text } of locked.smoke) io.line(`  ${argv.join(' ')}: ${text.split('\n')[0] ?? ''}`);
  io.line(`${Object.keys(locked.packages).length} packages (--json lists them)`);
  return 0;
}
