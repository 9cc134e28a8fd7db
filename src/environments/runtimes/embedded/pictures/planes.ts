import { toRas, voxelSizesOf, type Grid } from '../../../../imaging/affine.js';

type Vector3 = readonly [number, number, number];

export const planeNames = ['axial', 'coronal', 'sagittal'] as const;
export type PlaneName = (typeof planeNames)[number];

/** One cut through an image: a raster of world positions (mm, RAS+). */
export interface Plane {
  readonly name: PlaneName;
  readonly width: number;
  readonly height: number;
  /** World position of the upper left pixel, and the way from a pixel to the next one, right and down. */
  readonly origin: Vector3;
  readonly right: Vector3;
  readonly down: Vector3;
  /** Where the cut lies: world coordinate (mm) of its centre on the axis that it crosses. */
  readonly position: number;
  /** Letters at the left, right, upper and lower edge: R, L, A, P, S, I. */
  readonly marks: {
    readonly left: string;
    readonly right: string;
    readonly top: string;
    readonly bottom: string;
  };
}

interface View {
  /** World axes (0 x, 1 y, 2 z) that run to the right and down in the picture, all against their sense. */
  readonly right: 0 | 1 | 2;
  readonly down: 0 | 1 | 2;
  readonly across: 0 | 1 | 2;
}

/**
 * Radiological convention: one looks at the patient from the feet (axial) and from the front (coronal), so the right of
 * the patient is on the left of the picture; sagittal cuts have the front on the left. All axes run against their sense:
 * x to the right side of the patient, y from front to back, z from top to bottom.
 */
const views: Readonly<Record<PlaneName, View>> = {
  axial: { right: 0, down: 1, across: 2 },
  coronal: { right: 0, down: 2, across: 1 },
  sagittal: { right: 1, down: 2, across: 0 },
};

const positive = 'RAS';
const negative = 'LPI';

/** Bounds along the RAS axes of a grid, in voxels, both ends inside. */
export type Bounds = readonly [Vector3, Vector3];

/**
 * Cuts through a grid at equal distances between `bounds` (voxel indices of the grid reordered to RAS), along its own
 * axes where it is oblique. Empty for a plane in which the grid is thinner than `THIN` voxels, if it is not so in all of them: a line
 * shows nothing.
 *
 * @param pixels size of the longer side of the largest cut of the grid, in pixels; the same mm per pixel for all planes
 */
export function cutPlanes(
  grid: Grid,
  name: PlaneName,
  count: number,
  bounds: Bounds,
  pixels: number,
): Plane[] {
  const { shape, affine } = toRas(grid);
  const view = views[name];
  const isThin = ({ right, down }: typeof view): boolean => shape[right] < THIN || shape[down] < THIN;
  if (isThin(view) && !Object.values(views).every(isThin)) return [];
  const sizes = voxelSizesOf(affine);
  const extents = shape.map((size, axis) => size * (sizes[axis as 0 | 1 | 2] ?? 1));
  const mm = Math.max(...extents) / pixels;
  const column = (axis: 0 | 1 | 2): Vector3 => [affine[0][axis], affine[1][axis], affine[2][axis]];
  const width = Math.max(1, Math.round((extents[view.right] as number) / mm));
  const height = Math.max(1, Math.round((extents[view.down] as number) / mm));
  const step = (axis: 0 | 1 | 2): Vector3 => scaled(column(axis), -mm / sizes[axis]);
  const [low, high] = [bounds[0][view.across], bounds[1][view.across]];
  const cuts = Math.min(count, high - low + 1);
  return Array.from({ length: cuts }, (_, index): Plane => {
    const voxel: [number, number, number] = [0, 0, 0];
    voxel[view.across] = cuts === 1 ? (low + high) / 2 : low + ((index + 0.5) / cuts) * (high - low);
    // Centre of the first pixel: half a pixel inside the outer face of the last voxel of both axes.
    for (const axis of [view.right, view.down]) voxel[axis] = shape[axis] - 0.5 - (0.5 * mm) / sizes[axis];
    const at = (row: 0 | 1 | 2): number =>
      affine[row][0] * voxel[0] + affine[row][1] * voxel[1] + affine[row][2] * voxel[2] + affine[row][3];
    const origin: Vector3 = [at(0), at(1), at(2)];
    const [right, down] = [step(view.right), step(view.down)];
    const centre = origin[view.across] + right[view.across] * (width / 2) + down[view.across] * (height / 2);
    return {
      name,
      width,
      height,
      origin,
      right,
      down,
      position: centre,
      marks: {
        left: positive[view.right] ?? '',
        right: negative[view.right] ?? '',
        top: positive[view.down] ?? '',
        bottom: negative[view.down] ?? '',
      },
    };
  });
}

/** Voxels along both axes of a cut below which it is no picture. */
const THIN = 4;

function scaled([x, y, z]: Vector3, factor: number): Vector3 {
  return [x * factor, y * factor, z * factor];
}

/** The whole of a grid, reordered to RAS. */
export function wholeBounds(grid: Grid): Bounds {
  const { shape } = toRas(grid);
  return [
    [0, 0, 0],
    [shape[0] - 1, shape[1] - 1, shape[2] - 1],
  ];
}
