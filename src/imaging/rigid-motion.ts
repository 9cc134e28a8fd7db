import { applyAffine, type Affine, type Grid } from './affine.js';

/** trans_x, trans_y, trans_z (mm), rot_x, rot_y, rot_z (radians). */
export type RigidMotion = readonly [number, number, number, number, number, number];

/** The centre of a grid in scanner space, mm. */
export function centreOf({ shape, affine }: Grid): [number, number, number] {
  const [x, y, z] = shape;
  return applyAffine(affine, [(x - 1) / 2, (y - 1) / 2, (z - 1) / 2]);
}

/**
 * Six parameters of a rigid map of points in scanner space: y = R (x - c) + c + t with R = Rx(rot_x) Ry(rot_y) Rz(rot_z),
 * each turning right-handed about its axis, from R02 = sin(rot_y), R12 = -sin(rot_x) cos(rot_y), R01 = -cos(rot_y) sin(rot_z).
 *
 * @param centre c, about which the rotations turn
 */
export function rigidMotionOf(map: Affine, centre: readonly [number, number, number]): RigidMotion {
  const moved = applyAffine(map, centre);
  const [a, b, c] = map;
  return [
    moved[0] - centre[0],
    moved[1] - centre[1],
    moved[2] - centre[2],
    Math.atan2(-b[2], c[2]),
    Math.asin(Math.min(1, Math.max(-1, a[2]))),
    Math.atan2(-a[1], a[0]),
  ];
}
