import { invertAffine, type Affine } from '../../../../imaging/affine.js';

/** A 3D image in memory: voxels x fastest, and where they are in the world (mm, RAS+). */
export interface Volume {
  readonly shape: readonly [number, number, number];
  readonly affine: Affine;
  readonly data: ArrayLike<number>;
}

export type Interpolation = 'linear' | 'nearest';

/** The value of a volume at a world position (mm, RAS+); NaN outside it. */
export type Sampler = (x: number, y: number, z: number) => number;

/** How far outside the centre of the outermost voxels a position still counts as inside: half a voxel. */
const RIM = 0.5;

/**
 * Makes a reader of values by world position, so that images on different grids can be laid upon each other. Labels and
 * masks are read with `nearest`: a mean of two labels is a third.
 */
export function sampler({ shape, affine, data }: Volume, interpolation: Interpolation): Sampler {
  const [a, b, c] = invertAffine(affine);
  const [nx, ny, nz] = shape;
  const clamp = (index: number, size: number): number =>
    index < 0 ? 0 : index > size - 1 ? size - 1 : index;
  return (x, y, z) => {
    let i = a[0] * x + a[1] * y + a[2] * z + a[3];
    let j = b[0] * x + b[1] * y + b[2] * z + b[3];
    let k = c[0] * x + c[1] * y + c[2] * z + c[3];
    if (!(i >= -RIM && j >= -RIM && k >= -RIM && i <= nx - RIM && j <= ny - RIM && k <= nz - RIM)) return NaN;
    [i, j, k] = [clamp(i, nx), clamp(j, ny), clamp(k, nz)];
    if (interpolation === 'nearest')
      return data[Math.round(i) + nx * (Math.round(j) + ny * Math.round(k))] as number;
    const [i0, j0, k0] = [Math.floor(i), Math.floor(j), Math.floor(k)];
    const [u, v, w] = [i - i0, j - j0, k - k0];
    // Where a weight is 0, the neighbour may lie outside: its index is that of the voxel itself.
    const di = u > 0 ? 1 : 0;
    const dj = v > 0 ? nx : 0;
    const dk = w > 0 ? nx * ny : 0;
    const at = i0 + nx * (j0 + ny * k0);
    const value = (offset: number): number => data[at + offset] as number;
    const along = (offset: number): number => value(offset) + u * (value(offset + di) - value(offset));
    const across = (offset: number): number => along(offset) + v * (along(offset + dj) - along(offset));
    return across(0) + w * (across(dk) - across(0));
  };
}
