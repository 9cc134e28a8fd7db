import { z } from 'zod';
import { parseTsv, type Tsv } from '../bids/tsv.js';
import { walkFif } from '../imaging/fif.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';

type Row = Tsv['rows'][number];

const none = z.strictObject({});

/** uV. Averages of trials lie far below; values in V would be far below the lower one. */
const WAVE_UV = [0.01, 1000] as const;

/** Checks of the tables that electrophysiology ends in, and of FIF files of any content. */
export const electrophysiologyTableChecks: readonly Check[] = [
  defineCheck({
    name: 'fif.valid',
    version: 1,
    catches: 'a FIF file that is cut, empty or something else',
    args: none,
    run: async ({ path }) => ({ findings: [], values: { tags: await walkFif(path) } }),
  }),
  defineCheck({
    name: 'erp.waves',
    version: 1,
    catches:
      'averages in volts, times that do not rise, a difference of conditions taken the wrong way round',
    args: none,
    run: async ({ path }, _args, facts) => {
      const table = parseTsv(await facts.text(path), { file: path });
      const findings: Finding[] = [...table.findings];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('erp.waves', path, message, expected));
      const channels = table.columns.filter((column) => column !== 'condition' && column !== 'time_s');
      const conditions = new Map<string, Row[]>();
      for (const row of table.rows) {
        const name = row['condition'] ?? '';
        conditions.set(name, [...(conditions.get(name) ?? []), row]);
      }
      let largest = 0;
      for (const [name, rows] of conditions) {
        const times = rows.map((row) => Number(row['time_s']));
        if (times.some((t, i) => i > 0 && !(t > (times[i - 1] ?? NaN))))
          say(`the times of ${name} do not rise`, 'one row a sample');
        for (const row of rows)
          for (const channel of channels) largest = Math.max(largest, Math.abs(Number(row[channel])));
        const pair = pairOf(name, conditions);
        if (pair === undefined) continue;
        const off = rows.findIndex((row, i) =>
          channels.some((channel) => {
            const [a, b] = pair.map((each) => Number(conditions.get(each)?.[i]?.[channel])) as [
              number,
              number,
            ];
            return !(Math.abs(Number(row[channel]) - (a - b)) <= 1e-4 * (Math.abs(a) + Math.abs(b)) + 1e-6);
          }),
        );
        if (off >= 0)
          say(`${name} is not ${pair[0]} minus ${pair[1]}`, 'the first condition less the second');
      }
      if (!(largest > WAVE_UV[0] && largest < WAVE_UV[1]))
        say(`the largest amplitude is ${largest.toPrecision(3)} uV`, `${WAVE_UV[0]} to ${WAVE_UV[1]} uV`);
      return { findings, values: { conditions: conditions.size, largest_uv: largest } };
    },
  }),
  defineCheck({
    name: 'spectrum.bands',
    version: 1,
    catches:
      'power of bands that is no integral of the spectrum: other edges, a sum without the step, relative to another total',
    args: z.strictObject({
      /** Output with the spectrum. */
      psd: z.string(),
    }),
    run: async (subject, { psd }, facts) => {
      const { path } = subject;
      const source = pathOf(subject, psd);
      const spectrum = parseTsv(await facts.text(source), { file: source });
      const frequency = spectrum.rows.map((row) => Number(row['frequency_hz']));
      const table = parseTsv(await facts.text(path), { file: path });
      const findings: Finding[] = [];
      for (const row of table.rows) {
        const name = row['channel'] ?? '';
        const density = spectrum.rows.map((each) => Number(each[name]));
        const power = integral(frequency, density, Number(row['low_hz']), Number(row['high_hz']));
        const total = integral(frequency, density, frequency[0] ?? 0, frequency.at(-1) ?? 0);
        const near = (a: number, b: number): boolean => Math.abs(a - b) <= 0.01 * Math.abs(b) + 1e-9;
        const [has, relative] = [Number(row['power_uv2']), Number(row['relative'])];
        const where = `${row['band']} of ${name}`;
        if (!near(has, power))
          findings.push(
            problem('spectrum.bands', path, `${where} is ${has} uV2`, `${power.toPrecision(5)} uV2`),
          );
        // The total may begin or end between two frequencies.
        else if (Math.abs(relative - power / total) > 0.02)
          findings.push(
            problem(
              'spectrum.bands',
              path,
              `${where} is ${relative} of the total`,
              (power / total).toPrecision(4),
            ),
          );
      }
      return { findings: findings.slice(0, 8), values: { rows: table.rows.length } };
    },
  }),
  defineCheck({
    name: 'connectivity.matrix',
    version: 1,
    catches:
      'a matrix of coupling that is not symmetric, beyond 0 to 1, or whose rows and columns are named differently',
    args: none,
    run: async ({ path }, _args, facts) => {
      const table = parseTsv(await facts.text(path), { file: path });
      const findings: Finding[] = [...table.findings];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('connectivity.matrix', path, message, expected));
      const [, ...names] = table.columns;
      const rows = table.rows.map((row) => row['channel'] ?? '');
      if (rows.join('\t') !== names.join('\t'))
        say('rows and columns are other channels', 'the same, in order');
      const value = (i: number, j: number): number => Number(table.rows[i]?.[names[j] ?? '']);
      for (let i = 0; i < names.length && findings.length === 0; i += 1)
        for (let j = 0; j <= i && findings.length === 0; j += 1) {
          const [a, b] = [value(i, j), value(j, i)];
          if (!(a >= 0 && a <= 1.000001)) say(`${names[i]}, ${names[j]} is ${a}`, '0 to 1');
          else if (Math.abs(a - b) > 1e-6) say(`${names[i]}, ${names[j]} is ${a} and ${b}`, 'the same');
        }
      return { findings, values: { channels: names.length } };
    },
  }),
];

/** The two conditions of a difference `A-B`; their names may hold the sign themselves. */
function pairOf(name: string, conditions: ReadonlyMap<string, unknown>): [string, string] | undefined {
  const parts = name.split('-');
  for (let k = 1; k < parts.length; k += 1) {
    const [a, b] = [parts.slice(0, k).join('-'), parts.slice(k).join('-')];
    if (conditions.has(a) && conditions.has(b)) return [a, b];
  }
  return undefined;
}

/** Trapezoids from `low` to `high`, with values between two points interpolated. */
function integral(x: readonly number[], y: readonly number[], low: number, high: number): number {
  const at = (value: number): number => {
    const next = x.findIndex((each) => each >= value);
    if (next <= 0) return y[next < 0 ? y.length - 1 : 0] ?? 0;
    const [x0, x1, y0, y1] = [x[next - 1] ?? 0, x[next] ?? 0, y[next - 1] ?? 0, y[next] ?? 0];
    return y0 + ((y1 - y0) * (value - x0)) / (x1 - x0);
  };
  const inner = x.flatMap((value, i) => (value > low && value < high ? [[value, y[i] ?? 0] as const] : []));
  const points = [[low, at(low)] as const, ...inner, [high, at(high)] as const];
  return points
    .slice(1)
    .reduce((sum, [xi, yi], i) => sum + ((xi - (points[i]?.[0] ?? 0)) * (yi + (points[i]?.[1] ?? 0))) / 2, 0);
}
