import { cancelRun } from '../../engine/cancel.js';
import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';

export async function run(
  context: CommandContext,
  _args: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const holder = await cancelRun(outFolder(context, options));
  if (context.io.json) context.io.data({ cancelled: true, pid: holder.pid });
  else
    context.io.line(`process ${holder.pid} has stopped its jobs and ended; \`neuroclaw resume\` continues`);
  return 0;
}
