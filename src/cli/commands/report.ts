import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';

export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io } = context;
  const { writeReport } = await import('../../report/write-report.js');
  const written = await writeReport(outFolder(context, options), name);
  if (io.json) io.data(written);
  else io.line(`report of run ${written.run}, ${written.files.length} files: ${written.index}`);
  return 0;
}
