import { z } from 'zod';
import { cornerDistance, determinant, gridDistance, orientationCode } from '../imaging/affine.js';
import { gridOf, volumesOf, voxelVolumeMl } from '../imaging/nifti-header.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';

const none = z.strictObject({});
const problem = (code: string, path: string, message: string, expected: string): Finding => ({
  code,
  severity: 'error',
  message,
  expected,
  place: { file: path },
});

/** mm: what writing an affine as float32 and a quaternion costs at the corner of a head. */
const AFFINE_TOLERANCE_MM = 1e-3;

export const niftiChecks: readonly Check[] = [
  defineCheck({
    name: 'nifti.readable',
    version: 1,
    catches: 'a truncated, empty or damaged image: header, gzip checksum and number of voxels agree',
    args: none,
    run: async ({ path }, _args, facts) => {
      const scan = await facts.scan(path);
      return { findings: [], values: { voxels: scan.count } };
    },
  }),
  defineCheck({
    name: 'nifti.affine',
    version: 1,
    catches: 'an image without a place in space, or whose qform and sform put it in two places',
    args: none,
    run: async ({ path }, _args, facts) => {
      const header = await facts.header(path);
      const findings: Finding[] = [];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('nifti.affine', path, message, expected));
      if (header.qformCode <= 0 && header.sformCode <= 0)
        say('neither qform nor sform is set', 'a code above 0 for one of them');
      if (header.affine.flat().some((value) => !Number.isFinite(value)))
        say('the affine has values that are not finite', '16 finite numbers');
      else if (Math.abs(determinant(header.affine)) < 1e-9)
        say('the affine is singular', 'three independent voxel axes');
      if (header.voxelSizes.some((size) => !(size > 0)))
        say(`voxel sizes are ${header.voxelSizes.join(' x ')} mm`, 'sizes above 0');
      if (header.qform !== undefined && header.sform !== undefined) {
        const distance = cornerDistance(gridOf(header).shape, header.qform, header.sform);
        // Half a voxel would put a label into its neighbour; float32 and quaternions cost far less than a hundredth.
        if (distance > Math.max(AFFINE_TOLERANCE_MM, 0.01 * Math.min(...header.voxelSizes))) {
          say(`qform and sform differ by ${distance.toFixed(3)} mm`, 'both the same, or one with code 0');
        }
      }
      return {
        findings,
        values: { orientation: findings.length === 0 ? orientationCode(header.affine) : 'unknown' },
      };
    },
  }),
  defineCheck({
    name: 'nifti.same-grid',
    version: 1,
    catches: 'a result on another grid than its input (flipped, shifted, resampled), however both are stored',
    args: z.strictObject({
      input: z.string(),
      volumes: z.boolean().default(false),
      tolerance_mm: z.number().positive().default(AFFINE_TOLERANCE_MM),
    }),
    run: async (subject, { input, volumes, tolerance_mm }, facts) => {
      const [own, other] = [await facts.header(subject.path), await facts.header(pathOf(subject, input))];
      const findings: Finding[] = [];
      const distance = gridDistance(gridOf(own), gridOf(other));
      if (distance === undefined) {
        const [a, b] = [own, other].map((header) => gridOf(header).shape.join('x'));
        findings.push(
          problem(
            'nifti.same-grid',
            subject.path,
            `${a} voxels, but ${input} has ${b}`,
            `the grid of ${input}`,
          ),
        );
      } else if (distance > tolerance_mm) {
        findings.push(
          problem(
            'nifti.same-grid',
            subject.path,
            `lies up to ${distance.toFixed(3)} mm away from ${input}`,
            `the affine of ${input}`,
          ),
        );
      }
      if (volumes && volumesOf(own) !== volumesOf(other)) {
        findings.push(
          problem(
            'nifti.same-grid',
            subject.path,
            `${volumesOf(own)} volumes, but ${input} has ${volumesOf(other)}`,
            'as many volumes',
          ),
        );
      }
      return { findings };
    },
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
      const findings: Finding[] = [];
      if (dims === 3 && volumes !== 1)
        findings.push(problem('nifti.dimensions', path, `${volumes} volumes`, 'one volume'));
      if (dims === 4 && volumes < Math.max(2, min_volumes)) {
        findings.push(
          problem(
            'nifti.dimensions',
            path,
            `${volumes} volumes`,
            `at least ${Math.max(2, min_volumes)} volumes`,
          ),
        );
      }
      return { findings };
    },
  }),
  defineCheck({
    name: 'nifti.finite',
    version: 1,
    catches: 'NaN or infinite voxels: a division by zero or a fit that failed',
    args: z.strictObject({ min_fraction: z.number().min(0).max(1).default(1) }),
    run: async ({ path }, { min_fraction }, facts) => {
      const { finite, count } = await facts.scan(path);
      const bad = count - finite;
      if (finite / count >= min_fraction && finite > 0) return { findings: [], values: { not_finite: bad } };
      return {
        findings: [
          problem(
            'nifti.finite',
            path,
            `${bad} of ${count} voxels are not finite`,
            `at most ${(1 - min_fraction) * 100} %`,
          ),
        ],
      };
    },
  }),
  defineCheck({
    name: 'nifti.range',
    version: 1,
    catches: 'values that the quantity cannot have: FA above 1, a negative diffusivity, wrong units',
    args: z.strictObject({ min: z.number().optional(), max: z.number().optional() }),
    run: async ({ path }, { min, max }, facts) => {
      const { minimum, maximum } = await facts.scan(path);
      const findings: Finding[] = [];
      if (min !== undefined && minimum < min)
        findings.push(problem('nifti.range', path, `lowest value is ${minimum}`, `at least ${min}`));
      if (max !== undefined && maximum > max)
        findings.push(problem('nifti.range', path, `highest value is ${maximum}`, `at most ${max}`));
      return { findings, values: { minimum, maximum } };
    },
  }),
  defineCheck({
    name: 'nifti.non-constant',
    version: 1,
    catches: 'an image of zeros or of one value, which tools write when their input was masked away',
    args: none,
    run: async ({ path }, _args, facts) => {
      const { minimum, maximum } = await facts.scan(path);
      if (maximum > minimum) return { findings: [] };
      return {
        findings: [problem('nifti.non-constant', path, `every voxel is ${minimum}`, 'more than one value')],
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
      return {
        findings:
          bad === 0
            ? []
            : [problem('nifti.binary', path, `${bad} voxels are neither 0 nor 1`, '0 and 1 only')],
      };
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
      return {
        findings:
          bad === 0
            ? []
            : [problem('nifti.integer', path, `${bad} voxels are no whole numbers`, 'whole numbers')],
      };
    },
  }),
  defineCheck({
    name: 'mask.volume',
    version: 1,
    catches: 'a brain or head mask that is empty, leaks, or lost a hemisphere',
    args: z.strictObject({ min_ml: z.number().min(0), max_ml: z.number().positive() }),
    run: async ({ path }, { min_ml, max_ml }, facts) => {
      const volume = (await facts.scan(path)).nonZero * voxelVolumeMl(await facts.header(path));
      const values = { volume_ml: Math.round(volume * 1000) / 1000 };
      if (volume >= min_ml && volume <= max_ml) return { findings: [], values };
      return {
        findings: [
          problem('mask.volume', path, `the mask holds ${volume.toFixed(1)} mL`, `${min_ml} to ${max_ml} mL`),
        ],
        values,
      };
    },
  }),
  defineCheck({
    name: 'nifti.repetition-time',
    version: 1,
    catches: 'a tool that lost the TR or wrote it in other units',
    args: z.strictObject({ input: z.string() }),
    run: async (subject, { input }, facts) => {
      const own = (await facts.header(subject.path)).repetitionTimeS;
      const other = (await facts.header(pathOf(subject, input))).repetitionTimeS;
      if (other === undefined || (own !== undefined && Math.abs(own - other) < 1e-3)) return { findings: [] };
      return {
        findings: [
          problem(
            'nifti.repetition-time',
            subject.path,
            `TR is ${own ?? 'not set'}`,
            `${other} s, as in ${input}`,
          ),
        ],
      };
    },
  }),
];
