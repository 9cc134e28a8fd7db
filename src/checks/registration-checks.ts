import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseItkTransform } from '../imaging/itk-transform.js';
import { determinant3, jacobianFacts } from '../imaging/jacobian.js';
import { gridOf } from '../imaging/nifti-header.js';
import { similarityOf, type Volume } from '../imaging/similarity.js';
import { readVoxels, streamVoxels } from '../imaging/voxel-stream.js';
import { fromFileSystem } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { problem } from './problem.js';

/** Checks of what a registration makes: transforms, fields, and images that were moved by them. */
export const registrationChecks: readonly Check[] = [
  defineCheck({
    name: 'transform.affine',
    version: 1,
    catches: 'a linear transform that mirrors (left and right exchanged), collapses or blows up the image',
    args: z
      .strictObject({
        /** Mean factor along the axes: the cube root of the determinant. */
        min_scale: z.number().positive().default(0.5),
        max_scale: z.number().positive().default(2),
      })
      .refine(({ min_scale, max_scale }) => min_scale < max_scale, 'min_scale is not below max_scale'),
    run: async ({ path }, { min_scale, max_scale }) => {
      let bytes: Buffer;
      try {
        bytes = await readFile(path);
      } catch (error) {
        throw fromFileSystem(error, path);
      }
      const { matrix, translation, center } = parseItkTransform(bytes, path);
      const say = (message: string, expected: string): Finding[] => [
        problem('transform.affine', path, message, expected),
      ];
      if (![...matrix, ...translation, ...center].every(Number.isFinite))
        return { findings: say('it holds numbers that are not finite', '15 finite numbers') };
      const determinant = determinant3(matrix);
      const scale = Math.cbrt(determinant);
      const values = { determinant, scale, translation_mm: Math.hypot(...translation) };
      if (determinant <= 0)
        return {
          findings: say(`its determinant is ${determinant.toPrecision(4)}: it mirrors`, 'above 0'),
          values,
        };
      if (scale < min_scale || scale > max_scale)
        return {
          findings: say(`it scales by ${scale.toPrecision(4)}`, `${min_scale} to ${max_scale}`),
          values,
        };
      return { findings: [], values };
    },
  }),
  defineCheck({
    name: 'warp.invertible',
    version: 1,
    catches: 'a displacement field that folds space: two places of one image would be one place of the other',
    args: z.strictObject({ max_folded_fraction: z.number().min(0).max(1).default(0) }),
    run: async ({ path }, { max_folded_fraction }, facts) => {
      const header = await facts.header(path);
      const { shape, affine } = gridOf(header);
      const size = shape[0] * shape[1] * shape[2];
      const total = header.dims.reduce((product, n) => product * n, 1);
      const say = (message: string, expected: string): Finding[] => [
        problem('warp.invertible', path, message, expected, 'dim'),
      ];
      if (total !== 3 * size || header.dims.length !== 5)
        return {
          findings: say(
            `it has ${header.dims.join('x')} values`,
            `three a voxel: ${shape.join('x')}x1x3, as ITK writes a field`,
          ),
        };
      // Four bytes a number: 100 MB for the whole head at 1 mm.
      const field = new Float32Array(total);
      await streamVoxels(header, (values, first) => field.set(values, first));
      const { folded, voxels, minimum, maximum } = jacobianFacts(field, shape, affine);
      const values = { folded, minimum_determinant: minimum, maximum_determinant: maximum };
      if (folded <= max_folded_fraction * voxels) return { findings: [], values };
      const message = `space folds at ${folded} of ${voxels} voxels (lowest determinant ${minimum.toPrecision(3)})`;
      return {
        findings: say(message, `a determinant above 0 at ${100 - 100 * max_folded_fraction} % of voxels`),
        values,
      };
    },
  }),
  defineCheck({
    name: 'registration.similarity',
    version: 1,
    catches: 'a registration that ran away: the moved image is less like the fixed one than before',
    args: z.strictObject({
      /** Role of the image it was brought to, and of the image before. */
      fixed: z.string(),
      moving: z.string(),
      /** Share of the similarity before that must be left: interpolation costs a little where they fitted already. */
      at_least: z.number().min(0).default(0.98),
    }),
    run: async (subject, { fixed, moving, at_least }, facts) => {
      const target = await volumeOf(pathOf(subject, fixed), facts);
      const before = similarityOf(target, await volumeOf(pathOf(subject, moving), facts));
      const after = similarityOf(target, await volumeOf(subject.path, facts));
      const values = {
        nmi_before: before.nmi,
        nmi_after: after.nmi,
        correlation_before: before.correlation,
        correlation_after: after.correlation,
      };
      if (after.nmi - 1 >= at_least * (before.nmi - 1)) return { findings: [], values };
      const message = `the normalised mutual information with ${fixed} fell from ${before.nmi.toFixed(4)} to ${after.nmi.toFixed(4)}`;
      return {
        findings: [
          problem(
            'registration.similarity',
            subject.path,
            message,
            'more than before: look at both images and at how the registration is started',
          ),
        ],
        values,
      };
    },
  }),
];

async function volumeOf(path: string, facts: FileFacts): Promise<Volume> {
  const header = await facts.header(path);
  return { grid: gridOf(header), voxels: await readVoxels(header, 0) };
}
