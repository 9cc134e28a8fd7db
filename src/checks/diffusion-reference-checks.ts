import { z } from 'zod';
import { applyAffine, invertAffine } from '../imaging/affine.js';
import { B0_THRESHOLD, bvecsToWorld, directionsOf, type Vector3 } from '../imaging/gradients.js';
import { gridOf } from '../imaging/nifti-header.js';
import { streamStreamlines } from '../imaging/tck.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';
import { apart, comparedImage, comparedVoxels, quantile } from './reference-image.js';

/** Checks of directions in diffusion data against ones that are known. All angles are between axes, whatever their sign. */
export const diffusionReferenceChecks: readonly Check[] = [
  defineCheck({
    name: 'dwi.gradients',
    version: 1,
    catches: 'gradients that were not turned with the image, turned the wrong way, or are in another frame',
    args: z.strictObject({
      /** Role of the image whose axes the directions are along. */
      image: z.string(),
      bval: z.string(),
      /** Role of three rows of directions in world coordinates, RAS. */
      world: z.string(),
      /** Largest angle. */
      degrees: z.number().positive().default(1),
    }),
    run: async (subject, { image, bval, world, degrees }, facts) => {
      const check = 'dwi.gradients';
      const { path } = subject;
      const own = directionsOf((await facts.numbers(path)).rows);
      const known = directionsOf((await facts.numbers(pathOf(subject, world))).rows) ?? [];
      const bvals = (await facts.numbers(pathOf(subject, bval))).rows.flat();
      const say = (message: string, expected: string): { findings: Finding[] } => ({
        findings: [problem(check, path, message, expected)],
      });
      if (own?.length !== known.length)
        return say(`${own?.length ?? 'no'} directions`, `${known.length}, three rows of one number a volume`);
      const { affine } = gridOf(await facts.header(pathOf(subject, image)));
      const turned = bvecsToWorld(own, affine);
      const angles = known.map((right, volume) =>
        (bvals[volume] ?? 0) <= B0_THRESHOLD ? 0 : angleBetween(turned[volume] as Vector3, right),
      );
      const worst = angles.reduce((most, angle) => Math.max(most, angle), 0);
      const values = { worst_deg: worst, median_deg: quantile(Float64Array.from(angles).sort(), 0.5) };
      if (worst <= degrees) return { findings: [], values };
      const where = angles.indexOf(worst);
      return {
        ...say(`the direction of volume ${where} is ${worst.toFixed(2)} degrees off`, `at most ${degrees}`),
        values,
      };
    },
  }),
  defineCheck({
    name: 'dwi.peaks',
    version: 1,
    catches: 'crossing fibres that were missed, or found in another frame than that of the world',
    args: z.strictObject({
      /** Role of an image with three volumes for each fibre of a voxel, 0 where there is none. */
      reference: z.string(),
      mask: z
        .strictObject({
          role: z.string(),
          above: z.number().default(0),
          labels: z.array(z.number()).optional(),
        })
        .optional(),
      /** Median over all fibres of the angle to the nearest peak of their voxel; 90 where there is none. */
      median_deg: z.number().positive(),
      p95_deg: z.number().positive().optional(),
      /** Mean number of peaks of a voxel beyond its fibres. */
      extra: z.number().min(0).optional(),
    }),
    run: async (subject, { reference, mask, median_deg, p95_deg, extra }, facts) => {
      const check = 'dwi.peaks';
      const own = await comparedImage(subject.path, facts);
      const known = await comparedImage(pathOf(subject, reference), facts);
      const say = (message: string, expected: string): { findings: Finding[] } => ({
        findings: [problem(check, subject.path, message, expected)],
      });
      if (own.volumes.length % 3 !== 0) return say(`${own.volumes.length} volumes`, 'three for each peak');
      const place = apart({ ...own, volumes: [] }, { ...known, volumes: [] });
      if (place !== undefined) return say(place, `the grid of ${reference}`);
      const voxels = await comparedVoxels(subject, mask, own.volumes[0]?.length ?? 0, facts);
      const angles: number[] = [];
      let surplus = 0;
      for (const voxel of voxels) {
        const [mine, theirs] = [axesAt(own.volumes, voxel), axesAt(known.volumes, voxel)];
        surplus += mine.length - theirs.length;
        for (const axis of theirs)
          angles.push(mine.reduce((least, peak) => Math.min(least, angleBetween(peak, axis)), 90));
      }
      const sorted = Float64Array.from(angles).sort();
      const [median, p95] = [quantile(sorted, 0.5), quantile(sorted, 0.95)];
      const more = surplus / Math.max(1, voxels.length);
      const values = { fibres: angles.length, median_deg: median, p95_deg: p95, extra: more };
      const findings: Finding[] = [];
      if (!(median <= median_deg && (p95_deg === undefined || p95 <= p95_deg)))
        findings.push(
          ...say(
            `peaks are ${median.toFixed(1)} degrees off the fibres (median; ${p95.toFixed(1)} at the 95th percentile)`,
            `median ${median_deg}, 95th percentile ${p95_deg ?? 'any'}`,
          ).findings,
        );
      if (extra !== undefined && !(more <= extra))
        findings.push(...say(`${more.toFixed(2)} peaks a voxel too many`, `at most ${extra}`).findings);
      return { findings, values };
    },
  }),
  defineCheck({
    name: 'tck.axes',
    version: 1,
    catches: 'streamlines that run across the fibres: a flipped gradient axis, or points in another frame',
    args: z.strictObject({
      /** Role of an image with three volumes for each fibre of a voxel, world RAS; voxels without any are passed over. */
      reference: z.string(),
      /** Median angle between a step and the nearest fibre of its voxel. */
      median_deg: z.number().positive(),
      /** Share of the points that must lie in voxels with a fibre. */
      inside: z.number().min(0).max(1).default(0),
      /** Share of the voxels with a fibre that a streamline must pass. */
      covered: z.number().min(0).max(1).default(0),
    }),
    run: async (subject, { reference, median_deg, inside, covered }, facts) => {
      const check = 'tck.axes';
      const known = await comparedImage(pathOf(subject, reference), facts);
      const toVoxel = invertAffine(known.grid.affine);
      const [nx, ny, nz] = known.grid.shape;
      const axes = Array.from({ length: nx * ny * nz }, (_, voxel) => axesAt(known.volumes, voxel));
      const passed = new Set<number>();
      const angles: number[] = [];
      let points = 0;
      await streamStreamlines(subject.path, (line) => {
        for (let at = 0; at + 5 < line.length; at += 3) {
          points += 1;
          const here: Vector3 = [line[at] as number, line[at + 1] as number, line[at + 2] as number];
          const step: Vector3 = [
            (line[at + 3] as number) - here[0],
            (line[at + 4] as number) - here[1],
            (line[at + 5] as number) - here[2],
          ];
          const [i, j, k] = applyAffine(toVoxel, here).map(Math.round) as [number, number, number];
          if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) continue;
          const voxel = i + nx * (j + ny * k);
          const fibres = axes[voxel] ?? [];
          if (fibres.length === 0) continue;
          passed.add(voxel);
          angles.push(fibres.reduce((least, axis) => Math.min(least, angleBetween(step, axis)), 90));
        }
      });
      const sorted = Float64Array.from(angles).sort();
      const fibrous = axes.filter((one) => one.length > 0).length;
      const values = {
        points,
        median_deg: quantile(sorted, 0.5),
        inside: points === 0 ? 0 : angles.length / points,
        covered: passed.size / Math.max(1, fibrous),
      };
      const findings: Finding[] = [];
      const say = (message: string, expected: string): void =>
        void findings.push(problem(check, subject.path, message, expected));
      if (!(values.median_deg <= median_deg))
        say(`steps are ${values.median_deg.toFixed(1)} degrees off the fibres`, `at most ${median_deg}`);
      if (!(values.inside >= inside))
        say(`${(100 * values.inside).toFixed(1)} % of the points lie where fibres are`, `${100 * inside} %`);
      if (!(values.covered >= covered))
        say(
          `${(100 * values.covered).toFixed(1)} % of the voxels with fibres are passed`,
          `${100 * covered} %`,
        );
      return { findings, values };
    },
  }),
];

function axesAt(volumes: readonly Float64Array[], voxel: number): Vector3[] {
  const found: Vector3[] = [];
  for (let at = 0; at + 2 < volumes.length; at += 3) {
    const axis = [0, 1, 2].map((part) => volumes[at + part]?.[voxel] ?? 0) as [number, number, number];
    const length = Math.hypot(...axis);
    if (Number.isFinite(length) && length > 0) found.push(axis);
  }
  return found;
}

/** Degrees between two axes; 90 where one of them is none. */
function angleBetween(a: Vector3, b: Vector3): number {
  const lengths = Math.hypot(...a) * Math.hypot(...b);
  if (!(lengths > 0)) return 90;
  const cosine = Math.min(1, Math.abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / lengths);
  return (Math.acos(cosine) * 180) / Math.PI;
}
