import { z } from 'zod';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check, type CheckSubject } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { readNumberTable } from './number-table.js';
import { problem } from './problem.js';
import { isMif } from './space.js';

/** Checks of connectomes: matrices of numbers without column names, as MRtrix3 writes them. */
export const connectomeChecks: readonly Check[] = [
  defineCheck({
    name: 'matrix.square',
    version: 1,
    catches:
      'a connectome that is cut, has another number of regions than its parcellation, or lost its symmetry',
    args: z.strictObject({
      symmetric: z.boolean().default(false),
      /** Whole numbers from 0: counts of streamlines. */
      integers: z.boolean().default(false),
      /** Role of a parcellation: as many rows as its highest label. */
      size_from: z.string().optional(),
    }),
    run: (subject, args, facts) => checkMatrix('matrix.square', subject, args, facts),
  }),
  defineCheck({
    name: 'connectome.shape',
    version: 1,
    catches: 'a connectome with another number of regions than its parcellation',
    args: z.strictObject({
      /** Role of the parcellation. */
      nodes: z.string(),
    }),
    run: async (subject, { nodes }, facts) => {
      const symmetric = subject.params['symmetric'] === true;
      const args = { symmetric, integers: false, size_from: nodes };
      return checkMatrix('connectome.shape', subject, args, facts);
    },
  }),
  defineCheck({
    name: 'connectome.assignments',
    version: 1,
    catches:
      'assignments that are not one pair of regions per streamline, so that no edge can be traced back',
    args: z.strictObject({
      /** Role of the tractogram. */
      tracks: z.string(),
    }),
    run: async (subject, { tracks }, facts) => {
      const table = readNumberTable(await facts.text(subject.path), subject.path, 'connectome.assignments');
      const findings = [...table.findings];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('connectome.assignments', subject.path, message, expected));
      const bad = table.rows.findIndex(
        (row) => row.length !== 2 || row.some((label) => !Number.isInteger(label) || label < 0),
      );
      if (bad >= 0) say(`row ${bad + 1} is ${table.rows[bad]?.join(' ')}`, 'two labels, 0 for none');
      const { streamlines } = await facts.tracts(pathOf(subject, tracks));
      if (table.rows.length !== streamlines)
        say(`${table.rows.length} rows for ${streamlines} streamlines`, `${streamlines} rows`);
      const assigned = table.rows.filter(([a = 0, b = 0]) => a > 0 && b > 0).length;
      if (assigned === 0 && streamlines > 0)
        findings.push({
          ...problem(
            'connectome.assignments',
            subject.path,
            `none of ${streamlines} streamlines joins two regions`,
            'streamlines that end in regions',
          ),
          suggestion: 'see whether the parcellation lies in the space of the diffusion series',
        });
      return { findings, values: { streamlines: table.rows.length, assigned } };
    },
  }),
  defineCheck({
    name: 'connectome.table',
    version: 1,
    catches:
      'a connectome whose rows and columns have other names, or whose values are not those of its matrix',
    args: z.strictObject({
      /** Role of the matrix without names. */
      matrix: z.string(),
    }),
    run: async (subject, { matrix }, facts) => {
      const check = 'connectome.table';
      const say = (message: string, expected: string): { findings: Finding[] } => ({
        findings: [problem(check, subject.path, message, expected)],
      });
      const lines = (await facts.text(subject.path))
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t'));
      const [[, ...columns] = [], ...rows] = lines;
      const names = rows.map(([name = '']) => name);
      const path = pathOf(subject, matrix);
      const table = readNumberTable(await facts.text(path), path, check);
      if (table.findings.length > 0) return { findings: table.findings };
      if (names.length !== table.rows.length)
        return say(`${names.length} rows`, `${table.rows.length}, one for each row of the matrix`);
      const odd = names.findIndex((name, at) => name !== columns[at]);
      if (odd >= 0 || columns.length !== names.length)
        return say(
          `row ${odd + 1} is ${names[odd]}, its column ${columns[odd]}`,
          'the same names in one order',
        );
      const empty = names.findIndex((name) => name.trim() === '');
      if (empty >= 0) return say(`region ${empty + 1} has no name`, 'a name for each');
      const wrong = rows.findIndex(([, ...row], at) =>
        row.some((value, column) => Number(value) !== table.rows[at]?.[column]),
      );
      if (wrong >= 0) return say(`row ${wrong + 1} differs from the matrix`, 'the values of the matrix');
      return { findings: [], values: { regions: names.length } };
    },
  }),
  defineCheck({
    name: 'numbers.range',
    version: 1,
    catches: 'a list of numbers with words, infinite values or values the quantity cannot have in it',
    args: z
      .strictObject({ minimum: z.number().optional(), maximum: z.number().optional() })
      .refine(
        ({ minimum = -Infinity, maximum = Infinity }) => minimum <= maximum,
        'minimum is above maximum',
      ),
    run: async ({ path }, { minimum = -Infinity, maximum = Infinity }, facts) => {
      const { rows, findings } = readNumberTable(await facts.text(path), path, 'numbers.range');
      const numbers = rows.flat();
      if (numbers.length === 0) findings.push(problem('numbers.range', path, 'no number', 'at least one'));
      const bad = numbers.filter((value) => Number.isFinite(value) && (value < minimum || value > maximum));
      if (bad.length > 0) {
        const expected = maximum === Infinity ? `at least ${minimum}` : `${minimum} to ${maximum}`;
        const message = `${bad.length} of ${numbers.length} numbers are out of range; the first is ${bad[0]}`;
        findings.push(problem('numbers.range', path, message, expected));
      }
      return { findings, values: { numbers: numbers.length } };
    },
  }),
];

async function checkMatrix(
  check: string,
  subject: CheckSubject,
  args: { readonly symmetric: boolean; readonly integers: boolean; readonly size_from?: string | undefined },
  facts: FileFacts,
): Promise<{ findings: Finding[]; values: { rows: number; sum: number } }> {
  const { path } = subject;
  const table = readNumberTable(await facts.text(path), path, check);
  const { rows } = table;
  const findings = [...table.findings];
  const say = (message: string, expected: string): void =>
    void findings.push(problem(check, path, message, expected));
  const size = rows.length;
  if (size === 0) say('no row', 'a matrix');
  const ragged = rows.findIndex((row) => row.length !== size);
  if (ragged >= 0) say(`row ${ragged + 1} of ${size} has ${rows[ragged]?.length} numbers`, `${size} numbers`);
  if (args.size_from !== undefined) {
    const nodes = pathOf(subject, args.size_from);
    const regions = (await (isMif(nodes) ? facts.scanMif(nodes) : facts.scan(nodes))).maximum ?? 0;
    if (regions !== size)
      say(
        `${size} rows, but ${args.size_from} has labels up to ${regions}`,
        `${regions} rows, one per region`,
      );
  }
  if (ragged < 0 && args.symmetric) {
    const odd = rows.findIndex((row, i) => row.some((value, j) => !sameEdge(value, rows[j]?.[i] ?? NaN)));
    if (odd >= 0) say(`row ${odd + 1} differs from column ${odd + 1}`, 'a symmetric matrix');
  }
  if (args.integers) {
    const bad = rows.flat().find((value) => !Number.isInteger(value) || value < 0);
    if (bad !== undefined) say(`${bad} is no count`, 'whole numbers from 0');
  }
  const sum = rows.flat().reduce((total, value) => total + (Number.isFinite(value) ? value : 0), 0);
  return { findings, values: { rows: size, sum } };
}

/** Six digits are what MRtrix3 writes. */
function sameEdge(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-5 * Math.max(Math.abs(a), Math.abs(b));
}
