import { gridOf, readNiftiHeader, volumesOf } from '../../../../imaging/nifti-header.js';
import { readVoxels, streamVoxels } from '../../../../imaging/voxel-stream.js';
import { ToolUsageError } from '../tool.js';
import type { Volume } from './volume.js';

/** One volume of an image by its index from 0, or the mean over all of them. */
export type Which = number | 'mean';

/** Reads a 3D image, or what `which` says of a 4D one; of a series one volume is held in memory at a time. */
export async function loadVolume(path: string, which: Which = 'mean'): Promise<Volume> {
  const header = await readNiftiHeader(path);
  const { shape, affine } = gridOf(header);
  const volumes = volumesOf(header);
  if (volumes === 1) return { shape, affine, data: await readVoxels(header) };
  if (which !== 'mean') {
    if (which >= volumes)
      throw new ToolUsageError(`the image has ${volumes} volumes, none at ${which} (from 0)`);
    return { shape, affine, data: await readVoxels(header, which) };
  }
  const mean = new Float64Array(shape[0] * shape[1] * shape[2]);
  await streamVoxels(header, (values, first) => {
    for (let index = 0; index < values.length; index++) {
      const at = (first + index) % mean.length;
      mean[at] = (mean[at] as number) + (values[index] as number) / volumes;
    }
  });
  return { shape, affine, data: mean };
}

/** Three volumes of an image as the components of a vector. */
export async function loadVectors(path: string): Promise<readonly [Volume, Volume, Volume]> {
  const header = await readNiftiHeader(path);
  if (volumesOf(header) !== 3)
    throw new ToolUsageError(`directions have three components, the image has ${volumesOf(header)} volumes`);
  const { shape, affine } = gridOf(header);
  const component = async (index: number): Promise<Volume> => ({
    shape,
    affine,
    data: await readVoxels(header, index),
  });
  return [await component(0), await component(1), await component(2)];
}
