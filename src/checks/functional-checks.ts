import { z } from 'zod';
import { parseTsv } from '../bids/tsv.js';
import { volumesOf } from '../imaging/nifti-header.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';

/** Of entries of a correlation matrix, which are written with the digits of float64. */
const TOLERANCE = 1e-9;

/** Checks of time series of regions and of matrices over them: tables with one named column a region. */
export const functionalChecks: readonly Check[] = [
  defineCheck({
    name: 'timeseries.complete',
    version: 1,
    catches:
      'time series that lost volumes, hold gaps, or stand still because their region lies outside the image',
    args: z.strictObject({
      /** Role of the run. */
      image: z.string(),
    }),
    run: async (subject, { image }, facts) => {
      const { path } = subject;
      const { names, rows, findings } = numbersOf('timeseries.complete', await facts.text(path), path);
      const volumes = volumesOf(await facts.header(pathOf(subject, image)));
      const say = (message: string, expected: string, field?: string): void =>
        void findings.push(problem('timeseries.complete', path, message, expected, field));
      if (rows.length !== volumes) say(`${rows.length} rows`, `${volumes}, one a volume`);
      for (const [column, name] of names.entries()) {
        const values = rows.map((row) => row[column] ?? NaN);
        if (values.length > 0 && values.every((value) => value === values[0]))
          say(`${name} is ${values[0]} in every volume`, 'a series that changes', name);
      }
      return { findings, values: { regions: names.length, volumes: rows.length } };
    },
  }),
  defineCheck({
    name: 'correlation.matrix',
    version: 1,
    catches:
      'a matrix that lost its symmetry or its names, or whose entries are no correlations of the series it was made from',
    args: z.strictObject({
      /** Role of the time series. */
      timeseries: z.string(),
    }),
    run: async (subject, { timeseries }, facts) => {
      const { path, params } = subject;
      const check = 'correlation.matrix';
      const { names, rows, findings } = numbersOf(check, await facts.text(path), path);
      const source = pathOf(subject, timeseries);
      const series = numbersOf(check, await facts.text(source), source);
      const say = (message: string, expected: string): void =>
        void findings.push(problem(check, path, message, expected));
      if (names.join('\t') !== series.names.join('\t'))
        say(`the regions are ${names.join(', ')}`, series.names.join(', '));
      if (rows.length !== names.length) say(`${rows.length} rows and ${names.length} columns`, 'a square');
      if (findings.length > 0) return { findings };

      const at = (row: number, column: number): number => rows[row]?.[column] ?? NaN;
      const pairs = rows.flatMap((_, row) =>
        names.slice(0, row).map((_name, column) => [row, column] as const),
      );
      const askew = pairs.find(([row, column]) => Math.abs(at(row, column) - at(column, row)) > TOLERANCE);
      if (askew !== undefined)
        say(`${names[askew[0]]} with ${names[askew[1]]} is not what it is the other way round`, 'symmetry');
      const isCorrelation = params['kind'] === 'pearson' || params['kind'] === 'partial';
      const fisher = params['fisher_z'] === true;
      if (!isCorrelation) return { findings };
      const diagonal = fisher ? 0 : 1;
      const off = rows.findIndex((_, row) => Math.abs(at(row, row) - diagonal) > TOLERANCE);
      if (off >= 0) say(`${names[off]} with itself is ${at(off, off)}`, String(diagonal));
      const beyond = fisher ? undefined : rows.flat().find((value) => Math.abs(value) > 1 + TOLERANCE);
      if (beyond !== undefined) say(`an entry is ${beyond}`, '-1 to 1');
      // Partial correlations depend on the estimator; Pearson's are computed here a second time.
      if (params['kind'] !== 'pearson' || params['estimator'] === 'ledoit-wolf') return { findings };
      const wrong = pairs.find(([row, column]) => {
        const said = fisher ? Math.tanh(at(row, column)) : at(row, column);
        return !(Math.abs(said - pearson(series.rows, row, column)) <= 1e-6);
      });
      if (wrong !== undefined) {
        const [row, column] = wrong;
        const due = pearson(series.rows, row, column).toFixed(4);
        say(
          `${names[row]} with ${names[column]} is ${at(row, column).toFixed(4)}`,
          `their correlation, ${due}`,
        );
      }
      return { findings };
    },
  }),
];

/** A table of finite numbers with a header of names. */
function numbersOf(
  check: string,
  text: string,
  path: string,
): { names: readonly string[]; rows: number[][]; findings: Finding[] } {
  const table = parseTsv(text, { file: path });
  const findings = [...table.findings];
  const rows = table.rows.map((row) => table.columns.map((name) => Number(row[name])));
  const bad = rows.findIndex((row) => row.some((value) => !Number.isFinite(value)));
  if (bad >= 0) {
    const column = table.columns.find((name) => !Number.isFinite(Number(table.rows[bad]?.[name]))) ?? '';
    const said = JSON.stringify(table.rows[bad]?.[column]);
    findings.push(problem(check, path, `row ${bad + 1} of ${column} is ${said}`, 'a finite number', column));
  }
  if (rows.length === 0) findings.push(problem(check, path, 'the table has no rows', 'numbers'));
  return { names: table.columns, rows, findings };
}

function pearson(rows: readonly (readonly number[])[], a: number, b: number): number {
  const mean = (column: number): number =>
    rows.reduce((sum, row) => sum + (row[column] ?? NaN), 0) / rows.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const row of rows) {
    const [u, v] = [(row[a] ?? NaN) - meanA, (row[b] ?? NaN) - meanB];
    ab += u * v;
    aa += u * u;
    bb += v * v;
  }
  return ab / Math.sqrt(aa * bb);
}
