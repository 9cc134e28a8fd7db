import { z } from 'zod';
import { determinant3 } from '../imaging/jacobian.js';
import { readMgh } from '../imaging/mgh.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { checkSurface, readStats, thicknessFindings, volumeFindings } from './freesurfer-measures.js';
import { freesurferSubject } from './freesurfer-subject.js';
import { problem } from './problem.js';

const none = z.strictObject({});
/** Checks of what FreeSurfer writes: subject folders, surfaces, statistics, images in its own format. */
export const freesurferChecks: readonly Check[] = [
  freesurferSubject,
  defineCheck({
    name: 'freesurfer.stats',
    version: 1,
    catches:
      'statistics of regions that are cut, hold words for numbers, or volumes and thicknesses that no brain has',
    args: none,
    run: async ({ path }, _args, facts) => {
      const stats = await readStats(path, facts);
      const values: Record<string, number> = { rows: stats.rows.length };
      const findings = stats.columns.includes('ThickAvg')
        ? thicknessFindings(stats, path)
        : volumeFindings(stats, path, values);
      if (stats.rows.length === 0)
        findings.push(problem('freesurfer.stats', path, 'no row', 'a row for each structure'));
      return { findings, values };
    },
  }),
  defineCheck({
    name: 'freesurfer.table',
    version: 2,
    catches:
      'a table over participants with somebody missing or twice, cells missing, words for numbers, or nothing but 0',
    args: z.strictObject({ min_columns: z.number().int().min(1).default(2) }),
    run: async ({ path, params }, { min_columns }, facts) => {
      const lines = (await facts.text(path)).split(/\r?\n/).filter((line) => line.trim() !== '');
      const [header = [], ...rows] = lines.map((line) =>
        line.split(/\t|,|\s+/).filter((word) => word !== ''),
      );
      const findings: Finding[] = [];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('freesurfer.table', path, message, expected));
      if (rows.length === 0) say('no row', 'a row for each participant');
      if (header.length <= min_columns) say(`${header.length} columns`, `more than ${min_columns}`);
      const { subjects } = params;
      if (Array.isArray(subjects) && params['transpose'] !== true && params['skip_missing'] !== true) {
        const names = rows.map(([name = '']) => name.split('/').at(-1));
        const wrong = subjects.find((name) => names.filter((each) => each === name).length !== 1);
        if (wrong !== undefined || rows.length !== subjects.length)
          say(
            `${rows.length} rows for ${subjects.length} subjects${wrong === undefined ? '' : `, and not one of ${String(wrong)}`}`,
            'a row for each subject',
          );
      }
      for (const row of rows) {
        const bad = row.slice(1).find((word) => !Number.isFinite(Number(word)));
        if (row.length !== header.length) say(`${row[0]} has ${row.length} cells`, `${header.length}`);
        else if (bad !== undefined) say(`${row[0]} has ${JSON.stringify(bad)}`, 'numbers');
      }
      if (rows.length > 0 && rows.every((row) => row.slice(1).every((word) => Number(word) === 0)))
        say('every number is 0', 'measures');
      return { findings, values: { participants: rows.length, measures: Math.max(0, header.length - 1) } };
    },
  }),
  defineCheck({
    name: 'freesurfer.surface',
    version: 1,
    catches: 'a surface with holes, handles or open edges, or of another size than a cortex',
    args: none,
    run: async ({ path }) => {
      const findings: Finding[] = [];
      const values = await checkSurface(path, findings);
      return { findings, values };
    },
  }),
  defineCheck({
    name: 'mgh.readable',
    version: 1,
    catches: 'an image of FreeSurfer that is cut, empty, of one value, or full of values that are no numbers',
    args: z.strictObject({
      labels: z.boolean().default(false),
      min: z.number().optional(),
      max: z.number().optional(),
    }),
    run: async ({ path }, { labels, min = -Infinity, max = Infinity }) => {
      const { header, voxels } = await readMgh(path);
      const findings: Finding[] = [];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('mgh.readable', path, message, expected));
      let [low, high, odd] = [Infinity, -Infinity, 0];
      for (const value of voxels) {
        if (!Number.isFinite(value)) odd += 1;
        else {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
        if (labels && !Number.isInteger(value)) odd += 1;
      }
      if (odd > 0)
        say(`${odd} values are no ${labels ? 'labels' : 'numbers'}`, labels ? 'whole numbers' : 'finite');
      if (!(high > low)) say(`every value is ${low}`, 'more than one value');
      else if (low < min || high > max) say(`values from ${low} to ${high}`, `${min} to ${max}`);
      return { findings, values: { dims: [...header.dims], minimum: low, maximum: high } };
    },
  }),
  defineCheck({
    name: 'transform.lta',
    version: 1,
    catches: 'a registration that mirrors, collapses or blows up the image, or whose file is cut',
    args: z.strictObject({ rigid: z.boolean().default(false), max_scale: z.number().min(1).default(3) }),
    run: async ({ path }, { rigid, max_scale }, facts) => {
      const check = 'transform.lta';
      const lines = (await facts.text(path)).split(/\r?\n/).map((line) => line.trim());
      const at = lines.findIndex((line) => /^1\s+4\s+4$/.test(line));
      const rows = lines
        .slice(at + 1, at + 5)
        .map((line) => line.split(/\s+/).map(Number))
        .filter((row) => row.length === 4 && row.every(Number.isFinite));
      if (at < 0 || rows.length !== 4)
        return { findings: [problem(check, path, 'no matrix of 4x4 numbers', '`1 4 4` and four rows')] };
      const findings: Finding[] = [];
      const [a = [], b = [], c = []] = rows;
      const determinant = determinant3([...a.slice(0, 3), ...b.slice(0, 3), ...c.slice(0, 3)]);
      if (determinant <= 0)
        findings.push(problem(check, path, `its determinant is ${determinant}`, 'above 0'));
      else if (determinant > max_scale || determinant < 1 / max_scale)
        findings.push(
          problem(
            check,
            path,
            `it changes volumes by ${determinant.toFixed(3)}`,
            `1/${max_scale} to ${max_scale}`,
          ),
        );
      if (rigid && /^type\s*=\s*1\b/m.test(lines.join('\n')) && Math.abs(determinant - 1) > 0.01)
        findings.push(
          problem(check, path, `it changes volumes by ${determinant.toFixed(3)}`, 'rotation and shift'),
        );
      return { findings, values: { determinant } };
    },
  }),
];
