import { approvedStages } from '../../engine/recover.js';
import { findRun, planOfRun } from '../../engine/runs.js';
import type { CommandContext } from '../context.js';
import { execute } from '../execute.js';
import { outFolder } from '../out-folder.js';

export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const out = outFolder(context, options);
  const { run: id, paths } = findRun(out, name);
  const approved = await approvedStages(paths.trace);
  return execute(context, planOfRun(out, paths), options, { run: id, approved });
}
