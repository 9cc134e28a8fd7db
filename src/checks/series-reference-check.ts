import { z } from 'zod';
import { parseTsv, type Tsv } from '../bids/tsv.js';
import type { Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import { defineCheck, type Check } from './check.js';
import { correlation } from './correlation.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { problem } from './problem.js';

const CHECK = 'series.close';

const tolerance = z
  .strictObject({
    /** Largest difference, in the units of the column. */
    abs: z.number().nonnegative().optional(),
    /** Largest difference as a share of the value of the reference; where both are given, either will do. */
    rel: z.number().positive().optional(),
    /** Lowest Pearson correlation over the rows. */
    r: z.number().min(-1).max(1).optional(),
    /** Lowest and highest slope over the reference, by least squares: what a correlation does not see. */
    slope: z.tuple([z.number(), z.number()]).optional(),
    /** The same words in every row. */
    same: z.boolean().optional(),
  })
  .refine(
    (rule) => Object.values(rule).some((value) => value !== undefined),
    'expected abs, rel, r, slope or same',
  );

/** How far a column is from the reference; `excess` above 1 is too far, whatever the rule. */
interface Distance {
  readonly excess: number;
  readonly said: string | undefined;
  readonly measured: JsonObject;
}

/** Columns of a table against series that are known to be right: a truth, or the result of another tool. By difference or by correlation. */
export const seriesReferenceCheck: Check = defineCheck({
  name: CHECK,
  version: 1,
  catches: 'wrong units, a wrong formula, rows that were dropped or shifted, columns under the wrong name',
  args: z.strictObject({
    /** Role of the reference, a tab-separated table. */
    reference: z.string(),
    /** Column that names the rows; the order counts where absent. */
    key: z.string().optional(),
    /** By column; `*` stands for every column of the reference that has no rule of its own. */
    columns: z.record(z.string(), tolerance),
  }),
  run: async (subject, { reference, key, columns }, facts) => {
    const { path } = subject;
    const own = await tableOf(path, facts);
    const other = await tableOf(pathOf(subject, reference), facts);
    const findings: Finding[] = [...own.findings];
    const say = (message: string, expected: string, field?: string): void =>
      void findings.push(problem(CHECK, path, message, expected, field));
    if (key !== undefined && !own.columns.includes(key)) say(`column ${key} is missing`, key, key);
    const matched = pairRows(own, other, key);
    if (matched.said !== undefined) say(matched.said, `the rows of ${reference}`, key);
    const values: Record<string, JsonObject> = {};
    let excess = 0;
    for (const column of other.columns.filter((name) => name !== key)) {
      const rule = columns[column] ?? columns['*'];
      if (rule === undefined) continue;
      if (!own.columns.includes(column)) {
        say(`column ${column} is missing`, other.columns.join(', '), column);
        continue;
      }
      const pairs = matched.pairs.map(([a, b]): [string, string] => [a[column] ?? '', b[column] ?? '']);
      const distance = distanceOf(pairs, rule);
      values[column] = distance.measured;
      excess = Math.max(excess, Number.isNaN(distance.excess) ? Infinity : distance.excess);
      if (distance.said !== undefined)
        say(`${column} ${distance.said}`, 'what the reference says, within its tolerance', column);
    }
    const rest = findings.length - 8;
    return {
      findings: findings
        .slice(0, 8)
        .map((finding, index) =>
          index === 7 && rest > 0
            ? { ...finding, message: `${finding.message} (and ${rest} more)` }
            : finding,
        ),
      values: {
        rows: matched.pairs.length,
        excess: Number.isFinite(excess) ? excess : null,
        columns: values,
      },
    };
  },
});

async function tableOf(path: string, facts: FileFacts): Promise<Tsv> {
  return parseTsv(await facts.text(path), { file: path });
}

type Row = Readonly<Record<string, string>>;

function pairRows(
  own: Tsv,
  other: Tsv,
  key: string | undefined,
): { pairs: [Row, Row][]; said: string | undefined } {
  if (key === undefined) {
    const said =
      own.rows.length === other.rows.length ? undefined : `${own.rows.length} rows, not ${other.rows.length}`;
    return { pairs: own.rows.slice(0, other.rows.length).map((row, i) => [row, other.rows[i] as Row]), said };
  }
  const known = new Map(own.rows.map((row) => [row[key], row]));
  const pairs: [Row, Row][] = [];
  const missing: string[] = [];
  for (const row of other.rows) {
    const mine = known.get(row[key]);
    if (mine === undefined) missing.push(row[key] ?? '');
    else pairs.push([mine, row]);
  }
  if (missing.length > 0) return { pairs, said: `there is no row ${missing.slice(0, 3).join(', ')}` };
  const more = own.rows.length - other.rows.length;
  return { pairs, said: more === 0 ? undefined : `it has ${more} rows more than expected` };
}

function distanceOf(pairs: readonly [string, string][], rule: z.infer<typeof tolerance>): Distance {
  if (rule.same === true) {
    const wrong = pairs.find(([a, b]) => a !== b);
    const said = wrong === undefined ? undefined : `says ${wrong[0]} and not ${wrong[1]}`;
    return { excess: said === undefined ? 0 : Infinity, said, measured: { same: said === undefined } };
  }
  // `n/a` stands where the reference has it, and nowhere else.
  const numbers = pairs
    .filter(([a, b]) => a !== b || a !== 'n/a')
    .map(([a, b]): [number, number] => [a === '' ? NaN : Number(a), Number(b)]);
  let [largest, share, worst] = [0, 0, 0];
  for (const [a, b] of numbers) {
    const apart = Math.abs(a - b);
    largest = Math.max(largest, apart);
    share = Math.max(share, apart / Math.abs(b));
    if (rule.abs !== undefined || rule.rel !== undefined) {
      const allowed = Math.max(rule.abs ?? 0, (rule.rel ?? 0) * Math.abs(b));
      worst = Math.max(worst, apart === 0 ? 0 : apart / allowed);
    }
  }
  const [own, other] = [numbers.map(([a]) => a), numbers.map(([, b]) => b)];
  const r = rule.r === undefined && rule.slope === undefined ? undefined : correlation(own, other);
  const far = rule.r === undefined ? 0 : (1 - (r as number)) / (1 - rule.r);
  const slope = rule.slope && (r as number) * (spread(own) / spread(other));
  const steep = steepness(slope, rule.slope);
  const excess = Math.max(worst, far, steep);
  const measured = {
    abs: largest,
    rel: share,
    ...(r === undefined ? {} : { r }),
    ...(slope === undefined ? {} : { slope }),
  };
  if (excess <= 1) return { excess, said: undefined, measured };
  const said =
    worst > 1 || r === undefined
      ? `is ${largest.toPrecision(4)} off`
      : far > 1 || slope === undefined
        ? `correlates ${r.toFixed(4)}`
        : `has a slope of ${slope.toPrecision(4)} over the reference`;
  return { excess, said, measured };
}

/** Distance of a slope from 1 as a share of what is allowed on its side. */
function steepness(slope: number | undefined, range: readonly [number, number] | undefined): number {
  if (slope === undefined || range === undefined) return 0;
  return Math.abs(slope - 1) / Math.abs(range[slope > 1 ? 1 : 0] - 1);
}

function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0));
}
