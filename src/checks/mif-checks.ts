import { z } from 'zod';
import { determinant, orientationCode } from '../imaging/affine.js';
import { axisAngle, mifGradients } from '../imaging/mif-gradients.js';
import { mifVolumesOf } from '../imaging/mif-header.js';
import { B0_THRESHOLD, bvecsToWorld, directionsOf, type Vector3 } from '../imaging/gradients.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check, type CheckSubject } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { AFFINE_TOLERANCE_MM, gridDifference } from './grid-difference.js';
import { problem } from './problem.js';
import { isMif, spaceOf } from './space.js';

const none = z.strictObject({});

/** Checks of MRtrix images: where they are and which gradients travel in them. Their header is all they need. */
export const mifChecks: readonly Check[] = [
  defineCheck({
    name: 'mif.same-grid',
    version: 1,
    catches: 'a result on another grid than its input (flipped, shifted, resampled), however both are stored',
    args: z.strictObject({
      /** Input role or output id of an MRtrix or NIfTI image. */
      input: z.string(),
      /** As many volumes, too. */
      volumes: z.boolean().default(false),
      /** Whether the role may be left out of a call: then there is nothing to compare with. */
      optional: z.boolean().default(false),
      tolerance_mm: z.number().positive().default(AFFINE_TOLERANCE_MM),
    }),
    run: async (subject, { input, volumes, optional, tolerance_mm }, facts) => {
      if (optional && subject.outputs[input] === undefined && !subject.inputs[input]?.length)
        return { findings: [] };
      const own = await spaceOf(subject.path, facts);
      const other = await spaceOf(pathOf(subject, input), facts);
      const findings: Finding[] = [];
      const say = (message: string, expected: string, field: string): void =>
        void findings.push(problem('mif.same-grid', subject.path, message, expected, field));
      const difference = gridDifference(own.grid, other.grid, input, tolerance_mm);
      if (difference?.kind === 'shape') say(difference.message, `the grid of ${input}`, 'dim');
      if (difference?.kind === 'place') say(difference.message, `the transform of ${input}`, 'transform');
      if (volumes && own.volumes !== other.volumes)
        say(`${own.volumes} volumes, but ${input} has ${other.volumes}`, `${other.volumes} volumes`, 'dim');
      return { findings };
    },
  }),
  defineCheck({
    name: 'mif.dimensions',
    version: 1,
    catches: 'a series where one volume is due, or one volume where a series is due',
    args: z.strictObject({
      dims: z.union([z.literal(3), z.literal(4)]),
      min_volumes: z.number().int().min(1).default(1),
    }),
    run: async ({ path }, { dims, min_volumes }, facts) => {
      const volumes = mifVolumesOf(await facts.mif(path));
      const least = dims === 4 ? Math.max(2, min_volumes) : 1;
      const right = dims === 3 ? volumes === 1 : volumes >= least;
      const expected = dims === 3 ? 'one volume' : `at least ${least} volumes`;
      const message = volumes === 1 ? 'one volume' : `${volumes} volumes`;
      return {
        findings: right ? [] : [problem('mif.dimensions', path, message, expected, 'dim')],
        values: { volumes },
      };
    },
  }),
  defineCheck({
    name: 'mif.affine',
    version: 1,
    catches: 'an image whose axes are no independent directions in space',
    args: none,
    run: async ({ path }, _args, facts) => {
      const { affine } = await facts.mif(path);
      const singular = !(Math.abs(determinant(affine)) > 1e-9);
      return {
        findings: singular
          ? [problem('mif.affine', path, 'the transform is singular', 'three independent axes', 'transform')]
          : [],
        values: singular ? {} : { orientation: orientationCode(affine) },
      };
    },
  }),
  defineCheck({
    name: 'mif.gradients',
    version: 1,
    catches: 'gradients that were lost, reordered or turned on the way from one image to the next',
    args: z
      .strictObject({
        /** MRtrix image whose gradients must be kept. */
        input: z.string().optional(),
        /** Or the files in FSL's convention that were read, beside `image`, which gives their axes. */
        bval: z.string().optional(),
        bvec: z.string().optional(),
        image: z.string().default('image'),
        /** Degrees: what writing a direction with six digits costs is far below. */
        tolerance_deg: z.number().positive().default(0.1),
      })
      .refine(({ bval, bvec }) => (bval === undefined) === (bvec === undefined), 'bval and bvec go together'),
    run: async (subject, { input, bval, bvec, image, tolerance_deg }, facts) => {
      const { path } = subject;
      const own = mifGradients(await facts.mif(path));
      const say = (message: string, expected: string): Finding =>
        problem('mif.gradients', path, message, expected, 'dw_scheme');
      if (own === undefined)
        return { findings: [say('the image has no gradients', 'a line dw_scheme for every volume')] };
      const findings: Finding[] = [...own.findings];
      const values = { volumes: own.bvals.length };
      const due = await gradientsDue(subject, { input, bval, bvec, image }, facts);
      if (due === undefined) return { findings, values };
      findings.push(...due.findings);
      const source = input ?? bvec ?? '';
      if (due.bvals.length !== own.bvals.length) {
        findings.push(
          say(`${own.bvals.length} gradients, but ${source} has ${due.bvals.length}`, `those of ${source}`),
        );
        return { findings, values };
      }
      const wrong = own.bvals.findIndex((b, index) => {
        const other = due.bvals[index] ?? NaN;
        // MRtrix3 takes b-values with the squared length of directions that are not quite 1.
        if (!(Math.abs(b - other) <= 0.01 * other + 0.5)) return true;
        if (other <= B0_THRESHOLD) return false;
        return !(
          axisAngle(own.directions[index] ?? nowhere, due.directions[index] ?? nowhere) <= tolerance_deg
        );
      });
      if (wrong >= 0) {
        const [a, b] = [own, due].map(
          (table) =>
            `b=${table.bvals[wrong]} along ${table.directions[wrong]?.map((v) => v.toFixed(4)).join(', ')}`,
        );
        findings.push(say(`volume ${wrong} has ${a}; ${source} says ${b}`, `the gradients of ${source}`));
      }
      return { findings, values };
    },
  }),
];

const nowhere: Vector3 = [NaN, NaN, NaN];

/** Gradients to compare with, in world coordinates. */
async function gradientsDue(
  subject: CheckSubject,
  args: {
    readonly input: string | undefined;
    readonly bval: string | undefined;
    readonly bvec: string | undefined;
    readonly image: string;
  },
  facts: FileFacts,
): Promise<{ bvals: readonly number[]; directions: readonly Vector3[]; findings: Finding[] } | undefined> {
  if (args.input !== undefined) {
    const path = pathOf(subject, args.input);
    const table = isMif(path) ? mifGradients(await facts.mif(path)) : undefined;
    if (table !== undefined) return { bvals: table.bvals, directions: table.directions, findings: [] };
    return {
      bvals: [],
      directions: [],
      findings: [
        problem('mif.gradients', path, `${args.input} has no gradients to compare with`, 'dw_scheme'),
      ],
    };
  }
  if (args.bval === undefined || args.bvec === undefined) return undefined;
  const bvals = (await facts.numbers(pathOf(subject, args.bval))).rows.flat();
  const bvecs = directionsOf((await facts.numbers(pathOf(subject, args.bvec))).rows);
  const { grid } = await spaceOf(pathOf(subject, args.image), facts);
  return { bvals, directions: bvecsToWorld(bvecs ?? [], grid.affine), findings: [] };
}
