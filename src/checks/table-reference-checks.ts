import { z } from 'zod';
import { parseTsv } from '../bids/tsv.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { readNumberTable } from './number-table.js';
import { problem } from './problem.js';

const column = z.strictObject({
  /** Largest absolute difference, or share of the right value; texts are compared exactly where neither is given. */
  absolute: z.number().min(0).optional(),
  relative: z.number().min(0).optional(),
});

/** Checks of tables and matrices against ones that are known to be right. */
export const tableReferenceChecks: readonly Check[] = [
  defineCheck({
    name: 'table.close',
    version: 1,
    catches: 'a table whose values stand in other rows or columns, have other units, or are of other voxels',
    args: z.strictObject({
      reference: z.string(),
      /** Columns that name a row. */
      key: z.array(z.string()).min(1),
      columns: z.record(z.string(), column),
    }),
    run: async (subject, { reference, key, columns }, facts) => {
      const check = 'table.close';
      const { path } = subject;
      const read = async (file: string): Promise<ReturnType<typeof parseTsv>> => {
        const text = await facts.text(file);
        const [head = ''] = text.split('\n', 1);
        // Comma-separated without quotes: what numbers and labels need.
        return parseTsv(head.includes('\t') ? text : text.replaceAll(',', '\t'), { file });
      };
      const own = await read(path);
      const known = await read(pathOf(subject, reference));
      const findings: Finding[] = [...own.findings];
      const say = (message: string, expected: string): void =>
        void findings.push(problem(check, path, message, expected));
      const names = [...key, ...Object.keys(columns)];
      const missing = names.filter((name) => !own.columns.includes(name));
      if (missing.length > 0) {
        say(`column ${missing.join(', ')} is missing`, names.join(', '));
        return { findings };
      }
      const idOf = (row: Readonly<Record<string, string>>): string =>
        key.map((name) => plain(row[name] ?? '')).join(' ');
      const rows = new Map(own.rows.map((row) => [idOf(row), row]));
      if (rows.size !== own.rows.length) say('a row is there twice', `one for each ${key.join(', ')}`);
      if (own.rows.length !== known.rows.length) say(`${own.rows.length} rows`, `${known.rows.length} rows`);
      let wrong = 0;
      for (const row of known.rows) {
        const id = idOf(row);
        const mine = rows.get(id);
        if (mine === undefined) {
          say(`row ${id} is missing`, 'every row of the reference');
          continue;
        }
        for (const [name, limits] of Object.entries(columns)) {
          const [value = '', right = ''] = [mine[name], row[name]];
          if (near(value, right, limits)) continue;
          wrong += 1;
          if (findings.length < 8) say(`${name} of ${id} is ${value}`, right);
        }
      }
      if (wrong > 0 && findings.length === 0) say(`${wrong} values are wrong`, 'those of the reference');
      return { findings, values: { rows: own.rows.length, wrong } };
    },
  }),
  defineCheck({
    name: 'matrix.close',
    version: 1,
    catches: 'a connectome that was mirrored, scaled, counted with other ends, or of which half is missing',
    args: z.strictObject({
      reference: z.string(),
      absolute: z.number().min(0).default(0),
      relative: z.number().min(0).default(0),
      /** A matrix with the upper triangle alone, with or without the diagonal, is the same as its symmetric twin. */
      triangle_allowed: z.boolean().default(false),
    }),
    run: async (subject, { reference, absolute, relative, triangle_allowed }, facts) => {
      const check = 'matrix.close';
      const { path } = subject;
      const own = readNumberTable(await facts.text(path), path, check);
      const place = pathOf(subject, reference);
      const known = readNumberTable(await facts.text(place), place, check);
      const findings = [...own.findings];
      const say = (message: string, expected: string): void =>
        void findings.push(problem(check, path, message, expected));
      const sizes = (rows: readonly (readonly number[])[]): string => rows.map((row) => row.length).join(' ');
      if (sizes(own.rows) !== sizes(known.rows)) {
        say(
          `${own.rows.length} rows of ${own.rows[0]?.length ?? 0}`,
          `${known.rows.length} rows of ${known.rows[0]?.length ?? 0}`,
        );
        return { findings };
      }
      const lower = (rows: readonly (readonly number[])[]): boolean =>
        rows.every((row, i) => row.every((value, j) => j >= i || value === 0));
      const full = (rows: readonly (readonly number[])[]): readonly (readonly number[])[] =>
        triangle_allowed && lower(rows)
          ? rows.map((row, i) => row.map((value, j) => (j < i ? (rows[j]?.[i] ?? NaN) : value)))
          : rows;
      const [a, b] = [full(own.rows), full(known.rows)];
      let [worst, count] = [0, 0];
      for (const [i, row] of b.entries())
        for (const [j, right] of row.entries()) {
          const difference = Math.abs((a[i]?.[j] ?? NaN) - right);
          worst = Math.max(worst, difference);
          if (difference <= absolute + relative * Math.abs(right)) continue;
          count += 1;
          if (count <= 3) say(`row ${i + 1}, column ${j + 1} is ${a[i]?.[j]}`, String(right));
        }
      return { findings, values: { worst, wrong: count } };
    },
  }),
];

function near(value: string, right: string, { absolute, relative }: z.infer<typeof column>): boolean {
  if (right === 'n/a' || (absolute === undefined && relative === undefined))
    return plain(value) === plain(right);
  if (!/^[+-]?(\d|\.\d)/.test(value)) return false;
  return (
    Math.abs(Number(value) - Number(right)) <= (absolute ?? 0) + (relative ?? 0) * Math.abs(Number(right))
  );
}

/** 2, 2.0 and 2.00 name the same row. */
function plain(value: string): string {
  return /^[+-]?\d+(\.\d+)?$/.test(value) ? String(Number(value)) : value;
}
