import { NeuroClawError } from '../kernel/errors.js';
import { applyAffine, invertAffine, multiplyAffines, toRas, type Grid } from './affine.js';
import { gridOf, readNiftiHeader, volumesOf, type NiftiHeader } from './nifti-header.js';
import { streamVoxels } from './voxel-stream.js';

/** A mask in memory, whatever the order its file has. */
export interface Mask {
  readonly header: NiftiHeader;
  /** The grid with axes nearest to RAS. */
  readonly grid: Grid;
  /** In the order of `grid`, x fastest: 1 where the file is above 0. */
  readonly voxels: Uint8Array;
}

/**
 * Reads a mask of one volume. Throws input.malformed for a damaged file and input.invalid where it is no mask: several
 * volumes, or values below 0.
 */
export async function readMask(path: string): Promise<Mask> {
  const header = await readNiftiHeader(path);
  const invalid = (message: string): NeuroClawError =>
    new NeuroClawError('input.invalid', `${path} is no mask: ${message}`, {
      place: { file: path },
      expected: 'one volume, 0 for background and values above 0 inside',
    });
  if (volumesOf(header) !== 1) throw invalid(`it has ${volumesOf(header)} volumes`);
  const stored = gridOf(header);
  const grid = toRas(stored);
  const [nx, ny] = stored.shape;
  const [rx, ry] = grid.shape;
  // Both are voxel indices of one grid, so the product is a reordering: whole numbers but for rounding.
  const toOrdered = multiplyAffines(invertAffine(grid.affine), stored.affine);
  const placeOf = (x: number, y: number, z: number): number => {
    const [i, j, k] = applyAffine(toOrdered, [x, y, z]);
    return Math.round(i) + rx * (Math.round(j) + ry * Math.round(k));
  };
  const origin = placeOf(0, 0, 0);
  const [dx, dy, dz] = [placeOf(1, 0, 0) - origin, placeOf(0, 1, 0) - origin, placeOf(0, 0, 1) - origin];
  const voxels = new Uint8Array(stored.shape[0] * stored.shape[1] * stored.shape[2]);
  let negative = 0;
  await streamVoxels(header, (values, first) => {
    for (let n = 0; n < values.length; n++) {
      const value = values[n] as number;
      if (value < 0) negative += 1;
      if (!(value > 0)) continue;
      const index = first + n;
      const [x, y, z] = [index % nx, Math.floor(index / nx) % ny, Math.floor(index / (nx * ny))];
      voxels[origin + x * dx + y * dy + z * dz] = 1;
    }
  });
  if (negative > 0) throw invalid(`${negative} values are below 0`);
  return { header, grid, voxels };
}
