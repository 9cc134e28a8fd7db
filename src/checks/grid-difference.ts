import { gridDistance, orientationCode, type Grid } from '../imaging/affine.js';

/** mm: what writing an affine as float32 and a quaternion costs at the corner of a head. */
export const AFFINE_TOLERANCE_MM = 1e-3;

export interface GridDifference {
  readonly kind: 'shape' | 'place';
  readonly message: string;
}

/**
 * How a grid differs from that of `input`, both in RAS order so that strides do not matter; undefined when they are the
 * same to `toleranceMm` at the farthest corner.
 */
export function gridDifference(
  own: Grid,
  other: Grid,
  input: string,
  toleranceMm: number,
): GridDifference | undefined {
  const distance = gridDistance(own, other);
  if (distance === undefined) {
    const [a, b] = [own, other].map(({ shape, affine }) => `${shape.join('x')} (${orientationCode(affine)})`);
    return { kind: 'shape', message: `the grid has ${a} voxels, but that of ${input} has ${b}` };
  }
  // Also NaN is a difference.
  if (distance <= toleranceMm) return undefined;
  return { kind: 'place', message: `lies up to ${distance.toFixed(3)} mm away from ${input}` };
}
