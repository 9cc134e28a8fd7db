import type { Vector3 } from './gradients.js';

/** Order of the six elements of a diffusion tensor here and in MRtrix3: xx, yy, zz, xy, xz, yz. */
export type Tensor = readonly [number, number, number, number, number, number];

/**
 * The matrix that takes the logarithms of the signals of one voxel to its tensor and ln S0 (7 rows of one number per
 * volume): ordinary least squares of ln S = ln S0 - b g'Dg (Basser, Mattiello, LeBihan 1994, doi
 * 10.1006/jmrb.1994.1037). b in s/mm^2, g unit vectors in any frame: the tensor, in mm^2/s, is in the same. Undefined
 * where the gradients do not determine a tensor (fewer than six directions, or one b-value only).
 */
export function tensorFitMatrix(
  bvals: readonly number[],
  directions: readonly Vector3[],
): Float64Array[] | undefined {
  // In units of the largest b, so that the seven unknowns are of one size and the pivots comparable.
  const scale = Math.max(...bvals, 1);
  const rows = bvals.map((bval, index) => {
    const b = bval / scale;
    // The direction of a volume without weighting may be anything, NaN too.
    const [x, y, z] = b === 0 ? [0, 0, 0] : (directions[index] ?? [NaN, NaN, NaN]);
    return [-b * x * x, -b * y * y, -b * z * z, -2 * b * x * y, -2 * b * x * z, -2 * b * y * z, 1];
  });
  const normal = Array.from({ length: 7 }, (_, i) =>
    Array.from({ length: 7 }, (__, j) => rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0)),
  );
  const inverse = invert(normal);
  if (inverse === undefined) return undefined;
  return inverse.map((line, i) =>
    Float64Array.from(rows, (row) => {
      const value = line.reduce((sum, factor, j) => sum + factor * (row[j] ?? 0), 0);
      return i < 6 ? value / scale : value;
    }),
  );
}

/** Gauss-Jordan with pivoting; undefined for a matrix that is singular or nearly so. */
function invert(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const size = matrix.length;
  const work = matrix.map((row, i) => [...row, ...Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))]);
  const largest = Math.max(...matrix.flat().map(Math.abs));
  for (let column = 0; column < size; column++) {
    let best = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(work[row]?.[column] ?? 0) > Math.abs(work[best]?.[column] ?? 0)) best = row;
    const pivotRow = work[best] as number[];
    const pivot = pivotRow[column] ?? 0;
    if (!(Math.abs(pivot) > 1e-9 * largest)) return undefined;
    work[best] = work[column] as number[];
    work[column] = pivotRow.map((value) => value / pivot);
    for (let row = 0; row < size; row++) {
      const factor = work[row]?.[column] ?? 0;
      if (row === column || factor === 0) continue;
      work[row] = (work[row] as number[]).map((value, j) => value - factor * (work[column]?.[j] ?? 0));
    }
  }
  return work.map((row) => row.slice(size));
}

/** Eigenvalues of a tensor, largest first, by the trigonometric formula (Smith 1961, doi 10.1145/355578.366316). */
export function eigenvalues([xx, yy, zz, xy, xz, yz]: Tensor): [number, number, number] {
  const mean = (xx + yy + zz) / 3;
  const [a, b, c] = [xx - mean, yy - mean, zz - mean];
  const p = Math.sqrt((a * a + b * b + c * c + 2 * (xy * xy + xz * xz + yz * yz)) / 6);
  if (p === 0) return [mean, mean, mean];
  const determinant = a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz);
  const angle = Math.acos(Math.max(-1, Math.min(1, determinant / (2 * p * p * p)))) / 3;
  const first = mean + 2 * p * Math.cos(angle);
  const third = mean + 2 * p * Math.cos(angle + (2 * Math.PI) / 3);
  return [first, 3 * mean - first - third, third];
}

/** Fractional anisotropy, 0 to 1 for eigenvalues that are not negative (Basser and Pierpaoli 1996). */
export function fractionalAnisotropy([a, b, c]: readonly [number, number, number]): number {
  const mean = (a + b + c) / 3;
  const spread = (a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2;
  const size = a * a + b * b + c * c;
  return size === 0 ? 0 : Math.sqrt((1.5 * spread) / size);
}

/** Unit eigenvector of the largest eigenvalue: the longest product of two rows of D - lambda. */
export function principalDirection([xx, yy, zz, xy, xz, yz]: Tensor, largest: number): Vector3 | undefined {
  const rows: Vector3[] = [
    [xx - largest, xy, xz],
    [xy, yy - largest, yz],
    [xz, yz, zz - largest],
  ];
  let best: Vector3 | undefined;
  let length = 0;
  for (const [i, j] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    const [p, q] = [rows[i] as Vector3, rows[j] as Vector3];
    const cross: Vector3 = [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
    const size = Math.hypot(...cross);
    if (size > length) [best, length] = [cross, size];
  }
  return best === undefined ? undefined : [best[0] / length, best[1] / length, best[2] / length];
}
