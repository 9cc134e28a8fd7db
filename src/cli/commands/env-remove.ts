import { removeLocked } from '../../environments/lock/manage-lock.js';
import { connectEngine } from '../../environments/runtimes/docker/engine.js';
import type { CommandContext } from '../context.js';

export async function run({ io, app }: CommandContext, [name = '']: string[]): Promise<number> {
  const removed = await removeLocked(await connectEngine(app.engineHosts()), app.settings.values.lock, name);
  if (io.json) io.data({ removed });
  else for (const what of removed) io.line(`removed ${what}`);
  return 0;
}
