import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeNifti } from '../../imaging/nifti-write.js';
import { centredGrid, forEachVoxel, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { tsv } from './series.js';

const SHAPE = [14, 16, 10] as const;
const VOXEL = [5, 5, 5] as const;
/** Where an effect was planted: centre (world mm, RAS), radius, size in standard deviations between people. */
const blobs = [
  { centre: [-18, 10, 4], radius: 9, size: 2.6 },
  { centre: [16, -20, -6], radius: 8, size: -2.2 },
] as const;
/** Percent of the baseline: standard deviation between people. */
const SPREAD = 0.4;

/**
 * Effect maps of a group with a planted effect, and what is exact of them: the one-sample t of each voxel, and its p
 * corrected for all voxels by the largest t of every sign flip there is (Nichols & Holmes, Hum Brain Mapp 15:1, 2002).
 * The sum of squares is the same under every flip, so t follows from the mean alone.
 */
export const groupMapsGenerator = defineGenerator({
  id: 'group-maps',
  about:
    'effect maps of a group, some stored in another order, whose t and corrected p over all sign flips are exact',
  params: z.strictObject({ participants: z.int().min(6).max(12).default(10) }),
  async make(folders, seed, { participants }) {
    const random = seededRandom(seed, 'group-maps');
    const grid = centredGrid(SHAPE, VOXEL, 'RAS');
    const turned = centredGrid(SHAPE, VOXEL, 'LAS');
    const count = voxelCount(grid);
    const mask = new Uint8Array(count);
    const mean = new Float64Array(count);
    forEachVoxel(grid, (index, x, y, z) => {
      mask[index] = (x / 33) ** 2 + (y / 38) ** 2 + (z / 24) ** 2 <= 1 ? 1 : 0;
      for (const { centre, radius, size } of blobs)
        if (Math.hypot(x - centre[0], y - centre[1], z - centre[2]) <= radius) mean[index] = size * SPREAD;
    });
    const inside = [...mask.keys()].filter((index) => mask[index] === 1);
    const maps = Array.from({ length: participants }, () =>
      Float32Array.from(mean, (effect) => effect + SPREAD * random.normal()),
    );
    await mkdir(folders.reference, { recursive: true });
    const names = maps.map((_, index) => `sub-${String(index + 1).padStart(2, '0')}`);
    for (const [index, map] of maps.entries()) {
      const folder = join(folders.in, names[index] as string);
      await mkdir(folder, { recursive: true });
      // One person in three is stored from left to right where the others go from right to left.
      const other = index % 3 === 1;
      await writeNifti(join(folder, `${names[index]}_effect.nii.gz`), {
        dims: SHAPE,
        affine: (other ? turned : grid).affine,
        datatype: 'float32',
        data: other ? mirrored(map) : map,
      });
    }
    const write = (path: string, data: ArrayLike<number>, datatype: 'uint8' | 'float32'): Promise<void> =>
      writeNifti(path, { dims: SHAPE, affine: grid.affine, datatype, data });
    await write(join(folders.in, 'mask.nii.gz'), mask, 'uint8');
    await writeFile(
      join(folders.in, 'participants.tsv'),
      tsv(
        ['participant_id'],
        names.map((name) => [name]),
      ),
    );
    const values = inside.map((index) => maps.map((map) => map[index] as number));
    const { t, p } = signFlips(values);
    const tMap = new Float32Array(count);
    const pMap = new Float32Array(count).fill(1);
    for (const [at, index] of inside.entries()) {
      tMap[index] = t[at] as number;
      pMap[index] = p[at] as number;
    }
    await write(join(folders.reference, 't.nii.gz'), tMap, 'float32');
    await write(join(folders.reference, 'p-corrected.nii.gz'), pMap, 'float32');
  },
});

/** Of each voxel the t against 0, and the share of all sign flips whose largest |t| reaches its own |t|. */
function signFlips(values: readonly (readonly number[])[]): { t: number[]; p: number[] } {
  const people = values[0]?.length ?? 0;
  const squares = values.map((row) => row.reduce((sum, value) => sum + value * value, 0));
  const tOf = (sum: number, square: number): number => {
    const mean = sum / people;
    return mean / Math.sqrt((square / people - mean * mean) / (people - 1));
  };
  const largest: number[] = [];
  for (let flip = 0; flip < 2 ** people; flip++) {
    let most = 0;
    for (const [at, row] of values.entries()) {
      let sum = 0;
      for (let person = 0; person < people; person++)
        sum += (flip >> person) & 1 ? -(row[person] as number) : (row[person] as number);
      most = Math.max(most, Math.abs(tOf(sum, squares[at] as number)));
    }
    largest.push(most);
  }
  const t = values.map((row, at) =>
    tOf(
      row.reduce((sum, value) => sum + value, 0),
      squares[at] as number,
    ),
  );
  // The unflipped data and their mirror image are among the flips: equal values must count, whatever was rounded.
  const p = t.map(
    (value) => largest.filter((most) => most >= Math.abs(value) - 1e-9).length / largest.length,
  );
  return { t, p };
}

function mirrored(values: Float32Array): Float32Array {
  return values.map((_, at) => values[at - (at % SHAPE[0]) + SHAPE[0] - 1 - (at % SHAPE[0])] as number);
}
