import { readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';

/** Median of a map where its mask, on the same grid, is above 0. */
export async function medianInside(map: string, mask: string): Promise<number> {
  const values = await readVoxels(await readNiftiHeader(map));
  const within = await readVoxels(await readNiftiHeader(mask));
  const inside = values.filter((_, index) => (within[index] ?? 0) > 0).sort();
  return inside[Math.floor(inside.length / 2)] ?? NaN;
}
