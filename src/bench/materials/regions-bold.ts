import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { correlation } from '../../checks/correlation.js';
import { writeNifti } from '../../imaging/nifti-write.js';
import { centredGrid, forEachVoxel, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { meanSeries, memoryNoise, orthonormal, remove, tsv } from './series.js';

/** Regions: label, name, centre (world mm, RAS) and radius; names are not in the order of their labels. */
const regions = [
  { label: 4, name: 'motor-left', centre: [-24, 4, 10], radius: 13 },
  { label: 7, name: 'motor-right', centre: [24, 4, 10], radius: 11 },
  { label: 11, name: 'visual-left', centre: [-16, -34, -4], radius: 12 },
  { label: 12, name: 'visual-right', centre: [17, -35, -4], radius: 10 },
  { label: 20, name: 'frontal', centre: [4, 36, 6], radius: 13 },
  { label: 35, name: 'auditory-right', centre: [36, -16, 2], radius: 9 },
] as const;

const SHAPE = [20, 22, 11] as const;
const VOXEL = [5, 5, 5] as const;
const TILT = 12;
const TR = 2;
/** How the image stores its numbers: value = stored x slope + intercept. */
const SLOPE = 0.25;
const INTERCEPT = 500;
/** Millimetres about the seed. */
const SEED_RADIUS = 8;
const confoundNames = ['trans_x', 'trans_y', 'trans_z', 'rot_x', 'rot_y', 'rot_z', 'csf', 'white_matter'];

export const regionsBoldGenerator = defineGenerator({
  id: 'regions-bold',
  about:
    'a resting-state series with regions whose series, correlations and seed map are known, confounds in it, and an atlas of the same places stored in another order',
  params: z.strictObject({ volumes: z.int().min(40).max(400).default(120) }),
  async make(folders, seed, { volumes }) {
    const random = seededRandom(seed, 'regions-bold');
    const grid = centredGrid(SHAPE, VOXEL, 'LAS', TILT);
    const count = voxelCount(grid);
    const labels = new Uint8Array(count);
    const inside: number[] = [];
    const places: [number, number, number][] = [];
    forEachVoxel(grid, (index, x, y, z) => {
      places.push([x, y, z]);
      if ((x / 46) ** 2 + (y / 52) ** 2 + (z / 27) ** 2 <= 1) inside.push(index);
      const region = regions.find(
        ({ centre, radius }) => Math.hypot(x - centre[0], y - centre[1], z - centre[2]) <= radius,
      );
      if (region !== undefined) labels[index] = region.label;
    });
    const confounds = confoundNames.map((_, k) => memoryNoise(random, volumes, k < 6 ? 0.95 : 0.7));
    const own = regionSeries(volumes, random);
    const series = places.map(([x, y], index) => {
      const base = labels[index] === 0 && !inside.includes(index) ? 600 : 1000 + 2 * y - x;
      const region = regions.findIndex(({ label }) => label === labels[index]);
      const weights = confoundNames.map((_, k) => 3 * (0.6 + 0.4 * Math.sin(k + x / 30)) + random.normal());
      return Float64Array.from({ length: volumes }, (_, t) => {
        const nuisance = weights.reduce((sum, weight, k) => sum + weight * (confounds[k]?.[t] as number), 0);
        const signal = region < 0 ? 0 : 9 * (own[region]?.[t] as number);
        const stored = Math.round((base + nuisance + signal + 7 * random.normal() - INTERCEPT) / SLOPE);
        return stored * SLOPE + INTERCEPT;
      });
    });
    const data = new Float64Array(count * volumes);
    for (const [index, row] of series.entries())
      for (let t = 0; t < volumes; t++) data[t * count + index] = ((row[t] as number) - INTERCEPT) / SLOPE;
    const func = join(folders.in, 'sub-01', 'func');
    await mkdir(func, { recursive: true });
    await mkdir(folders.reference, { recursive: true });
    const stem = join(func, 'sub-01_task-rest');
    await writeNifti(`${stem}_bold.nii.gz`, {
      dims: [...SHAPE, volumes],
      affine: grid.affine,
      datatype: 'int16',
      repetitionTimeS: TR,
      sclSlope: SLOPE,
      sclInter: INTERCEPT,
      data,
    });
    await writeFile(`${stem}_bold.json`, `${JSON.stringify({ TaskName: 'rest', RepetitionTime: TR })}\n`);
    await writeFile(
      `${stem}_desc-confounds_timeseries.tsv`,
      tsv(
        confoundNames,
        Array.from({ length: volumes }, (_, t) => confounds.map((row) => row[t] as number)),
      ),
    );
    await writeMasks(folders.in, grid, labels, inside);
    const means = regions.map(({ label }) =>
      meanSeries(series.filter((_, index) => labels[index] === label)),
    );
    const names = regions.map(({ name }) => name);
    await writeFile(
      join(folders.reference, 'timeseries.tsv'),
      tsv(
        names,
        Array.from({ length: volumes }, (_, t) => means.map((row) => row[t] as number)),
      ),
    );
    const nuisance = orthonormal([new Float64Array(volumes).fill(1), ...confounds]);
    const cleaned = means.map((row) => remove(Float64Array.from(row), nuisance));
    await writeFile(
      join(folders.reference, 'connectivity.tsv'),
      tsv(
        ['name', ...names],
        names.map((name, i) => [
          name,
          ...names.map((_, j) => (i === j ? 0 : Math.atanh(correlation(cleaned[i] ?? [], cleaned[j] ?? [])))),
        ]),
      ),
    );
    const [sx, sy, sz] = regions[0].centre;
    await writeFile(
      join(folders.in, 'seed.json'),
      `${JSON.stringify({ name: 'motor-left', center_mm: [sx, sy, sz], radius_mm: SEED_RADIUS, frame: 'world, RAS+' })}\n`,
    );
    const residual = series.map((row) => remove(Float64Array.from(row), nuisance));
    const near = places.flatMap(([x, y, z], index) =>
      Math.hypot(x - sx, y - sy, z - sz) <= SEED_RADIUS ? [index] : [],
    );
    const seedSeries = meanSeries(near.map((index) => residual[index] as Float64Array));
    const map = new Float32Array(count);
    for (const index of inside)
      map[index] = Math.atanh(correlation(residual[index] as Float64Array, seedSeries));
    await writeNifti(join(folders.reference, 'seed-map.nii.gz'), {
      dims: SHAPE,
      affine: grid.affine,
      datatype: 'float32',
      data: map,
    });
  },
});

/** Unit series with a known likeness: two pairs that go together, one region against the first pair, one on its own. */
function regionSeries(volumes: number, random: ReturnType<typeof seededRandom>): Float64Array[] {
  const [motor, visual] = [memoryNoise(random, volumes, 0.5), memoryNoise(random, volumes, 0.5)];
  const mixed = (shared: Float64Array | undefined, weight: number): Float64Array =>
    memoryNoise(random, volumes, 0.4).map(
      (value, t) => weight * (shared?.[t] ?? 0) + Math.sqrt(1 - weight ** 2) * value,
    );
  return [
    mixed(motor, 0.85),
    mixed(motor, 0.8),
    mixed(visual, 0.85),
    mixed(visual, 0.7),
    mixed(motor, -0.6),
    mixed(undefined, 0),
  ];
}

/** Atlas and mask lie on the voxels of the series, stored from left to right where the series goes from right to left. */
async function writeMasks(
  folder: string,
  grid: ReturnType<typeof centredGrid>,
  labels: Uint8Array,
  inside: readonly number[],
): Promise<void> {
  const turned = centredGrid(SHAPE, VOXEL, 'RAS', TILT);
  const mirror = (values: Uint8Array): Uint8Array =>
    values.map((_, at) => values[at - (at % SHAPE[0]) + SHAPE[0] - 1 - (at % SHAPE[0])] as number);
  const mask = new Uint8Array(labels.length);
  for (const index of inside) mask[index] = 1;
  await writeNifti(join(folder, 'atlas.nii.gz'), {
    dims: SHAPE,
    affine: turned.affine,
    datatype: 'uint8',
    data: mirror(labels),
  });
  await writeNifti(join(folder, 'mask.nii.gz'), {
    dims: SHAPE,
    affine: grid.affine,
    datatype: 'uint8',
    data: mask,
  });
  const rows = [...regions]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ label, name }) => [label, name]);
  await writeFile(join(folder, 'atlas.tsv'), tsv(['index', 'name'], rows));
}
