import { applyAffine, type Grid } from '../imaging/affine.js';

type Point = readonly [number, number, number];

/** Where a point of the head (RAS+, mm) is after the head moved. */
export type Movement = (point: Point) => [number, number, number];

/**
 * The movement that six parameters describe: trans_x, trans_y, trans_z (mm), rot_x, rot_y, rot_z (radians), in RAS+:
 * y = R (x - c) + c + t with R = Rx Ry Rz, right-handed turns about the axes, and c the centre of the grid.
 */
export function movementOf(parameters: readonly number[], { shape, affine }: Grid): Movement {
  const [tx = 0, ty = 0, tz = 0, rx = 0, ry = 0, rz = 0] = parameters;
  const centre = applyAffine(affine, [(shape[0] - 1) / 2, (shape[1] - 1) / 2, (shape[2] - 1) / 2]);
  return (point) => {
    const [x, y, z] = [point[0] - centre[0], point[1] - centre[1], point[2] - centre[2]];
    const [x1, y1] = turn(x, y, rz);
    const [z2, x2] = turn(z, x1, ry);
    const [y3, z3] = turn(y1, z2, rx);
    return [x2 + centre[0] + tx, y3 + centre[1] + ty, z3 + centre[2] + tz];
  };
}

function turn(u: number, v: number, angle: number): [number, number] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c * u - s * v, s * u + c * v];
}

/** Value between voxels, linear along each axis; undefined outside. `values` has x fastest. */
export function volumeAt(values: Float64Array, shape: Point, [x, y, z]: Point): number | undefined {
  const [i, j, k] = [Math.floor(x), Math.floor(y), Math.floor(z)];
  const [nx, ny, nz] = shape;
  if (i < 0 || j < 0 || k < 0 || i + 1 >= nx || j + 1 >= ny || k + 1 >= nz) return undefined;
  const at = (di: number, dj: number, dk: number): number =>
    values[i + di + nx * (j + dj + ny * (k + dk))] ?? NaN;
  const [u, v, w] = [x - i, y - j, z - k];
  const along = (dj: number, dk: number): number => (1 - u) * at(0, dj, dk) + u * at(1, dj, dk);
  const across = (dk: number): number => (1 - v) * along(0, dk) + v * along(1, dk);
  return (1 - w) * across(0) + w * across(1);
}
