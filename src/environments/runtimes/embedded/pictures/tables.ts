import { readFile } from 'node:fs/promises';
import { ToolUsageError } from '../tool.js';
import type { Columns } from './kinds/design-picture.js';
import type { LabelledMatrix } from './kinds/matrix-picture.js';

/** Cells of a table whose columns are parted by tabs, commas or blanks; lines that begin with # are notes. */
async function cellsOf(path: string): Promise<string[][]> {
  const lines = (await readFile(path, 'utf8'))
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const first = lines[0] ?? '';
  const mark = first.includes('\t') ? '\t' : first.includes(',') ? ',' : /\s+/;
  return lines.map((line) => (mark === '\t' ? line : line.trim()).split(mark).map((cell) => cell.trim()));
}

const isNumber = (cell: string): boolean =>
  cell !== '' && (!Number.isNaN(Number(cell)) || /^(n\/a|nan)$/i.test(cell));

/** Columns by their names in the first line; `n/a` is NaN. Columns that hold text are left out. */
export async function readColumns(path: string): Promise<Columns> {
  const [names = [], ...rows] = await cellsOf(path);
  if (rows.length === 0) throw new ToolUsageError('the table has a first line of names and no rows');
  const kept = names.map((_, at) => at).filter((at) => rows.every((row) => isNumber(row[at] ?? '')));
  if (kept.length === 0) throw new ToolUsageError('the table has no column of numbers');
  return {
    names: kept.map((at) => names[at] ?? ''),
    values: kept.map((at) => rows.map((row) => Number(row[at]))),
  };
}

/** Every column as text, by its name in the first line. */
export async function readTextColumns(path: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const [names = [], ...rows] = await cellsOf(path);
  if (rows.length === 0) throw new ToolUsageError('the table has a first line of names and no rows');
  return new Map(names.map((name, at) => [name, rows.map((row) => row[at] ?? '')]));
}

/** A square table of numbers; a first line, or a first column, that is no numbers names the regions. */
export async function readMatrix(path: string): Promise<LabelledMatrix> {
  const cells = await cellsOf(path);
  const named = cells[0]?.slice(1).some((cell) => !isNumber(cell)) === true;
  const body = named ? cells.slice(1) : cells;
  const left = body.some((row) => !isNumber(row[0] ?? '')) || (named && body[0]?.length === body.length + 1);
  const rows = body.map((row) => (left ? row.slice(1) : row).map(Number));
  const wrong = rows.findIndex((row) => row.length !== rows.length);
  if (rows.length === 0 || wrong >= 0)
    throw new ToolUsageError(
      `the matrix has ${rows.length} rows, and row ${wrong + 1} has ${rows[wrong]?.length ?? 0} numbers`,
    );
  const header = named ? (cells[0] ?? []).slice(-rows.length) : undefined;
  const labels = header ?? body.map((row, at) => (left ? (row[0] ?? '') : String(at + 1)));
  return { labels, rows };
}
