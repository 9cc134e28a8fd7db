import { join } from 'node:path';
import { z } from 'zod';
import type { Vector3 } from '../../imaging/gradients.js';
import { centredGrid, voxelCount } from '../../synthetic/grids.js';
import { seededRandom, type Random } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { writeMap } from './write-maps.js';

/** Shares of voxels with each fault that fits leave behind. */
const FAULTS = { negative: 0.12, zero: 0.05, notFinite: 0.05 };

export const diffusionTensorGenerator = defineGenerator({
  id: 'diffusion-tensor',
  about:
    'tensors with known eigenvalues, among them negative ones, empty ones and ones that are no numbers, and their metrics',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'tensors');
    const grid = centredGrid([14, 12, 10], [2.5, 2.5, 2.5], 'LAS', 8);
    const count = voxelCount(grid);
    const tensor = new Float32Array(6 * count);
    const mask = new Uint8Array(count);
    const maps = {
      FA: new Float32Array(count),
      MD: new Float32Array(count),
      AD: new Float32Array(count),
      RD: new Float32Array(count),
    };
    for (let voxel = 0; voxel < count; voxel++) {
      const inside = random.uniform() < 0.8;
      mask[voxel] = inside ? 1 : 0;
      const l1 = 1e-3 + 1.2e-3 * random.uniform();
      const l2 = 0.35 * l1 + 0.5 * l1 * random.uniform();
      let l3 = l2 * (0.2 + 0.7 * random.uniform());
      const chance = random.uniform();
      if (chance < FAULTS.negative) l3 = -0.5e-3 * (0.2 + random.uniform());
      const elements = tensorOf([l1, l2, l3], rotation(random));
      const bad =
        chance > 1 - FAULTS.notFinite ? NaN : chance > 1 - FAULTS.notFinite - FAULTS.zero ? 0 : undefined;
      elements.forEach((value, element) => (tensor[element * count + voxel] = bad ?? value));
      if (!inside || bad !== undefined) continue;
      const [a, b, c] = [l1, l2, Math.max(0, l3)];
      const mean = (a + b + c) / 3;
      const spread = (a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2;
      maps.FA[voxel] = Math.sqrt((1.5 * spread) / (a * a + b * b + c * c));
      maps.MD[voxel] = mean;
      maps.AD[voxel] = a;
      maps.RD[voxel] = (b + c) / 2;
    }
    await writeMap(join(folders.in, 'tensor.nii.gz'), grid, tensor);
    await writeMap(join(folders.in, 'mask.nii.gz'), grid, mask, 'uint8');
    await writeMap(
      join(folders.reference, 'everywhere.nii.gz'),
      grid,
      new Uint8Array(count).fill(1),
      'uint8',
    );
    for (const [name, data] of Object.entries(maps))
      await writeMap(join(folders.reference, `${name}.nii.gz`), grid, data);
  },
});

/** Three orthonormal axes, the columns of a random rotation. */
export function rotation(random: Random): [Vector3, Vector3, Vector3] {
  const unit = ([x, y, z]: Vector3): Vector3 => {
    const length = Math.hypot(x, y, z);
    return [x / length, y / length, z / length];
  };
  const first = unit([random.normal(), random.normal(), random.normal()]);
  const other: Vector3 = [random.normal(), random.normal(), random.normal()];
  const along = first[0] * other[0] + first[1] * other[1] + first[2] * other[2];
  const second = unit([
    other[0] - along * first[0],
    other[1] - along * first[1],
    other[2] - along * first[2],
  ]);
  const third: Vector3 = [
    first[1] * second[2] - first[2] * second[1],
    first[2] * second[0] - first[0] * second[2],
    first[0] * second[1] - first[1] * second[0],
  ];
  return [first, second, third];
}

/** Dxx, Dyy, Dzz, Dxy, Dxz, Dyz. */
function tensorOf(values: Vector3, axes: readonly Vector3[]): number[] {
  const at = (i: 0 | 1 | 2, j: 0 | 1 | 2): number =>
    axes.reduce((sum, axis, k) => sum + (values[k] as number) * axis[i] * axis[j], 0);
  return [at(0, 0), at(1, 1), at(2, 2), at(0, 1), at(0, 2), at(1, 2)];
}
