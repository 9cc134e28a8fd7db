import {
  applyAffine,
  gridDistance,
  invertAffine,
  multiplyAffines,
  voxelSizesOf,
  type Grid,
} from '../../../../imaging/affine.js';
import { mifGridOf, mifVolumesOf, readMifHeader } from '../../../../imaging/mif-header.js';
import { readMifVoxels } from '../../../../imaging/mif-voxels.js';
import { gridOf, readNiftiHeader, volumesOf } from '../../../../imaging/nifti-header.js';
import { readVoxels } from '../../../../imaging/voxel-stream.js';
import { ToolUsageError } from '../tool.js';

/** An image in memory, NIfTI or MRtrix. */
export interface Image {
  readonly grid: Grid;
  readonly volumes: number;
  /** Along the axes of `grid`, x fastest, then y, z and volumes. */
  readonly data: Float64Array;
  /** mL */
  readonly voxelMl: number;
}

export function isMif(path: string): boolean {
  return /\.mif(\.gz)?$/i.test(path);
}

/** Reads an image whole. Throws where it holds values that are no numbers. */
export async function loadImage(path: string): Promise<Image> {
  let image: Omit<Image, 'voxelMl'>;
  if (isMif(path)) {
    const header = await readMifHeader(path);
    image = { grid: mifGridOf(header), volumes: mifVolumesOf(header), data: await readMifVoxels(header) };
  } else {
    const header = await readNiftiHeader(path);
    image = { grid: gridOf(header), volumes: volumesOf(header), data: await readVoxels(header) };
  }
  if (!image.data.every(Number.isFinite)) throw new Error(`${path} holds NaN or infinite voxels`);
  const [x, y, z] = voxelSizesOf(image.grid.affine);
  return { ...image, voxelMl: (x * y * z) / 1000 };
}

/** A 3D image on the grid of another, with its voxels in the order of that one's, however both are stored. */
export async function loadOn(image: Image, path: string, what: string): Promise<Image> {
  const other = await loadImage(path);
  const distance = gridDistance(image.grid, other.grid);
  if (other.volumes !== 1 || distance === undefined || distance > 0.1)
    throw new ToolUsageError(`${what} do not lie on one grid: measures go voxel by voxel`);
  const [nx, ny, nz] = image.grid.shape;
  const [mx, my] = other.grid.shape;
  const turn = multiplyAffines(invertAffine(other.grid.affine), image.grid.affine);
  const data = new Float64Array(other.data.length);
  for (let at = 0, k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        const [x, y, z] = applyAffine(turn, [i, j, k]);
        data[at] = other.data[Math.round(x) + mx * (Math.round(y) + my * Math.round(z))] as number;
      }
  return { ...other, grid: image.grid, data };
}
