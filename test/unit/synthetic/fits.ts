import { readFileSync } from 'node:fs';

/** Independent computations that the tests compare the truth with. Nothing here comes from src. */

type Vector = readonly number[];

/** Ordinary least squares: X is rows by columns; one answer per column of X. */
export function leastSquares(design: readonly Vector[]): (y: ArrayLike<number>) => number[] {
  const columns = design[0]?.length ?? 0;
  const normal = Array.from({ length: columns }, (_, p) =>
    Array.from({ length: columns }, (__, q) => design.reduce((sum, row) => sum + row[p]! * row[q]!, 0)),
  );
  const inverse = inverted(normal);
  const solver = inverse.map((row) =>
    design.map((observation) => row.reduce((sum, value, q) => sum + value * observation[q]!, 0)),
  );
  return (y) => solver.map((row) => row.reduce((sum, value, index) => sum + value * y[index]!, 0));
}

/** Sum of squares of what a design leaves of y. */
export function residual(design: readonly Vector[], y: ArrayLike<number>): number {
  const fit = leastSquares(design)(y);
  return design.reduce(
    (sum, row, index) => sum + (y[index]! - row.reduce((s, value, p) => s + value * fit[p]!, 0)) ** 2,
    0,
  );
}

/** Gauss and Jordan, with pivots. */
function inverted(matrix: readonly Vector[]): number[][] {
  const n = matrix.length;
  const work = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))]);
  for (let p = 0; p < n; p++) {
    let best = p;
    for (let r = p + 1; r < n; r++) if (Math.abs(work[r]![p]!) > Math.abs(work[best]![p]!)) best = r;
    [work[p], work[best]] = [work[best]!, work[p]!];
    const pivot = work[p]![p]!;
    if (Math.abs(pivot) < 1e-12) throw new Error('the design is singular');
    work[p] = work[p]!.map((value) => value / pivot);
    for (let r = 0; r < n; r++) {
      if (r === p) continue;
      const factor = work[r]![p]!;
      work[r] = work[r]!.map((value, c) => value - factor * work[p]![c]!);
    }
  }
  return work.map((row) => row.slice(n));
}

/** Eigenvalues of a symmetric 3x3 matrix, largest first, with their vectors: the rotations of Jacobi. */
export function eigen3(matrix: readonly Vector[]): { value: number; vector: number[] }[] {
  const a = matrix.map((row) => [...row]);
  const v = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  for (let sweep = 0; sweep < 30; sweep++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      if (a[p]![q] === 0) continue;
      const angle = 0.5 * Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!);
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (const rows of [a, v])
        for (const row of rows) [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!];
      [a[p], a[q]] = [
        a[p]!.map((value, k) => c * value - s * a[q]![k]!),
        a[q]!.map((value, k) => s * a[p]![k]! + c * value),
      ];
    }
  }
  return [0, 1, 2]
    .map((k) => ({ value: a[k]![k]!, vector: v.map((row) => row[k]!) }))
    .sort((p, q) => q.value - p.value);
}

export interface TensorFit {
  readonly fa: number;
  readonly md: number;
  readonly v1: readonly number[];
}

/** Log-linear tensor fit; directions in the frame that V1 is wanted in. Signals below 1 count as 1. */
export function tensorFit(
  bvals: Vector,
  directions: readonly Vector[],
): (signals: ArrayLike<number>) => TensorFit {
  const design = bvals.map((b, index) => {
    const [x, y, z] = directions[index] as [number, number, number];
    return [1, x * x, y * y, z * z, 2 * x * y, 2 * x * z, 2 * y * z].map((value, p) =>
      p === 0 ? 1 : -b * 1e-3 * value,
    );
  });
  const solve = leastSquares(design);
  return (signals) => {
    const [, xx, yy, zz, xy, xz, yz] = solve(Array.from(signals, (value) => Math.log(Math.max(1, value))));
    const found = eigen3([
      [xx!, xy!, xz!],
      [xy!, yy!, yz!],
      [xz!, yz!, zz!],
    ]);
    const values = found.map(({ value }) => value * 1e-3);
    const md = values.reduce((sum, value) => sum + value, 0) / 3;
    const spread = values.reduce((sum, value) => sum + (value - md) ** 2, 0);
    const norm = values.reduce((sum, value) => sum + value ** 2, 0);
    return { fa: Math.sqrt((1.5 * spread) / norm), md, v1: found[0]!.vector };
  };
}

/** Rows of numbers of a .bval or .bvec file. */
export function numberRows(path: string): number[][] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
}

/**
 * FSL's convention to world RAS, as FSL documents it: directions are along the voxel axes of an image that is stored in
 * radiological order; where the determinant is positive, FSL takes the first axis the other way round.
 */
export function fslToWorld(bvec: readonly Vector[], affine: readonly Vector[]): number[][] {
  const columns = [0, 1, 2].map((axis) => [0, 1, 2].map((row) => affine[row]![axis]!));
  const units = columns.map((column) => column.map((value) => value / Math.hypot(...column)));
  const [a, b, c] = columns as [number[], number[], number[]];
  const triple =
    a[0]! * (b[1]! * c[2]! - b[2]! * c[1]!) +
    a[1]! * (b[2]! * c[0]! - b[0]! * c[2]!) +
    a[2]! * (b[0]! * c[1]! - b[1]! * c[0]!);
  return (bvec[0] ?? []).map((_, volume) => {
    const along = [bvec[0]![volume]! * (triple > 0 ? -1 : 1), bvec[1]![volume]!, bvec[2]![volume]!];
    return [0, 1, 2].map((row) => along.reduce((sum, value, axis) => sum + value * units[axis]![row]!, 0));
  });
}

/** Degrees between two axes, 0 to 90. */
export function axisAngle(p: Vector, q: Vector): number {
  const dot = Math.abs(p.reduce((sum, value, axis) => sum + value * q[axis]!, 0));
  return (Math.acos(Math.min(1, dot / (Math.hypot(...p) * Math.hypot(...q)))) * 180) / Math.PI;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((p, q) => p - q);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
