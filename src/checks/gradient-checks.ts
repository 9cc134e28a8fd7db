import { z } from 'zod';
import { B0_THRESHOLD, nonUnitDirections, readGradients } from '../imaging/gradients.js';
import { volumesOf } from '../imaging/nifti-header.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';

const problem = (code: string, path: string, message: string, expected: string): Finding => ({
  code,
  severity: 'error',
  message,
  expected,
  place: { file: path },
});

export const gradientChecks: readonly Check[] = [
  defineCheck({
    name: 'gradients.count',
    version: 1,
    catches:
      'b-values or directions that are not one per volume: a volume dropped without its gradient, or the reverse',
    args: z.strictObject({ image: z.string() }),
    run: async (subject, { image }, facts) => {
      const { rows, findings } = await facts.numbers(subject.path);
      const volumes = volumesOf(await facts.header(pathOf(subject, image)));
      const upright = rows.length !== 3 && rows.every((row) => row.length === 3);
      const counts =
        subject.kind === 'bvec' && !upright
          ? rows.map((row) => row.length)
          : [upright ? rows.length : rows.flat().length];
      if (subject.kind === 'bvec' && !upright && rows.length !== 3) {
        return {
          findings: [
            ...findings,
            problem('gradients.count', subject.path, `${rows.length} rows`, 'three rows: x, y, z'),
          ],
        };
      }
      const wrong = counts.find((count) => count !== volumes);
      if (wrong === undefined) return { findings, values: { volumes } };
      return {
        findings: [
          ...findings,
          problem(
            'gradients.count',
            subject.path,
            `${wrong} values for ${volumes} volumes`,
            `${volumes} values`,
          ),
        ],
      };
    },
  }),
  defineCheck({
    name: 'gradients.unit',
    version: 1,
    catches: 'directions that were scaled by the b-value, rounded away or never normalised',
    args: z.strictObject({ bval: z.string() }),
    run: async (subject, { bval }) => {
      const gradients = await readGradients(pathOf(subject, bval), subject.path);
      const bad = nonUnitDirections(gradients);
      const findings = [...gradients.findings];
      if (bad.length > 0) {
        const first = bad[0] ?? 0;
        const length = Math.hypot(...(gradients.bvecs[first] ?? [NaN, NaN, NaN]));
        findings.push(
          problem(
            'gradients.unit',
            subject.path,
            `${bad.length} directions have no unit length; volume ${first} has ${length.toFixed(3)}`,
            'length 1 within 0.01',
          ),
        );
      }
      return { findings };
    },
  }),
  defineCheck({
    name: 'gradients.same',
    version: 1,
    catches: 'a step that reordered, dropped or rotated gradients it should have kept',
    args: z.strictObject({ input: z.string(), tolerance: z.number().positive().default(1e-3) }),
    run: async (subject, { input, tolerance }, facts) => {
      const [own, other] = [await facts.numbers(subject.path), await facts.numbers(pathOf(subject, input))];
      const [a, b] = [own.rows.flat(), other.rows.flat()];
      const different =
        a.length !== b.length ||
        a.some(
          (value, index) => Math.abs(value - (b[index] ?? NaN)) > tolerance * Math.max(1, Math.abs(value)),
        );
      return {
        findings: different
          ? [problem('gradients.same', subject.path, `differs from ${input}`, `the values of ${input}`)]
          : [],
      };
    },
  }),
  defineCheck({
    name: 'gradients.b0',
    version: 1,
    catches: 'a diffusion series without an image to compare with: nothing can be fitted to it',
    args: z.strictObject({}),
    run: async (subject, _args, facts) => {
      const { rows, findings } = await facts.numbers(subject.path);
      if (rows.flat().some((b) => b <= B0_THRESHOLD)) return { findings };
      return {
        findings: [
          ...findings,
          problem(
            'gradients.b0',
            subject.path,
            'no b=0 volume',
            `a volume with b at most ${B0_THRESHOLD} s/mm^2`,
          ),
        ],
      };
    },
  }),
];
