import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { NeuroClawError, fromFileSystem } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';

export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, cwd } = context;
  const [{ readRunArtifacts }, { methodsOf }, { methodsMarkdown }, { bibtex }] = await Promise.all([
    import('../../report/run-artifacts.js'),
    import('../../report/methods.js'),
    import('../../report/methods-markdown.js'),
    import('../../report/bibliography.js'),
  ]);
  if (typeof options['to'] !== 'string')
    throw new NeuroClawError('usage.arguments', 'no folder for the files', { expected: '--to FOLDER' });
  const folder = resolve(cwd, options['to']);
  const methods = methodsOf(await readRunArtifacts(outFolder(context, options), name));
  const files = [join(folder, 'methods.md'), join(folder, 'references.bib')] as const;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(files[0], methodsMarkdown(methods));
    await writeFile(files[1], bibtex(methods.references));
  } catch (error) {
    throw fromFileSystem(error, folder);
  }
  if (io.json) io.data({ run: methods.run, files });
  for (const file of files) io.line(file);
  return 0;
}
