import { z } from 'zod';
import { volumesOf } from '../imaging/nifti-header.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { readNumberTable } from './number-table.js';
import { problem } from './problem.js';

/** Checks of what realignment writes beside the image: one row of numbers a volume. */
export const realignmentChecks: readonly Check[] = [
  defineCheck({
    name: 'motion.parameters',
    version: 1,
    catches:
      'motion that is not one row a volume, in degrees or with rotation and translation exchanged, or that no head can make',
    args: z.strictObject({
      /** Role of the series. */
      image: z.string(),
      /** `rotation-first`: mcflirt; `translation-first`: eddy. */
      order: z.enum(['rotation-first', 'translation-first']),
      /** Columns at least; the first six are the motion. */
      columns: z.number().int().min(6).default(6),
      max_rotation_rad: z.number().positive().default(0.6),
      max_translation_mm: z.number().positive().default(30),
    }),
    run: async (subject, args, facts) => {
      const { path } = subject;
      const check = 'motion.parameters';
      const { rows, findings } = readNumberTable(await facts.text(path), path, check);
      const volumes = volumesOf(await facts.header(pathOf(subject, args.image)));
      const say = (message: string, expected: string): void =>
        void findings.push(problem(check, path, message, expected));
      if (rows.length !== volumes) say(`${rows.length} rows`, `${volumes}, one a volume`);
      const narrow = rows.findIndex((row) => row.length < args.columns);
      if (narrow >= 0)
        say(`row ${narrow + 1} has ${rows[narrow]?.length} numbers`, `at least ${args.columns}`);
      const first = args.order === 'rotation-first' ? 0 : 3;
      const most = (from: number): number =>
        rows.reduce((peak, row) => Math.max(peak, ...row.slice(from, from + 3).map(Math.abs)), 0);
      const [rotation, translation] = [most(first), most(3 - first)];
      if (rotation > args.max_rotation_rad)
        say(
          `a rotation of ${rotation.toPrecision(3)} in columns ${first + 1} to ${first + 3}`,
          `radians, up to ${args.max_rotation_rad}: are these degrees, or millimetres?`,
        );
      if (translation > args.max_translation_mm)
        say(`a shift of ${translation.toPrecision(3)} mm`, `at most ${args.max_translation_mm} mm`);
      return {
        findings,
        values: { max_rotation_rad: rotation, max_translation_mm: translation, volumes: rows.length },
      };
    },
  }),
  defineCheck({
    name: 'numbers.per-volume',
    version: 1,
    catches: 'a measure that is not one a volume, so that its rows belong to other volumes',
    args: z
      .strictObject({
        image: z.string(),
        /** How many fewer rows than volumes: a measure of differences between neighbours may have one fewer. */
        fewer: z.number().int().min(0).default(0),
        columns: z.number().int().min(1).optional(),
        minimum: z.number().optional(),
        maximum: z.number().optional(),
      })
      .refine(
        ({ minimum = -Infinity, maximum = Infinity }) => minimum <= maximum,
        'minimum is above maximum',
      ),
    run: async (subject, { image, fewer, columns, minimum = -Infinity, maximum = Infinity }, facts) => {
      const { path } = subject;
      const check = 'numbers.per-volume';
      const { rows, findings } = readNumberTable(await facts.text(path), path, check);
      const due = volumesOf(await facts.header(pathOf(subject, image))) - fewer;
      const say = (message: string, expected: string): void =>
        void findings.push(problem(check, path, message, expected));
      if (rows.length !== due) say(`${rows.length} rows`, `${due}, one a volume of ${image}`);
      const ragged = rows.findIndex((row) => row.length !== (columns ?? rows[0]?.length));
      if (ragged >= 0)
        say(`row ${ragged + 1} has ${rows[ragged]?.length} numbers`, `${columns ?? rows[0]?.length}`);
      const bad = rows.flat().find((value) => value < minimum || value > maximum);
      if (bad !== undefined) say(`a value is ${bad}`, `${minimum} to ${maximum}`);
      return { findings, values: { rows: rows.length } };
    },
  }),
  defineCheck({
    name: 'confounds.one-hot',
    version: 1,
    catches:
      'a matrix of outlier volumes that marks no volume or two in a column, or has other rows than the series',
    args: z.strictObject({ image: z.string() }),
    run: async (subject, { image }, facts) => {
      const { path } = subject;
      const check = 'confounds.one-hot';
      const { rows, findings } = readNumberTable(await facts.text(path), path, check);
      const volumes = volumesOf(await facts.header(pathOf(subject, image)));
      const say = (message: string, expected: string): void =>
        void findings.push(problem(check, path, message, expected));
      if (rows.length !== volumes) say(`${rows.length} rows`, `${volumes}, one a volume`);
      const columns = rows[0]?.length ?? 0;
      for (let column = 0; column < columns; column += 1) {
        const values = rows.map((row) => row[column] ?? NaN);
        const ones = values.filter((value) => value === 1).length;
        if (ones === 1 && values.filter((value) => value === 0).length === values.length - 1) continue;
        say(`column ${column + 1} has ${ones} ones`, 'one 1 and zeros');
        break;
      }
      return { findings, values: { outliers: columns } satisfies Record<string, number> };
    },
  }),
];
