import type { QualityTable } from '../../report/quality-numbers.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { outFolder } from '../out-folder.js';
import { showTable } from '../show-reply.js';

export async function run(
  context: CommandContext,
  _args: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io } = context;
  const [{ readRunArtifacts }, { qualityTables, qualityTsv }] = await Promise.all([
    import('../../report/run-artifacts.js'),
    import('../../report/quality-numbers.js'),
  ]);
  const name = typeof options['run'] === 'string' ? options['run'] : undefined;
  const artifacts = await readRunArtifacts(outFolder(context, options), name);
  const tables = qualityTables(artifacts);
  if (io.json) io.data({ run: artifacts.run, tables });
  else if (options['tsv'] === true) for (const each of tables) io.line(qualityTsv(each).trimEnd());
  else if (tables.length === 0) io.line('the pipelines of this run declare no quality numbers');
  else for (const each of tables) show(each, io);
  return 0;
}

function show(quality: QualityTable, io: Io): void {
  showTable(quality, io);
  for (const { name, about, expected } of quality.columns) {
    const { minimum, maximum } = expected ?? {};
    const range = [
      ...(minimum === undefined ? [] : [`at least ${minimum}`]),
      ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    ].join(', ');
    io.line(
      io.style('dim', `  ${name}: ${about}${range === '' ? '' : ` (expected ${range}; ! is outside)`}`),
    );
  }
}
