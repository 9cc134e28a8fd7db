import { invertAffine, type Affine } from './affine.js';

export interface JacobianFacts {
  readonly voxels: number;
  /** Voxels where the map turns space inside out: determinant 0 or below, or not finite. */
  readonly folded: number;
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * Determinant of the Jacobian of x -> x + u(x) at every voxel that has neighbours, by forward differences:
 * det(I + D A^-1), where D holds the differences of u between neighbouring voxels and A takes voxel indices to mm.
 *
 * @param field displacements in mm, LPS as ITK writes them, x fastest, one component after the other
 * @param shape voxels along x, y, z
 * @param affine voxel to world in mm, RAS
 */
export function jacobianFacts(
  field: Float32Array,
  shape: readonly [number, number, number],
  affine: Affine,
): JacobianFacts {
  const [nx, ny, nz] = shape;
  const size = nx * ny * nz;
  const inverse = invertAffine(affine);
  let [minimum, maximum, voxels, folded] = [Infinity, -Infinity, 0, 0];
  const j = new Float64Array(9);
  const steps = [1, nx, nx * ny];
  for (let z = 0; z < nz - 1; z++) {
    for (let y = 0; y < ny - 1; y++) {
      for (let x = 0; x < nx - 1; x++) {
        const at = x + nx * (y + ny * z);
        for (let row = 0; row < 3; row++) {
          // LPS to RAS: x and y change sign.
          const sign = row < 2 ? -1 : 1;
          const start = row * size + at;
          const here = field[start] as number;
          const d0 = sign * ((field[start + (steps[0] as number)] as number) - here);
          const d1 = sign * ((field[start + (steps[1] as number)] as number) - here);
          const d2 = sign * ((field[start + (steps[2] as number)] as number) - here);
          for (const column of [0, 1, 2] as const)
            j[3 * row + column] =
              (row === column ? 1 : 0) +
              d0 * inverse[0][column] +
              d1 * inverse[1][column] +
              d2 * inverse[2][column];
        }
        const value = determinant3(j);
        voxels += 1;
        if (!(value > 0)) folded += 1;
        if (value < minimum) minimum = value;
        if (value > maximum) maximum = value;
      }
    }
  }
  return { voxels, folded, minimum, maximum };
}

/** Determinant of a 3x3 matrix, row-major. */
export function determinant3(m: ArrayLike<number>): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = Array.from(m);
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}
