import { z } from 'zod';
import { parseTsv } from '../bids/tsv.js';
import { applyAffine, invertAffine, voxelSizesOf, type Affine } from '../imaging/affine.js';
import { gridOf, volumesOf } from '../imaging/nifti-header.js';
import { readVoxels } from '../imaging/voxel-stream.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { movementOf, volumeAt, type Movement } from './head-movement.js';
import { problem } from './problem.js';

const NAMES = ['trans_x', 'trans_y', 'trans_z', 'rot_x', 'rot_y', 'rot_z'];
/** mm: distance at which a rotation counts as its arc (Power 2012). */
const RADIUS = 50;
/** Arcs this many times the translations, or less by as much, come from another unit: 57.3 for degrees, 1000 for metres. */
const UNLIKELY = 20;

/** Checks of what motion correction and the confounds of a BOLD run say. */
export const motionChecks: readonly Check[] = [
  defineCheck({
    name: 'motion.applied',
    version: 1,
    catches:
      'motion parameters with a wrong sign, axis or unit, of another run, or short of a volume: the series was not moved as they say',
    args: z.strictObject({
      /** Role of the series before, and id of the output after motion correction. */
      image: z.string(),
      corrected: z.string(),
    }),
    run: async (subject, { image, corrected }, facts) => {
      const check = 'motion.applied';
      const { path } = subject;
      const table = parseTsv(await facts.text(path), { file: path });
      const header = await facts.header(pathOf(subject, image));
      const findings: Finding[] = [...table.findings];
      const say = (message: string, expected: string, field?: string): void =>
        void findings.push(problem(check, path, message, expected, field));
      const volumes = volumesOf(header);
      const rows = table.rows.map((row) => NAMES.map((name) => Number(row[name])));
      if (rows.length !== volumes) say(`${rows.length} rows`, `${volumes}, one a volume`);
      if (rows.some((row) => !row.every(Number.isFinite))) say('cells that are no numbers', 'mm and radians');
      if (findings.length > 0) return { findings };
      const unit = unitProblem(rows);
      if (unit !== undefined) say(...unit);
      if (!rows.some((row) => row.every((value) => value === 0)))
        say('no volume stands still', 'zeros in the row of the reference volume');
      const far = rows.map((row) => distance(row));
      const farthest = far.indexOf(Math.max(...far));
      const grid = gridOf(header);
      const values = { farthest_volume: farthest, moved_mm: far[farthest] ?? 0 };
      // Movement below a third of a voxel does not tell a sign.
      if (findings.length > 0 || (far[farthest] ?? 0) < Math.min(...voxelSizesOf(grid.affine)) / 3)
        return { findings, values };
      const before = await readVoxels(header, farthest);
      const after = await readVoxels(await facts.header(pathOf(subject, corrected)), farthest);
      const row = rows[farthest] ?? [];
      const still = correlationAfter(before, after, grid, movementOf([0, 0, 0, 0, 0, 0], grid));
      const moved = correlationAfter(before, after, grid, movementOf(row, grid));
      if (!(moved > still && moved > 0.8))
        say(
          `volume ${farthest} moved by the parameters goes with its correction at r ${moved.toFixed(3)}, not moved at ${still.toFixed(3)}`,
          'movement of the head from the reference volume, RAS+ mm and radians about the centre of the grid',
        );
      return { findings, values: { ...values, correlation: moved, correlation_not_moved: still } };
    },
  }),
  defineCheck({
    name: 'confounds.complete',
    version: 1,
    catches: 'confounds that lost a volume, or hold gaps or infinite values beyond the first volume',
    args: z.strictObject({
      /** Role of the run. */
      image: z.string(),
    }),
    run: async (subject, { image }, facts) => {
      const check = 'confounds.complete';
      const { path } = subject;
      const table = parseTsv(await facts.text(path), { file: path });
      const volumes = volumesOf(await facts.header(pathOf(subject, image)));
      const findings = [...table.findings];
      if (table.rows.length !== volumes)
        findings.push(problem(check, path, `${table.rows.length} rows`, `${volumes}, one a volume`));
      for (const name of table.columns) {
        const at = table.rows.findIndex((row, index) => {
          const cell = row[name];
          return !(index === 0 && cell === 'n/a') && !Number.isFinite(Number(cell));
        });
        if (at < 0) continue;
        const message = `${name} of volume ${at} is ${table.rows[at]?.[name] ?? 'missing'}`;
        findings.push(problem(check, path, message, 'a number; n/a in the first row only', name));
      }
      return { findings, values: { columns: table.columns.length } };
    },
  }),
];

/** mm: translation and arcs of the rotations. */
function distance(row: readonly number[]): number {
  const [x = 0, y = 0, z = 0, ...turns] = row;
  return Math.hypot(x, y, z) + RADIUS * Math.hypot(...turns);
}

function unitProblem(rows: readonly (readonly number[])[]): [string, string, string] | undefined {
  const span = (columns: readonly number[]): number =>
    Math.max(
      ...columns.map((column) => {
        const values = rows.map((row) => row[column] ?? NaN);
        return Math.max(...values) - Math.min(...values);
      }),
    );
  const [shift, turn] = [span([0, 1, 2]), span([3, 4, 5])];
  if (RADIUS * turn < UNLIKELY * shift) return undefined;
  if (turn > 0.05) return [`rotations span ${turn}`, 'radians, these look like degrees', 'rot_x'];
  if (shift > 0 && shift < 0.005 && turn > 0.001)
    return [`translations span ${shift}`, 'mm, these look like metres', 'trans_x'];
  return undefined;
}

/**
 * Pearson's correlation of a corrected volume with the volume as it was, looked up where the movement put each point; over
 * every second voxel along each axis that stays inside.
 */
function correlationAfter(
  before: Float64Array,
  after: Float64Array,
  grid: { readonly shape: readonly [number, number, number]; readonly affine: Affine },
  move: Movement,
): number {
  const [nx, ny, nz] = grid.shape;
  const inverse = invertAffine(grid.affine);
  const [a, b]: [number[], number[]] = [[], []];
  for (let k = 1; k < nz - 1; k += nz > 12 ? 2 : 1)
    for (let j = 1; j < ny - 1; j += 2)
      for (let i = 1; i < nx - 1; i += 2) {
        const from = applyAffine(inverse, move(applyAffine(grid.affine, [i, j, k])));
        const value = volumeAt(before, grid.shape, from);
        if (value === undefined) continue;
        a.push(value);
        b.push(after[i + nx * (j + ny * k)] ?? NaN);
      }
  const [meanA, meanB] = [a, b].map((list) => list.reduce((sum, each) => sum + each, 0) / list.length);
  let [ab, aa, bb] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [u, v] = [value - (meanA ?? NaN), (b[index] ?? NaN) - (meanB ?? NaN)];
    ab += u * v;
    aa += u * u;
    bb += v * v;
  }
  return ab / Math.sqrt(aa * bb);
}
