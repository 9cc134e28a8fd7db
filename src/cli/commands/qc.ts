import type { QualityTable } from '../../report/quality-numbers.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { outFolder } from '../out-folder.js';
import { table } from '../render.js';

export async function run(
  context: CommandContext,
  _args: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io } = context;
  const [{ readRunArtifacts }, { entityColumns, qualityTables, qualityTsv }] = await Promise.all([
    import('../../report/run-artifacts.js'),
    import('../../report/quality-numbers.js'),
  ]);
  const name = typeof options['run'] === 'string' ? options['run'] : undefined;
  const artifacts = await readRunArtifacts(outFolder(context, options), name);
  const tables = qualityTables(artifacts);
  if (io.json) io.data({ run: artifacts.run, tables });
  else if (options['tsv'] === true) for (const each of tables) io.line(qualityTsv(each).trimEnd());
  else if (tables.length === 0) io.line('the pipelines of this run declare no quality numbers');
  else for (const each of tables) show(each, entityColumns(each), io);
  return 0;
}

function show(quality: QualityTable, entities: readonly string[], io: Io): void {
  io.line(`${io.style('bold', `stage ${quality.stage}`)}  ${quality.pipeline}`);
  const head = quality.columns.map(({ name, unit }) =>
    unit === undefined || unit === '' ? name : `${name} (${unit})`,
  );
  const rows = quality.rows.map((row) => [
    ...entities.map((key) => row.entities[key] ?? ''),
    ...quality.columns.map(
      ({ name }) => `${shown(row.values[name])}${row.outside.includes(name) ? ' !' : ''}`,
    ),
  ]);
  for (const line of table([[...entities, ...head], ...rows])) io.line(`  ${line}`);
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

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'n/a';
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value);
}
