import { z } from 'zod';
import { isGzip } from '../imaging/read-bytes.js';
import { voxelVolumeMl } from '../imaging/nifti-header.js';
import type { VoxelScan } from '../imaging/scan-voxels.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { problem } from './problem.js';

const none = z.strictObject({});

/** Checks of the values of an image. All of them share one pass over its voxels. */
export const voxelChecks: readonly Check[] = [
  defineCheck({
    name: 'nifti.readable',
    version: 2,
    catches: 'a truncated, empty or damaged image: header, gzip checksum and number of voxels do not agree',
    args: none,
    run: async ({ path }, _args, facts) => {
      const header = await facts.header(path);
      const { count } = await facts.scan(path);
      const gzip = await isGzip(path);
      const findings =
        gzip === path.endsWith('.gz')
          ? []
          : [
              problem(
                'nifti.readable',
                path,
                gzip
                  ? 'it is compressed, which its name does not say'
                  : 'it is not compressed, as its name says',
                gzip ? 'a name that ends in .nii.gz' : 'gzip, or a name that ends in .nii',
              ),
            ];
      return { findings, values: { dims: header.dims, datatype: header.type.name, voxels: count } };
    },
  }),
  defineCheck({
    name: 'nifti.finite',
    version: 2,
    catches: 'NaN or infinite voxels: a division by zero or a fit that failed',
    args: z.strictObject({ min_fraction: z.number().min(0).max(1).default(1) }),
    run: async ({ path }, { min_fraction }, facts) => {
      const { finite, count } = await facts.scan(path);
      const values = { not_finite: count - finite };
      if (finite > 0 && finite / count >= min_fraction) return { findings: [], values };
      const message = `${count - finite} of ${count} voxels are NaN or infinite`;
      const expected =
        min_fraction === 1 ? 'finite voxels' : `at least ${min_fraction * 100} % finite voxels`;
      return { findings: [problem('nifti.finite', path, message, expected)], values };
    },
  }),
  defineCheck({
    name: 'nifti.range',
    version: 2,
    catches: 'values that the quantity cannot have: FA above 1, a negative diffusivity, wrong units',
    args: z
      .strictObject({ min: z.number().optional(), max: z.number().optional() })
      .refine(({ min, max }) => min !== undefined || max !== undefined, 'min or max is needed')
      .refine(({ min = -Infinity, max = Infinity }) => min <= max, 'min is above max'),
    run: async ({ path }, { min = -Infinity, max = Infinity }, facts) => {
      const scan = await facts.scan(path);
      const { minimum, maximum } = scan;
      if (minimum === undefined || maximum === undefined) return noValues('nifti.range', path, scan);
      const findings: Finding[] = [];
      if (minimum < min)
        findings.push(problem('nifti.range', path, `the lowest value is ${minimum}`, `at least ${min}`));
      if (maximum > max)
        findings.push(problem('nifti.range', path, `the highest value is ${maximum}`, `at most ${max}`));
      return { findings, values: { minimum, maximum } };
    },
  }),
  defineCheck({
    name: 'nifti.non-constant',
    version: 2,
    catches: 'an image of zeros or of one value, which tools write when their input was masked away',
    args: none,
    run: async ({ path }, _args, facts) => {
      const scan = await facts.scan(path);
      const { minimum, maximum, mean } = scan;
      if (minimum === undefined || maximum === undefined || mean === undefined)
        return noValues('nifti.non-constant', path, scan);
      const values = { minimum, maximum, mean };
      if (maximum > minimum) return { findings: [], values };
      return {
        findings: [problem('nifti.non-constant', path, `every voxel is ${minimum}`, 'more than one value')],
        values,
      };
    },
  }),
  defineCheck({
    name: 'nifti.binary',
    version: 1,
    catches: 'a mask with values between 0 and 1 or beyond (interpolated, or a label image)',
    args: none,
    run: async ({ path }, _args, facts) => {
      const { nonBinary, finite, count } = await facts.scan(path);
      const bad = nonBinary + count - finite;
      const findings =
        bad === 0 ? [] : [problem('nifti.binary', path, `${bad} voxels are neither 0 nor 1`, '0 and 1 only')];
      return { findings };
    },
  }),
  defineCheck({
    name: 'nifti.integer',
    version: 1,
    catches: 'labels that were interpolated',
    args: none,
    run: async ({ path }, _args, facts) => {
      const { nonInteger, finite, count } = await facts.scan(path);
      const bad = nonInteger + count - finite;
      const findings =
        bad === 0
          ? []
          : [problem('nifti.integer', path, `${bad} voxels are no whole numbers`, 'whole numbers')];
      return { findings };
    },
  }),
  defineCheck({
    name: 'mask.volume',
    version: 1,
    catches: 'a brain or head mask that is empty, leaks, or lost a hemisphere',
    args: z
      .strictObject({ min_ml: z.number().min(0), max_ml: z.number().positive() })
      .refine(({ min_ml, max_ml }) => min_ml < max_ml, 'min_ml is not below max_ml'),
    run: async ({ path }, { min_ml, max_ml }, facts) => {
      const volume = (await facts.scan(path)).nonZero * voxelVolumeMl(await facts.header(path));
      const values = { volume_ml: Math.round(volume * 1000) / 1000 };
      if (volume >= min_ml && volume <= max_ml) return { findings: [], values };
      const message = `the mask holds ${volume.toFixed(1)} mL`;
      return { findings: [problem('mask.volume', path, message, `${min_ml} to ${max_ml} mL`)], values };
    },
  }),
];

function noValues(check: string, path: string, { count }: VoxelScan): { findings: Finding[] } {
  return { findings: [problem(check, path, `none of ${count} voxels is finite`, 'finite voxels')] };
}
