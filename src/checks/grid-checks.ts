import { z } from 'zod';
import { cornerDistance, determinant, orientationCode } from '../imaging/affine.js';
import { gridOf, volumesOf } from '../imaging/nifti-header.js';
import type { Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import { defineCheck, type Check, type CheckSubject } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { AFFINE_TOLERANCE_MM, gridDifference } from './grid-difference.js';
import { problem } from './problem.js';

/** Checks of where an image is, of its axes and of its timing: they need its header only. */
export const gridChecks: readonly Check[] = [
  defineCheck({
    name: 'nifti.affine',
    version: 2,
    catches: 'an image without a place in space, or whose qform and sform put it in two places',
    args: z.strictObject({}),
    run: async ({ path }, _args, facts) => {
      const header = await facts.header(path);
      const findings: Finding[] = [];
      const say = (field: string, message: string, expected: string): void =>
        void findings.push(problem('nifti.affine', path, message, expected, field));
      if (header.qformCode <= 0 && header.sformCode <= 0)
        say('sform_code', 'neither qform nor sform is set', 'a code above 0 for one of them');
      const field = header.sform === undefined ? 'qform' : 'sform';
      const finite = header.affine.flat().every((value) => Number.isFinite(value));
      if (!finite) say(field, 'the affine has values that are not finite', '16 finite numbers');
      else if (!(Math.abs(determinant(header.affine)) > 1e-9))
        say(field, 'the affine is singular', 'three independent voxel axes');
      if (header.voxelSizes.some((size) => !(size > 0)))
        say('pixdim', `voxel sizes are ${header.voxelSizes.join(' x ')} mm`, 'sizes above 0');
      if (header.spatialUnit === 'm' || header.spatialUnit === 'um')
        say(
          'xyzt_units',
          `lengths are in ${header.spatialUnit}`,
          'mm: tools take the affine for mm, whatever it says',
        );
      if (header.qform !== undefined && header.sform !== undefined && finite) {
        const distance = cornerDistance(gridOf(header).shape, header.qform, header.sform);
        // A hundredth of a voxel is above what float32 and quaternions cost, and below what any measure notices.
        if (distance > Math.max(AFFINE_TOLERANCE_MM, 0.01 * Math.min(...header.voxelSizes)))
          say('qform', `qform and sform differ by ${distance.toFixed(3)} mm`, 'the same, or one with code 0');
      }
      const values: JsonObject = findings.length > 0 ? {} : { orientation: orientationCode(header.affine) };
      return { findings, values };
    },
  }),
  defineCheck({
    name: 'nifti.same-grid',
    version: 2,
    catches: 'a result on another grid than its input (flipped, shifted, resampled), however both are stored',
    args: z.strictObject({
      /** Input role or output id. */
      input: z.string(),
      /** As many volumes, too. */
      volumes: z.boolean().default(false),
      /** The input may be left out: then there is nothing to compare. */
      optional: z.boolean().default(false),
      tolerance_mm: z.number().positive().default(AFFINE_TOLERANCE_MM),
    }),
    run: async (subject, { input, volumes, optional, tolerance_mm }, facts) => {
      if (optional && subject.outputs[input] === undefined && !subject.inputs[input]?.length)
        return { findings: [] };
      const own = await facts.header(subject.path);
      const other = await facts.header(pathOf(subject, input));
      const findings: Finding[] = [];
      const difference = gridDifference(gridOf(own), gridOf(other), input, tolerance_mm);
      if (difference !== undefined) {
        const expected = `the ${difference.kind === 'shape' ? 'grid' : 'affine'} of ${input}`;
        findings.push(problem('nifti.same-grid', subject.path, difference.message, expected));
      }
      if (volumes) findings.push(...(await otherVolumes('nifti.same-grid', subject, input, facts)));
      // Kept, not judged: an image that lies symmetrically around x=0 has the same grid when it is mirrored.
      const values = {
        orientation: orientationCode(own.affine),
        input_orientation: orientationCode(other.affine),
      };
      return { findings, values };
    },
  }),
  defineCheck({
    name: 'nifti.same-volumes',
    version: 1,
    catches: 'a series that lost or gained volumes on the way, so that timing and gradients no longer fit',
    args: z.strictObject({ input: z.string() }),
    run: async (subject, { input }, facts) => ({
      findings: await otherVolumes('nifti.same-volumes', subject, input, facts),
    }),
  }),
  defineCheck({
    name: 'nifti.dimensions',
    version: 1,
    catches: 'a series where one volume is due, or one volume where a series is due',
    args: z.strictObject({
      dims: z.union([z.literal(3), z.literal(4)]),
      min_volumes: z.number().int().min(1).default(1),
    }),
    run: async ({ path }, { dims, min_volumes }, facts) => {
      const volumes = volumesOf(await facts.header(path));
      const least = dims === 4 ? Math.max(2, min_volumes) : 1;
      const right = dims === 3 ? volumes === 1 : volumes >= least;
      const expected = dims === 3 ? 'one volume' : `at least ${least} volumes`;
      const message = volumes === 1 ? 'one volume' : `${volumes} volumes`;
      return {
        findings: right ? [] : [problem('nifti.dimensions', path, message, expected, 'dim')],
        values: { volumes },
      };
    },
  }),
  defineCheck({
    name: 'nifti.repetition-time',
    version: 2,
    catches: 'a tool that lost the TR or wrote it in other units',
    args: z.strictObject({
      /** Role of the image whose TR must be kept; absent: RepetitionTime of the sidecar of the main input. */
      input: z.string().optional(),
    }),
    run: async (subject, { input }, facts) => {
      const own = (await facts.header(subject.path)).repetitionTimeS;
      const declared = subject.sidecar['RepetitionTime'];
      const due =
        input === undefined
          ? typeof declared === 'number'
            ? declared
            : undefined
          : (await facts.header(pathOf(subject, input))).repetitionTimeS;
      const values: JsonObject = own === undefined ? {} : { repetition_time_s: own };
      // Neither says one: nothing was lost.
      if (due === undefined || (own !== undefined && Math.abs(own - due) < 1e-3))
        return { findings: [], values };
      const message = own === undefined ? 'the header has no TR' : `the TR is ${own} s`;
      const expected = `${due} s, as in ${input ?? 'the sidecar'}`;
      return {
        findings: [problem('nifti.repetition-time', subject.path, message, expected, 'pixdim[4]')],
        values,
      };
    },
  }),
];

async function otherVolumes(
  check: string,
  subject: CheckSubject,
  input: string,
  facts: FileFacts,
): Promise<Finding[]> {
  const own = volumesOf(await facts.header(subject.path));
  const other = volumesOf(await facts.header(pathOf(subject, input)));
  if (own === other) return [];
  return [
    problem(check, subject.path, `${own} volumes, but ${input} has ${other}`, `${other} volumes`, 'dim[4]'),
  ];
}
