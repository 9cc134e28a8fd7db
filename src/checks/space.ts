import type { Grid } from '../imaging/affine.js';
import { mifGridOf, mifVolumesOf } from '../imaging/mif-header.js';
import { readMifVoxels } from '../imaging/mif-voxels.js';
import { gridOf, volumesOf } from '../imaging/nifti-header.js';
import { readVoxels } from '../imaging/voxel-stream.js';
import type { FileFacts } from './file-facts.js';

/** Where an image is, whichever format it has. */
export interface Space {
  readonly grid: Grid;
  readonly volumes: number;
}

export function isMif(path: string): boolean {
  return /\.mif(\.gz)?$/i.test(path);
}

/** Grid and number of volumes of an MRtrix or NIfTI image, told apart by the name. */
export async function spaceOf(path: string, facts: FileFacts): Promise<Space> {
  if (isMif(path)) {
    const header = await facts.mif(path);
    return { grid: mifGridOf(header), volumes: mifVolumesOf(header) };
  }
  const header = await facts.header(path);
  return { grid: gridOf(header), volumes: volumesOf(header) };
}

/** Voxels of one volume, x fastest, of an MRtrix or NIfTI image: for masks and labels, which are small. */
export async function voxelsOf(path: string, facts: FileFacts): Promise<Float64Array> {
  return isMif(path) ? readMifVoxels(await facts.mif(path)) : readVoxels(await facts.header(path));
}
