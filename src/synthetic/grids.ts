import type { Affine, Grid } from '../imaging/affine.js';

const axes: Readonly<Record<string, readonly [number, number, number]>> = {
  R: [1, 0, 0],
  L: [-1, 0, 0],
  A: [0, 1, 0],
  P: [0, -1, 0],
  S: [0, 0, 1],
  I: [0, 0, -1],
};

/**
 * A grid around the centre of the scanner. `orientation` says where each voxel index grows (`LAS`: the first to the
 * left); `tiltDeg` turns the whole grid about the left-right axis, anterior edge up, as slices are tilted in practice.
 * The affine is rounded to float32, which is what a NIfTI header holds.
 */
export function centredGrid(
  shape: readonly [number, number, number],
  voxelMm: readonly [number, number, number],
  orientation: string,
  tiltDeg = 0,
): Grid {
  const tilt = (tiltDeg * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(tilt), Math.sin(tilt)];
  const columns = [...orientation].map((letter, axis) => {
    const [x, y, z] = axes[letter] ?? [NaN, NaN, NaN];
    const size = voxelMm[axis] ?? NaN;
    return [x, y * cosine - z * sine, y * sine + z * cosine].map((part) => part * size);
  });
  const row = (world: 0 | 1 | 2): [number, number, number, number] => {
    const at = (axis: 0 | 1 | 2): number => columns[axis]?.[world] ?? NaN;
    const centre = ([0, 1, 2] as const).reduce<number>(
      (sum, axis) => sum + (at(axis) * (shape[axis] - 1)) / 2,
      0,
    );
    // Adding 0 turns -0 into 0: one spelling of an affine.
    return [at(0), at(1), at(2), -centre].map((value) => Math.fround(value) + 0) as [
      number,
      number,
      number,
      number,
    ];
  };
  const affine: Affine = [row(0), row(1), row(2), [0, 0, 0, 1]];
  if (affine.flat().some(Number.isNaN)) throw new RangeError(`no orientation of three axes: ${orientation}`);
  return { shape, affine };
}

export function voxelCount({ shape }: Grid): number {
  return shape[0] * shape[1] * shape[2];
}

/** Calls `visit` for each voxel in the order of the file (first index fastest) with its world position in mm. */
export function forEachVoxel(
  { shape, affine: [a, b, c] }: Grid,
  visit: (index: number, x: number, y: number, z: number) => void,
): void {
  let index = 0;
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      const x = a[1] * j + a[2] * k + a[3];
      const y = b[1] * j + b[2] * k + b[3];
      const z = c[1] * j + c[2] * k + c[3];
      for (let i = 0; i < shape[0]; i++) visit(index++, x + a[0] * i, y + b[0] * i, z + c[0] * i);
    }
  }
}
