import { z } from 'zod';
import { parseTsv } from '../bids/tsv.js';
import { defineCheck, type Check } from './check.js';
import { problem } from './problem.js';

/** Checks of tab-separated tables as BIDS writes them. */
export const tableChecks: readonly Check[] = [
  defineCheck({
    name: 'tsv.columns',
    version: 1,
    catches: 'a table without the columns its readers need, without rows, or with ragged rows',
    args: z.strictObject({
      required: z.array(z.string()).min(1),
      min_rows: z.number().int().min(0).default(0),
    }),
    run: async ({ path }, { required, min_rows }, facts) => {
      const table = parseTsv(await facts.text(path), { file: path });
      const findings = [...table.findings];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('tsv.columns', path, message, expected));
      const missing = required.filter((column) => !table.columns.includes(column));
      if (missing.length > 0) say(`column ${missing.join(', ')} is missing`, required.join(', '));
      if (table.rows.length < min_rows) say(`${table.rows.length} rows`, `at least ${min_rows} rows`);
      return { findings, values: { rows: table.rows.length } };
    },
  }),
  defineCheck({
    name: 'tsv.numeric',
    version: 2,
    catches: 'words where numbers are due (a tool that wrote an error into its table)',
    args: z.strictObject({ columns: z.array(z.string()).min(1) }),
    run: async ({ path }, { columns }, facts) => {
      const table = parseTsv(await facts.text(path), { file: path });
      const findings = [...table.findings];
      for (const column of columns) {
        if (!table.columns.includes(column)) {
          findings.push(problem('tsv.numeric', path, `column ${column} is missing`, column, column));
          continue;
        }
        const values = table.rows.map((row) => row[column] ?? '');
        const bad = values.filter((value) => !isNumber(value));
        if (bad.length === 0) continue;
        const message = `${bad.length} values are no numbers; the first is ${JSON.stringify(bad[0])}`;
        findings.push(problem('tsv.numeric', path, message, 'numbers, or n/a', column));
      }
      return { findings };
    },
  }),
  defineCheck({
    name: 'tsv.range',
    version: 1,
    catches: 'values that the quantity of a column cannot have: wrong units, a probability above 1',
    args: z.strictObject({
      columns: z.record(
        z.string(),
        z
          .strictObject({ min: z.number().optional(), max: z.number().optional() })
          .refine(({ min = -Infinity, max = Infinity }) => min <= max, 'min is above max'),
      ),
    }),
    run: async ({ path }, { columns }, facts) => {
      const table = parseTsv(await facts.text(path), { file: path });
      const findings = [...table.findings];
      for (const [column, { min = -Infinity, max = Infinity }] of Object.entries(columns)) {
        if (!table.columns.includes(column)) {
          findings.push(problem('tsv.range', path, `column ${column} is missing`, column, column));
          continue;
        }
        const values = table.rows.map((row) => row[column] ?? '').filter((value) => value !== 'n/a');
        const bad = values.filter((value) => !isNumber(value) || Number(value) < min || Number(value) > max);
        if (bad.length === 0) continue;
        const message = `${bad.length} values are out of range; the first is ${JSON.stringify(bad[0])}`;
        findings.push(problem('tsv.range', path, message, `numbers from ${min} to ${max}, or n/a`, column));
      }
      return { findings };
    },
  }),
];

function isNumber(value: string): boolean {
  return value === 'n/a' || /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);
}
