import { resolve } from 'node:path';
import { writeAtomic } from '../../engine/durable.js';
import { reproductionOf } from '../../engine/reproduction/record.js';
import { reproductionScript } from '../../engine/reproduction/script.js';
import { fromFileSystem } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';

export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, cwd } = context;
  const record = await reproductionOf(outFolder(context, options), name);
  if (io.json) io.data(record);
  const script = reproductionScript(record);
  if (typeof options['to'] !== 'string') {
    if (!io.json) io.line(script.trimEnd());
    return 0;
  }
  const file = resolve(cwd, options['to']);
  try {
    await writeAtomic(file, script);
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  io.line(`script written to ${file}`);
  return 0;
}
