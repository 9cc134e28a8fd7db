import { orientationOf, toRas, type Grid } from './affine.js';
import { gridOf, volumesOf, type NiftiHeader } from './nifti-header.js';
import { readVoxels } from './voxel-stream.js';

/** An image in memory with its axes in the nearest RAS, so that images stored in different orders compare voxel by voxel. */
export interface RasImage {
  /** Voxel axes nearest to right, front, top. */
  readonly grid: Grid;
  /** One array for each volume, x fastest. */
  readonly volumes: readonly Float64Array[];
}

/** Reads a small NIfTI image whole, scaled, reordered and flipped to the nearest RAS. Throws input.malformed. */
export async function readRasImage(header: NiftiHeader): Promise<RasImage> {
  const stored = gridOf(header);
  const count = volumesOf(header);
  const all = await readVoxels(header);
  const size = all.length / count;
  const order = rasOrder(stored);
  const volumes = Array.from({ length: count }, (_, volume) => {
    const values = new Float64Array(size);
    for (let at = 0; at < size; at++) values[at] = all[volume * size + (order[at] as number)] as number;
    return values;
  });
  return { grid: toRas(stored), volumes };
}

/** For each voxel in RAS order the index of the same voxel as it is stored. */
function rasOrder({ shape, affine }: Grid): Uint32Array {
  const { axis, flip } = orientationOf(affine);
  const strides = [1, shape[0], shape[0] * shape[1]];
  const size: [number, number, number] = [0, 0, 0];
  const step: [number, number, number] = [0, 0, 0];
  let start = 0;
  for (const voxel of [0, 1, 2] as const) {
    const world = axis[voxel] as 0 | 1 | 2;
    const stride = strides[voxel] as number;
    size[world] = shape[voxel];
    step[world] = flip[voxel] ? -stride : stride;
    if (flip[voxel]) start += stride * (shape[voxel] - 1);
  }
  const order = new Uint32Array(size[0] * size[1] * size[2]);
  let at = 0;
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++) order[at++] = start + i * step[0] + j * step[1] + k * step[2];
  return order;
}
