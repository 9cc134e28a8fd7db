import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';

export async function run(
  context: CommandContext,
  _args: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io } = context;
  const [{ readRunArtifacts }, { methodsOf }, { bibtex }] = await Promise.all([
    import('../../report/run-artifacts.js'),
    import('../../report/methods.js'),
    import('../../report/bibliography.js'),
  ]);
  const name = typeof options['run'] === 'string' ? options['run'] : undefined;
  const methods = methodsOf(await readRunArtifacts(outFolder(context, options), name));
  if (io.json) io.data({ ...methods, bibtex: bibtex(methods.references) });
  else if (options['bibtex'] === true) io.line(bibtex(methods.references).trimEnd());
  else {
    for (const { text } of methods.stages) io.line(`${text}\n`);
    for (const { number, text, doi } of methods.references)
      io.line(`[${number}] ${text}${doi === undefined ? '' : ` https://doi.org/${doi}`}`);
  }
  return 0;
}
