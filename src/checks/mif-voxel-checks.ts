import { z } from 'zod';
import { determinant } from '../imaging/affine.js';
import { streamMifVoxels } from '../imaging/mif-voxels.js';
import { isGzip } from '../imaging/read-bytes.js';
import type { VoxelScan } from '../imaging/scan-voxels.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';

const none = z.strictObject({});

/** Checks of the values of an MRtrix image. All of them share one pass over its voxels. */
export const mifVoxelChecks: readonly Check[] = [
  defineCheck({
    name: 'mif.readable',
    version: 1,
    catches: 'a truncated, empty or damaged image: header and number of voxels do not agree',
    args: none,
    run: async ({ path }, _args, facts) => {
      const header = await facts.mif(path);
      const { count } = await facts.scanMif(path);
      const gzip = await isGzip(path);
      const message = gzip
        ? 'it is compressed, which its name does not say'
        : 'it is not compressed, as its name says';
      return {
        findings:
          gzip === path.endsWith('.gz')
            ? []
            : [problem('mif.readable', path, message, gzip ? 'a name that ends in .mif.gz' : 'gzip')],
        values: { dims: header.dims, datatype: header.datatype, voxels: count },
      };
    },
  }),
  defineCheck({
    name: 'mif.same-voxels',
    version: 1,
    catches: 'an image that was to be moved by its header and was resampled, cut or scaled on the way',
    args: z.strictObject({ input: z.string() }),
    run: async (subject, { input }, facts) => {
      const other = pathOf(subject, input);
      const nifti = /\.nii(\.gz)?$/.test(other);
      const [own, theirs] = [
        await facts.scanMif(subject.path),
        nifti ? await facts.scan(other) : await facts.scanMif(other),
      ];
      const counts = ['count', 'finite', 'nonZero', 'nonInteger'] as const;
      const odd = counts.find((name) => own[name] !== theirs[name]);
      const moved = (['minimum', 'maximum', 'mean'] as const).find(
        (name) => Math.abs((own[name] ?? 0) - (theirs[name] ?? 0)) > 1e-5 * Math.abs(theirs[name] ?? 0),
      );
      const found = odd ?? moved;
      if (found === undefined) return { findings: [] };
      const message = `its voxels are not those of ${input}: ${found} ${own[found]}, not ${theirs[found]}`;
      return {
        findings: [problem('mif.same-voxels', subject.path, message, 'the same voxels at another place')],
      };
    },
  }),
  defineCheck({
    name: 'mif.finite',
    version: 1,
    catches: 'NaN or infinite voxels: a division by zero or a fit that failed',
    args: z.strictObject({ min_fraction: z.number().min(0).max(1).default(1) }),
    run: async ({ path }, { min_fraction }, facts) => {
      const { finite, count } = await facts.scanMif(path);
      const values = { not_finite: count - finite };
      if (finite > 0 && finite / count >= min_fraction) return { findings: [], values };
      const message = `${count - finite} of ${count} voxels are NaN or infinite`;
      const expected =
        min_fraction === 1 ? 'finite voxels' : `at least ${min_fraction * 100} % finite voxels`;
      return { findings: [problem('mif.finite', path, message, expected)], values };
    },
  }),
  defineCheck({
    name: 'mif.range',
    version: 1,
    catches: 'values that the quantity cannot have: FA above 1, a negative density, wrong units',
    args: z
      .strictObject({
        minimum: z.number().optional(),
        maximum: z.number().optional(),
        /**
         * Share of the finite voxels that must be in range. MRtrix3 fits tensors without constraint: at the rim of the
         * brain 0.2 % have a negative eigenvalue and FA up to 1.22.
         */
        min_fraction: z.number().min(0).max(1).default(1),
      })
      .refine(({ minimum, maximum }) => minimum !== undefined || maximum !== undefined, 'a limit is needed')
      .refine(
        ({ minimum = -Infinity, maximum = Infinity }) => minimum <= maximum,
        'minimum is above maximum',
      ),
    run: async ({ path }, { minimum: low = -Infinity, maximum: high = Infinity, min_fraction }, facts) => {
      const scan = await facts.scanMif(path);
      const { minimum, maximum, finite } = scan;
      if (minimum === undefined || maximum === undefined) return noValues('mif.range', path, scan);
      if (minimum >= low && maximum <= high) return { findings: [], values: { minimum, maximum } };
      let outside = 0;
      await streamMifVoxels(await facts.mif(path), (values) => {
        for (const value of values) if (Number.isFinite(value) && (value < low || value > high)) outside += 1;
      });
      const values = { minimum, maximum, outside };
      if (finite - outside >= min_fraction * finite) return { findings: [], values };
      const message = `${outside} of ${finite} voxels are out of range; the values are ${minimum} to ${maximum}`;
      const most = min_fraction === 1 ? '' : ` in ${min_fraction * 100} % of the voxels`;
      const expected =
        high === Infinity ? `at least ${low}` : low === -Infinity ? `at most ${high}` : `${low} to ${high}`;
      return { findings: [problem('mif.range', path, message, `${expected}${most}`)], values };
    },
  }),
  defineCheck({
    name: 'mif.non-constant',
    version: 1,
    catches: 'an image of zeros or of one value, which tools write when their input was masked away',
    args: none,
    run: async ({ path }, _args, facts) => {
      const scan = await facts.scanMif(path);
      const { minimum, maximum, mean } = scan;
      if (minimum === undefined || maximum === undefined || mean === undefined)
        return noValues('mif.non-constant', path, scan);
      const values = { minimum, maximum, mean };
      if (maximum > minimum) return { findings: [], values };
      return {
        findings: [problem('mif.non-constant', path, `every voxel is ${minimum}`, 'more than one value')],
        values,
      };
    },
  }),
  defineCheck({
    name: 'mif.binary',
    version: 1,
    catches: 'a mask with values between 0 and 1 or beyond (interpolated, or a label image)',
    args: none,
    run: async ({ path }, _args, facts) => {
      const { nonBinary, finite, count } = await facts.scanMif(path);
      const bad = nonBinary + count - finite;
      const findings =
        bad === 0 ? [] : [problem('mif.binary', path, `${bad} voxels are neither 0 nor 1`, '0 and 1 only')];
      return { findings };
    },
  }),
  defineCheck({
    name: 'mif.labels',
    version: 1,
    catches: 'a parcellation that was interpolated or negated, or lost its regions',
    args: none,
    run: async ({ path }, _args, facts) => {
      const scan = await facts.scanMif(path);
      const { minimum, maximum } = scan;
      if (minimum === undefined || maximum === undefined) return noValues('mif.labels', path, scan);
      const findings: Finding[] = [];
      const say = (message: string): void =>
        void findings.push(problem('mif.labels', path, message, 'whole numbers from 0, one per region'));
      const bad = scan.nonInteger + scan.count - scan.finite;
      if (bad > 0) say(`${bad} voxels are no whole numbers`);
      if (minimum < 0) say(`the lowest label is ${minimum}`);
      if (maximum < 1) say('no voxel has a label');
      return { findings, values: { highest_label: maximum } };
    },
  }),
  defineCheck({
    name: 'mif.volume',
    version: 1,
    catches: 'a brain mask that is empty, leaks, or lost a hemisphere',
    args: z
      .strictObject({ minimum_ml: z.number().min(0), maximum_ml: z.number().positive() })
      .refine(({ minimum_ml, maximum_ml }) => minimum_ml < maximum_ml, 'minimum_ml is not below maximum_ml'),
    run: async ({ path }, { minimum_ml, maximum_ml }, facts) => {
      const { affine } = await facts.mif(path);
      const volume = ((await facts.scanMif(path)).nonZero * Math.abs(determinant(affine))) / 1000;
      const values = { volume_ml: Math.round(volume * 1000) / 1000 };
      if (volume >= minimum_ml && volume <= maximum_ml) return { findings: [], values };
      const message = `the mask holds ${volume.toFixed(1)} mL`;
      return {
        findings: [problem('mif.volume', path, message, `${minimum_ml} to ${maximum_ml} mL`)],
        values,
      };
    },
  }),
];

function noValues(check: string, path: string, { count }: VoxelScan): { findings: Finding[] } {
  return { findings: [problem(check, path, `none of ${count} voxels is finite`, 'finite voxels')] };
}
