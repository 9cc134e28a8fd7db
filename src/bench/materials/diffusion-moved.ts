import { join } from 'node:path';
import { z } from 'zod';
import type { Vector3 } from '../../imaging/gradients.js';
import { diffusionProtocol, fslGradients } from '../../synthetic/dwi.js';
import { centredGrid, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { writeMap, writeText } from './write-maps.js';

export const diffusionMovedGenerator = defineGenerator({
  id: 'diffusion-moved',
  about:
    'a realigned diffusion series with the rigid movement of each volume, whose gradients are still to be turned',
  params: z.strictObject({
    /** Largest rotation about each axis, degrees. */
    degrees: z.number().positive().default(12),
  }),
  async make(folders, seed, { degrees }) {
    const random = seededRandom(seed, 'movement');
    const volumes = diffusionProtocol(seededRandom(seed, 'protocol'), [{ b: 1000, directions: 24 }]);
    // Right-handed and tilted: FSL's convention turns x round, and voxel axes are not world axes.
    const grid = centredGrid([10, 10, 6], [2, 2, 3], 'RAS', 20);
    const rows: string[] = [];
    const turned = volumes.map(({ b, direction }) => {
      const angles = [0, 1, 2].map(() => ((2 * random.uniform() - 1) * degrees * Math.PI) / 180) as [
        number,
        number,
        number,
      ];
      const matrix = rotationOf(angles);
      const shift = [0, 1, 2].map(() => 4 * random.uniform() - 2);
      rows.push(
        [...matrix.flatMap((row, i) => [...row, shift[i] as number]), 0, 0, 0, 1]
          .map((value) => value.toFixed(8))
          .join('\t'),
      );
      return { b, direction: matrix.map((row) => dot(row, direction)) as unknown as Vector3 };
    });
    const { bval, bvec } = fslGradients(volumes, grid.affine);
    const count = voxelCount(grid);
    const data = Float32Array.from({ length: count * volumes.length }, () =>
      Math.round(400 + 50 * random.normal()),
    );
    const stem = join(folders.in, 'sub-01', 'dwi', 'sub-01_desc-realigned_dwi');
    await writeMap(`${stem}.nii.gz`, grid, data, 'int16', 6);
    await writeText(`${stem}.bval`, bval);
    await writeText(join(folders.in, 'sub-01', 'dwi', 'sub-01_desc-original_dwi.bvec'), bvec);
    const names = [0, 1, 2, 3].flatMap((row) => [0, 1, 2, 3].map((column) => `m${row}${column}`));
    await writeText(
      join(folders.in, 'sub-01', 'dwi', 'sub-01_desc-movement_timeseries.tsv'),
      `${names.join('\t')}\n${rows.join('\n')}\n`,
    );
    const line = (axis: 0 | 1 | 2): string =>
      turned.map(({ direction }) => direction[axis].toFixed(8)).join(' ');
    await writeText(join(folders.reference, 'world.txt'), `${line(0)}\n${line(1)}\n${line(2)}\n`);
  },
});

function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Rz Ry Rx, radians. */
function rotationOf([x, y, z]: Vector3): [Vector3, Vector3, Vector3] {
  const [cx, sx, cy, sy, cz, sz] = [
    Math.cos(x),
    Math.sin(x),
    Math.cos(y),
    Math.sin(y),
    Math.cos(z),
    Math.sin(z),
  ];
  return [
    [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
    [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
    [-sy, cy * sx, cy * cx],
  ];
}
