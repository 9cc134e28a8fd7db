import { applyAffine, type Affine } from '../../../../imaging/affine.js';

export interface Overlap {
  /** 2 |A and B| / (|A| + |B|) (Dice 1945, doi:10.2307/1932409). */
  readonly dice: number;
  readonly first_voxels: number;
  readonly second_voxels: number;
  /** mm between the centres of mass. */
  readonly centre_distance_mm: number;
  /** Second minus first, mm along x (right), y (anterior), z (up). */
  readonly centre_offset_mm: readonly [number, number, number];
}

/** How two masks (above 0) on one grid lie on each other. Undefined where one is empty. */
export function overlapOf(
  first: Float64Array,
  second: Float64Array,
  [nx, ny]: readonly [number, number, number],
  affine: Affine,
): Overlap | undefined {
  let [a, b, both] = [0, 0, 0];
  const sums = [new Float64Array(3), new Float64Array(3)] as const;
  for (let at = 0; at < first.length; at++) {
    const [p, q] = [(first[at] as number) > 0, (second[at] as number) > 0];
    if (!p && !q) continue;
    const index = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))] as const;
    for (const axis of [0, 1, 2] as const) {
      if (p) sums[0][axis] = (sums[0][axis] as number) + index[axis];
      if (q) sums[1][axis] = (sums[1][axis] as number) + index[axis];
    }
    a += p ? 1 : 0;
    b += q ? 1 : 0;
    both += p && q ? 1 : 0;
  }
  if (a === 0 || b === 0) return undefined;
  const centre = (sum: Float64Array, count: number): [number, number, number] =>
    applyAffine(affine, [(sum[0] as number) / count, (sum[1] as number) / count, (sum[2] as number) / count]);
  const [p, q] = [centre(sums[0], a), centre(sums[1], b)];
  const offset = [q[0] - p[0], q[1] - p[1], q[2] - p[2]] as const;
  return {
    dice: (2 * both) / (a + b),
    first_voxels: a,
    second_voxels: b,
    centre_distance_mm: Math.hypot(...offset),
    centre_offset_mm: offset,
  };
}
