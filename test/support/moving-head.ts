import type { Affine } from '../../src/imaging/affine.js';

/** trans_x, trans_y, trans_z (mm), rot_x, rot_y, rot_z (radians): y = Rx Ry Rz (x - c) + c + t, RAS+. */
export type Motion = readonly [number, number, number, number, number, number];
type Point = readonly [number, number, number];

export const headShape: Point = [26, 30, 18];
const VOXEL = 5;

/** Left-handed and oblique, as scanners store EPI: x runs to the left, and the slices are tilted by 0.2 rad. */
export const headAffine: Affine = (() => {
  const [c, s] = [Math.cos(0.2), Math.sin(0.2)];
  const columns: Point[] = [
    [-VOXEL, 0, 0],
    [0, VOXEL * c, VOXEL * s],
    [0, -VOXEL * s, VOXEL * c],
  ];
  const middle = headShape.map((n) => (n - 1) / 2);
  const centre: Point = [3, -8, 11];
  const row = (axis: 0 | 1 | 2): [number, number, number, number] => {
    const [a, b, d] = columns.map((column) => column[axis]);
    const [x = 0, y = 0, z = 0] = [a, b, d];
    return [x, y, z, centre[axis] - x * (middle[0] ?? 0) - y * (middle[1] ?? 0) - z * (middle[2] ?? 0)];
  };
  return [row(0), row(1), row(2), [0, 0, 0, 1]];
})();
const headCentre: Point = [3, -8, 11];

/** Places (mm from the centre), widths (mm) and heights of what is bright or dark in the head; nothing is symmetrical. */
const spots: readonly (readonly [...Point, number, number])[] = [
  [-22, 30, 5, 12, 500],
  [25, 20, -8, 9, -350],
  [10, -34, 12, 11, 600],
  [-30, -15, -12, 10, 450],
  [5, 2, 22, 8, -400],
  [32, -12, 10, 8, 500],
  [-8, 45, -10, 9, 400],
  [-12, -45, -14, 8, -300],
  [40, 25, 6, 7, 500],
  [-42, 8, 3, 7, -500],
  [18, 48, -4, 7, -400],
  [-18, -52, 6, 7, 500],
  [38, -35, -3, 7, -450],
  [-36, 38, -6, 7, 450],
];

/** Brightness of a head that did not move, at a point from its centre in mm: an ellipsoid with a soft rim, and spots. */
function brightness([x, y, z]: Point): number {
  const radius = Math.sqrt((x / 52) ** 2 + (y / 62) ** 2 + (z / 38) ** 2);
  let value = 1000;
  for (const [a, b, c, width, height] of spots)
    value += height * Math.exp(-((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2) / (2 * width ** 2));
  return value / (1 + Math.exp((radius - 1) * 18));
}

/** A number from 0 to 1 by a seed (mulberry32). */
export function randomBy(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * A series of a head that moves: computed at every voxel from a formula, without interpolation, so the motion is exact.
 * `signal` adds to a volume, `noise` is the standard deviation of Gaussian noise.
 */
export function movingHead(
  motion: readonly Motion[],
  {
    noise = 0,
    seed = 1,
    signal = () => 0,
  }: { noise?: number; seed?: number; signal?: (volume: number, voxel: Point) => number } = {},
): Float32Array {
  const random = randomBy(seed);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const [nx, ny, nz] = headShape;
  const data = new Float32Array(nx * ny * nz * motion.length);
  let at = 0;
  for (const [volume, [tx, ty, tz, rx, ry, rz]] of motion.entries()) {
    const back = (point: Point): Point => {
      // The inverse of Rx Ry Rz is Rz' Ry' Rx'.
      const [x, y, z] = [point[0] - tx, point[1] - ty, point[2] - tz];
      const [y1, z1] = [Math.cos(rx) * y + Math.sin(rx) * z, Math.cos(rx) * z - Math.sin(rx) * y];
      const [x2, z2] = [Math.cos(ry) * x - Math.sin(ry) * z1, Math.cos(ry) * z1 + Math.sin(ry) * x];
      return [Math.cos(rz) * x2 + Math.sin(rz) * y1, Math.cos(rz) * y1 - Math.sin(rz) * x2, z2];
    };
    for (let k = 0; k < nz; k++)
      for (let j = 0; j < ny; j++)
        for (let i = 0; i < nx; i++) {
          const [a, b, c] = headAffine;
          const world = [a, b, c].map((row) => row[0] * i + row[1] * j + row[2] * k + row[3]);
          const from: Point = [
            (world[0] ?? NaN) - headCentre[0],
            (world[1] ?? NaN) - headCentre[1],
            (world[2] ?? NaN) - headCentre[2],
          ];
          const value = brightness(back(from)) + signal(volume, [i, j, k]);
          data[at++] = Math.max(0, value + (noise > 0 ? noise * gauss() : 0));
        }
  }
  return data;
}
