import type { Grid } from '../imaging/affine.js';
import { forEachVoxel, voxelCount } from './grids.js';
import { seededRandom } from './random.js';
import { label } from './tissues.js';

type Vector3 = readonly [number, number, number];

/** A head of ellipsoids, stretched and moved a little from person to person. */
export interface HeadPhantom {
  /** Size relative to the standard head, along world x, y, z. */
  readonly scale: Vector3;
  /** Where its centre is: world mm, RAS. */
  readonly centreMm: Vector3;
}

interface Ellipsoid {
  readonly label: number;
  readonly centre: Vector3;
  /** Semi-axes, mm. */
  readonly semi: Vector3;
}

/** From the inside out: a point has the label of the first that contains it. Standard head, mm, RAS. */
const ellipsoids: readonly Ellipsoid[] = [
  { label: label.ventricle, centre: [-12, -4, 8], semi: [6, 24, 8] },
  { label: label.ventricle, centre: [12, -4, 8], semi: [6, 24, 8] },
  { label: label.white, centre: [0, 0, 0], semi: [54, 67, 45] },
  { label: label.grey, centre: [0, 0, 0], semi: [63, 77, 54] },
  { label: label.csf, centre: [0, 0, 0], semi: [66, 80, 57] },
  { label: label.vitreous, centre: [-28, 70, -22], semi: [11, 11, 11] },
  { label: label.vitreous, centre: [28, 70, -22], semi: [11, 11, 11] },
  { label: label.skull, centre: [0, 0, 0], semi: [71, 85, 61] },
  { label: label.scalp, centre: [0, 0, 0], semi: [76, 90, 66] },
  { label: label.marker, centre: [-82, 0, 0], semi: [6, 6, 6] },
];

/**
 * The head of one participant: scalp, skull, cerebrospinal fluid, grey and white matter, lateral ventricles. A capsule
 * is taped to its left side and the eyes are in front and below, so that every axis can be proved: no flip or
 * exchange of axes leaves the image as it was. Grey matter is about 9 mm thick, so that coarse voxels lie wholly in it.
 */
export function makeHead(seed: number, participant: string): HeadPhantom {
  const random = seededRandom(seed, participant, 'head');
  const between = (low: number, high: number): number =>
    Math.round((low + (high - low) * random.uniform()) * 1e4) / 1e4;
  return {
    scale: [between(0.97, 1.03), between(0.97, 1.03), between(0.97, 1.03)],
    centreMm: [between(-2, 2), between(-2, 2), between(-2, 2)],
  };
}

/** World position (mm, RAS) to the coordinates of the standard head. */
export function toStandardHead({ scale, centreMm }: HeadPhantom, [x, y, z]: Vector3): Vector3 {
  return [(x - centreMm[0]) / scale[0], (y - centreMm[1]) / scale[1], (z - centreMm[2]) / scale[2]];
}

/** Position in the standard head to world mm, RAS. */
export function fromStandardHead({ scale, centreMm }: HeadPhantom, [x, y, z]: Vector3): Vector3 {
  return [x * scale[0] + centreMm[0], y * scale[1] + centreMm[1], z * scale[2] + centreMm[2]];
}

/** A function that gives the label of a world position (mm, RAS). */
export function labeller(head: HeadPhantom): (x: number, y: number, z: number) => number {
  const shapes = ellipsoids.map((shape) => {
    const [cx, cy, cz] = fromStandardHead(head, shape.centre);
    const [wx, wy, wz] = shape.semi.map((semi, axis) => 1 / (semi * (head.scale[axis] ?? 1)) ** 2);
    return { label: shape.label, cx, cy, cz, wx: wx ?? 0, wy: wy ?? 0, wz: wz ?? 0 };
  });
  // Most of an image is air, which is outside of both of the outermost.
  const outermost = shapes.slice(-2);
  const inside = (shape: (typeof shapes)[number], x: number, y: number, z: number): boolean =>
    (x - shape.cx) ** 2 * shape.wx + (y - shape.cy) ** 2 * shape.wy + (z - shape.cz) ** 2 * shape.wz <= 1;
  return (x, y, z) => {
    if (!outermost.some((shape) => inside(shape, x, y, z))) return label.air;
    return shapes.find((shape) => inside(shape, x, y, z))?.label ?? label.air;
  };
}

/** Label of each voxel's centre, in the order of the file. */
export function labelsOn(grid: Grid, head: HeadPhantom): Uint8Array {
  const labels = new Uint8Array(voxelCount(grid));
  const labelAt = labeller(head);
  forEachVoxel(grid, (index, x, y, z) => {
    labels[index] = labelAt(x, y, z);
  });
  return labels;
}
