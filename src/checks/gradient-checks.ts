import { z } from 'zod';
import {
  B0_THRESHOLD,
  describeRows,
  directionsOf,
  nonUnitDirections,
  shellsOf,
} from '../imaging/gradients.js';
import { volumesOf } from '../imaging/nifti-header.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';

const THREE_ROWS = 'three rows (x, y, z) of one number per volume';

/** Checks of .bval and .bvec files, as FSL and BIDS write them. */
export const gradientChecks: readonly Check[] = [
  defineCheck({
    name: 'gradients.count',
    version: 2,
    catches:
      'b-values or directions that are not one per volume: a volume dropped without its gradient, or the reverse',
    args: z.strictObject({ image: z.string() }),
    run: async (subject, { image }, facts) => {
      const { rows, findings } = await facts.numbers(subject.path);
      const volumes = volumesOf(await facts.header(pathOf(subject, image)));
      const fail = (message: string, expected: string): typeof findings => [
        ...findings,
        problem('gradients.count', subject.path, message, expected),
      ];
      const count = subject.kind === 'bvec' ? directionsOf(rows)?.length : rows.flat().length;
      if (count === undefined) return { findings: fail(describeRows(rows), THREE_ROWS) };
      if (count === volumes) return { findings, values: { volumes } };
      const what = subject.kind === 'bvec' ? 'directions' : 'b-values';
      return { findings: fail(`${count} ${what} for ${volumes} volumes`, `${volumes} ${what}`) };
    },
  }),
  defineCheck({
    name: 'gradients.unit',
    version: 2,
    catches: 'directions that were scaled by the b-value, rounded away or never normalised',
    args: z.strictObject({ bval: z.string() }),
    run: async (subject, { bval }, facts) => {
      const own = await facts.numbers(subject.path);
      const bvals = (await facts.numbers(pathOf(subject, bval))).rows.flat();
      const findings = [...own.findings];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('gradients.unit', subject.path, message, expected));
      const bvecs = directionsOf(own.rows);
      if (bvecs === undefined) say(describeRows(own.rows), THREE_ROWS);
      else if (bvecs.length !== bvals.length)
        say(`${bvecs.length} directions for ${bvals.length} b-values`, 'as many directions as b-values');
      const bad = nonUnitDirections({ bvals, bvecs: bvecs ?? [] });
      const first = bad[0];
      if (first !== undefined) {
        const length = Math.hypot(...(bvecs?.[first] ?? [NaN, NaN, NaN]));
        const where = `volume ${first} (b=${bvals[first]}) has ${length.toFixed(3)}`;
        say(`${bad.length} directions have no unit length; ${where}`, 'length 1 within 0.01');
      }
      return { findings };
    },
  }),
  defineCheck({
    name: 'gradients.same',
    version: 2,
    catches: 'a step that reordered, dropped, flipped or rotated gradients it should have kept',
    args: z.strictObject({ input: z.string(), tolerance: z.number().positive().default(1e-3) }),
    run: async (subject, { input, tolerance }, facts) => {
      const numbers = async (path: string): Promise<readonly number[]> => {
        const { rows } = await facts.numbers(path);
        return (subject.kind === 'bvec' ? directionsOf(rows)?.flat() : undefined) ?? rows.flat();
      };
      const [own, other] = [await numbers(subject.path), await numbers(pathOf(subject, input))];
      const per = subject.kind === 'bvec' ? 3 : 1;
      const fail = (message: string): { findings: ReturnType<typeof problem>[] } => ({
        findings: [problem('gradients.same', subject.path, message, `the values of ${input}`)],
      });
      if (own.length !== other.length)
        return fail(`${own.length / per} gradients, but ${input} has ${other.length / per}`);
      const first = own.findIndex((value, index) => !sameNumber(value, other[index] ?? NaN, tolerance));
      if (first < 0) return { findings: [] };
      return fail(`volume ${Math.floor(first / per)} has ${own[first]} where ${input} has ${other[first]}`);
    },
  }),
  defineCheck({
    name: 'gradients.b0',
    version: 2,
    catches: 'a diffusion series without an image to compare with: nothing can be fitted to it',
    args: z.strictObject({}),
    run: async (subject, _args, facts) => {
      const { rows, findings } = await facts.numbers(subject.path);
      const bvals = rows.flat();
      const shells = shellsOf(bvals).map(({ b, volumes }) => ({ b: Math.round(b), volumes }));
      if (bvals.some((b) => b <= B0_THRESHOLD)) return { findings, values: { shells } };
      const expected = `a volume with b at most ${B0_THRESHOLD} s/mm^2`;
      return {
        findings: [...findings, problem('gradients.b0', subject.path, 'no b=0 volume', expected)],
        values: { shells },
      };
    },
  }),
];

/** Within the tolerance, relative for b-values; two volumes without a direction (`nan`) are the same. */
function sameNumber(a: number, b: number, tolerance: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
}
