import { join } from 'node:path';
import { z } from 'zod';
import { centredGrid, forEachVoxel, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { writeMap, writeText } from './write-maps.js';

const NAMES = ['corpus_callosum', 'cingulum_left', 'cingulum_right', 'fornix', 'cst_left', 'cst_right'];

export const regionsGenerator = defineGenerator({
  id: 'regions',
  about:
    'a map with gaps and a label image of the same space stored in another order, with the statistics of every region',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'regions');
    const shape = [16, 14, 10] as const;
    const grid = centredGrid(shape, [2, 2, 2.5], 'LAS');
    const ras = centredGrid(shape, [2, 2, 2.5], 'RAS');
    const labels = NAMES.map((_, at) => 2 * at + 1 + Math.floor(2 * random.uniform()));
    const [map, atlas] = [new Float32Array(voxelCount(grid)), new Uint8Array(voxelCount(grid))];
    const values = NAMES.map(() => [] as number[]);
    const voxels = NAMES.map(() => 0);
    forEachVoxel(grid, (index, x, y, z) => {
      const region = Math.floor(((x + 16) / 32) * 3) + (y + z > 2 * random.uniform() ? 3 : 0);
      const here = region >= 0 && region < NAMES.length && Math.hypot(x, y, z) < 15 ? region : undefined;
      const chance = random.uniform();
      const value = Math.fround(0.25 + 0.08 * (here ?? 0) + 0.1 * random.normal() ** 2);
      map[index] = chance < 0.04 ? NaN : chance < 0.08 ? 0 : value;
      const [i, j, k] = [index % 16, Math.floor(index / 16) % 14, Math.floor(index / 224)];
      if (here === undefined) return;
      atlas[15 - i + 16 * (j + 14 * k)] = labels[here] as number;
      voxels[here] = (voxels[here] ?? 0) + 1;
      if (chance >= 0.08) values[here]?.push(value);
    });
    await writeMap(join(folders.in, 'sub-01_FA.nii.gz'), grid, map);
    await writeMap(join(folders.in, 'sub-01_dseg.nii.gz'), ras, atlas, 'uint8');
    // A row more than there are regions: one that no voxel of this head has.
    const rows = [...NAMES.map((name, at) => `${labels[at]}\t${name}`), '99\tuncinate'];
    await writeText(join(folders.in, 'atlas_dseg.tsv'), `index\tname\n${rows.join('\n')}\n`);
    const table = NAMES.map((name, at) => {
      const own = Float64Array.from(values[at] ?? []).sort();
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      const sd = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (own.length - 1));
      const middle = own.length / 2;
      const median = ((own[Math.ceil(middle) - 1] as number) + (own[Math.floor(middle)] as number)) / 2;
      return [
        labels[at],
        name,
        voxels[at],
        own.length,
        mean,
        sd,
        median,
        ((voxels[at] ?? 0) * 10) / 1000,
      ].join('\t');
    });
    const header = 'index\tname\tvoxels\tused\tmean\tsd\tmedian\tvolume_ml';
    await writeText(
      join(folders.reference, 'regions.tsv'),
      `${[header, ...table, '99\tuncinate\t0\t0\tn/a\tn/a\tn/a\t0'].join('\n')}\n`,
    );
  },
});
