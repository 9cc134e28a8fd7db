import { z } from 'zod';
import type { Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';
import { apart, comparedImage, comparedVoxels, quantile } from './reference-image.js';

const mask = z
  .strictObject({
    /** Input role or output id of the image that says where to look. */
    role: z.string(),
    above: z.number().default(0),
    labels: z.array(z.number()).optional(),
  })
  .optional();

/**
 * Checks of a map against another one that is known to be right: a truth, or the result of another tool. Both are
 * reordered to RAS first, since the same image can be stored in many orders. Never by the largest difference: two sound
 * tools differ by almost anything in their worst voxel (MRtrix3 and DIPY: FA 0.94).
 */
export const referenceChecks: readonly Check[] = [
  defineCheck({
    name: 'map.close',
    version: 1,
    catches:
      'a map with wrong units, a wrong model, or another place: against a known one, by p95 and correlation',
    args: z.strictObject({
      reference: z.string(),
      mask,
      /** 95th percentile of the absolute difference, in the units of the map. */
      p95: z.number().positive().optional(),
      /** Lowest Pearson correlation over the voxels. */
      r: z.number().min(-1).max(1).optional(),
      /** Slope of the map over the reference, by least squares through all voxels. */
      slope: z.tuple([z.number(), z.number()]).optional(),
      /** Largest difference of the means, as a share of the mean of the reference. */
      bias: z.number().positive().optional(),
      /** Share of voxels that must be finite. */
      finite: z.number().min(0).max(1).default(0.999),
    }),
    run: async (subject, args, facts) => {
      const own = await comparedImage(subject.path, facts);
      const other = await comparedImage(pathOf(subject, args.reference), facts);
      const say = (message: string, expected: string): { findings: ReturnType<typeof problem>[] } => ({
        findings: [problem('map.close', subject.path, message, expected)],
      });
      const difference = apart(own, other);
      if (difference !== undefined) return say(difference, `the grid of ${args.reference}`);
      const where = await comparedVoxels(subject, args.mask, own.volumes[0]?.length ?? 0, facts);
      const [a, b] = [gather(own.volumes, where), gather(other.volumes, where)];
      const measured = compare(a, b);
      const values: JsonObject = { ...measured };
      const findings: Finding[] = [];
      const wrong = (message: string, expected: string): void =>
        void findings.push(problem('map.close', subject.path, message, expected));
      if (measured.voxels === 0) wrong('there is no voxel to compare', 'a mask that meets the map');
      else if (measured.finite < args.finite)
        wrong(`${(100 * measured.finite).toFixed(2)} % of its voxels are finite`, `${100 * args.finite} %`);
      else {
        if (args.p95 !== undefined && !(measured.p95 <= args.p95))
          wrong(`it differs by ${measured.p95.toPrecision(4)} at the 95th percentile`, `at most ${args.p95}`);
        if (args.r !== undefined && !(measured.r >= args.r))
          wrong(`it correlates ${measured.r.toFixed(4)} with the reference`, `at least ${args.r}`);
        if (args.slope !== undefined && !(measured.slope >= args.slope[0] && measured.slope <= args.slope[1]))
          wrong(`its slope over the reference is ${measured.slope.toPrecision(4)}`, args.slope.join(' to '));
        if (args.bias !== undefined && !(Math.abs(measured.bias) <= args.bias))
          wrong(`its mean differs by ${(100 * measured.bias).toFixed(1)} %`, `at most ${100 * args.bias} %`);
      }
      return { findings, values };
    },
  }),
  defineCheck({
    name: 'axis.angle',
    version: 1,
    catches:
      'a gradient axis that was flipped or swapped: principal directions off by tens of degrees, whatever the FA',
    args: z.strictObject({
      reference: z.string(),
      mask,
      /** Degrees between the axes, whatever their sign. */
      median_deg: z.number().positive(),
      p95_deg: z.number().positive().optional(),
    }),
    run: async (subject, { reference, mask: where, median_deg, p95_deg }, facts) => {
      const own = await comparedImage(subject.path, facts);
      const other = await comparedImage(pathOf(subject, reference), facts);
      const wrong = (message: string, expected: string): ReturnType<typeof problem>[] => [
        problem('axis.angle', subject.path, message, expected),
      ];
      const difference = apart(own, other);
      if (difference !== undefined) return { findings: wrong(difference, `the grid of ${reference}`) };
      if (own.volumes.length !== 3)
        return { findings: wrong(`it has ${own.volumes.length} volumes`, '3: x, y, z in world RAS') };
      const voxels = await comparedVoxels(subject, where, own.volumes[0]?.length ?? 0, facts);
      const angles = anglesBetween(own.volumes, other.volumes, voxels).sort();
      const median = quantile(angles, 0.5);
      const p95 = quantile(angles, 0.95);
      const values = { voxels: angles.length, median_deg: median, p95_deg: p95 };
      const ok = median <= median_deg && (p95_deg === undefined || p95 <= p95_deg);
      if (ok) return { findings: [], values };
      const message = `directions are ${median.toFixed(1)} degrees off (median; ${p95.toFixed(1)} at the 95th percentile)`;
      return {
        findings: wrong(message, `median ${median_deg}, 95th percentile ${p95_deg ?? 'any'}`),
        values,
      };
    },
  }),
  defineCheck({
    name: 'labels.dice',
    version: 1,
    catches: 'a mask or a segmentation of the wrong thing, swapped labels, a left-right flip',
    args: z.strictObject({
      reference: z.string(),
      /** Label of the reference -> the label that stands for it here; every voxel above 0 where absent. */
      labels: z.record(z.string().regex(/^\d+$/), z.number()).optional(),
      /** Lowest Dice coefficient of each label. */
      at_least: z.number().min(0).max(1),
      /** Lowest and highest volume over that of the reference. */
      volume: z.tuple([z.number(), z.number()]).optional(),
    }),
    run: async (subject, { reference, labels, at_least, volume }, facts) => {
      const own = await comparedImage(subject.path, facts);
      const other = await comparedImage(pathOf(subject, reference), facts);
      const difference = apart(own, other);
      const findings: Finding[] = [];
      if (difference !== undefined)
        return { findings: [problem('labels.dice', subject.path, difference, `the grid of ${reference}`)] };
      const values: Record<string, number> = {};
      const [mine, theirs] = [own.volumes[0] as Float64Array, other.volumes[0] as Float64Array];
      const pairs: [string, (value: number) => boolean, (value: number) => boolean][] =
        labels === undefined
          ? [['mask', (value) => value > 0, (value) => value > 0]]
          : Object.entries(labels).map(([theirLabel, myLabel]) => [
              theirLabel,
              (value) => value === myLabel,
              (value) => value === Number(theirLabel),
            ]);
      for (const [name, isMine, isTheirs] of pairs) {
        const { dice, ratio } = overlap(mine, theirs, isMine, isTheirs);
        values[`dice_${name}`] = dice;
        values[`volume_${name}`] = ratio;
        if (!(dice >= at_least))
          findings.push(
            problem(
              'labels.dice',
              subject.path,
              `Dice of ${name} is ${dice.toFixed(3)}`,
              `at least ${at_least}`,
            ),
          );
        if (volume !== undefined && !(ratio >= volume[0] && ratio <= volume[1]))
          findings.push(
            problem(
              'labels.dice',
              subject.path,
              `${name} has ${ratio.toFixed(3)} times the volume of the reference`,
              volume.join(' to '),
            ),
          );
      }
      return { findings, values };
    },
  }),
];

interface Comparison {
  readonly voxels: number;
  readonly finite: number;
  readonly p95: number;
  readonly r: number;
  readonly slope: number;
  readonly bias: number;
}

function gather(volumes: readonly Float64Array[], where: Uint32Array): Float64Array {
  const values = new Float64Array(volumes.length * where.length);
  let at = 0;
  for (const volume of volumes) for (const index of where) values[at++] = volume[index] as number;
  return values;
}

/** Numbers over the values where both are finite. */
function compare(own: Float64Array, reference: Float64Array): Comparison {
  const pairs: [number, number][] = [];
  for (let i = 0; i < own.length; i++) {
    const [a, b] = [own[i] as number, reference[i] as number];
    if (Number.isFinite(a) && Number.isFinite(b)) pairs.push([a, b]);
  }
  const n = pairs.length;
  const meanA = pairs.reduce((sum, [a]) => sum + a, 0) / n;
  const meanB = pairs.reduce((sum, [, b]) => sum + b, 0) / n;
  let [aa, bb, ab] = [0, 0, 0];
  for (const [a, b] of pairs) {
    aa += (a - meanA) ** 2;
    bb += (b - meanB) ** 2;
    ab += (a - meanA) * (b - meanB);
  }
  const differences = Float64Array.from(pairs, ([a, b]) => Math.abs(a - b)).sort();
  return {
    voxels: own.length,
    finite: own.length === 0 ? 0 : n / own.length,
    p95: quantile(differences, 0.95),
    r: ab / Math.sqrt(aa * bb),
    slope: ab / bb,
    bias: (meanA - meanB) / Math.abs(meanB),
  };
}

function anglesBetween(
  own: readonly Float64Array[],
  reference: readonly Float64Array[],
  where: Uint32Array,
): Float64Array {
  const angles: number[] = [];
  for (const index of where) {
    let [dot, ours, theirs] = [0, 0, 0];
    for (const axis of [0, 1, 2]) {
      const [a, b] = [own[axis]?.[index] as number, reference[axis]?.[index] as number];
      dot += a * b;
      ours += a * a;
      theirs += b * b;
    }
    if (theirs === 0) continue;
    // No direction at all is as wrong as can be.
    const cosine =
      ours > 0 && Number.isFinite(dot) ? Math.min(1, Math.abs(dot) / Math.sqrt(ours * theirs)) : 0;
    angles.push((Math.acos(cosine) * 180) / Math.PI);
  }
  return Float64Array.from(angles);
}

function overlap(
  own: Float64Array,
  reference: Float64Array,
  isMine: (value: number) => boolean,
  isTheirs: (value: number) => boolean,
): { dice: number; ratio: number } {
  let [mine, theirs, both] = [0, 0, 0];
  for (let i = 0; i < own.length; i++) {
    const [a, b] = [isMine(own[i] as number), isTheirs(reference[i] as number)];
    if (a) mine += 1;
    if (b) theirs += 1;
    if (a && b) both += 1;
  }
  return { dice: mine + theirs === 0 ? NaN : (2 * both) / (mine + theirs), ratio: mine / theirs };
}
