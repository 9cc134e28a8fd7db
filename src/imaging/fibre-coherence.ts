import type { FibreVoxels } from './fibre-voxels.js';

/** One way to read the axes of a gradient table: which component stands for x, y, z, and which is negated. */
export interface GradientFrame {
  /** Component of the table that is taken for each axis. */
  readonly permutation: readonly [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2];
  /** Axis whose sign is turned; undefined for none. Turning two is turning the third: directions have no sign. */
  readonly flip: 0 | 1 | 2 | undefined;
}

export interface FrameCoherence {
  readonly frame: GradientFrame;
  /** Pairs of neighbours whose fibres lead into each other, weighted by FA and divided by the number of voxels. */
  readonly coherence: number;
  readonly pairs: number;
}

const permutations = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** The 24 frames that a mistake of axes can give; the first is the table as it is. */
export const gradientFrames: readonly GradientFrame[] = permutations.flatMap((permutation) =>
  ([undefined, 0, 1, 2] as const).map((flip) => ({ permutation, flip })),
);

/** cos 30 degrees: how nearly a fibre must point at the neighbour that continues it. */
const ALIGNED = Math.cos(Math.PI / 6);

/**
 * Fibre coherence of every frame: fibres continue into the neighbours at which they point, in the right frame far more
 * often than in any other (Schilling et al. 2019, doi 10.1016/j.mri.2019.01.018). A table in another frame gives the
 * tensor in that frame, M D M', so one fit serves for all. Two neighbours are a pair where both fibres lie within 30
 * degrees of the line between them. Voxel sizes in mm.
 */
export function coherenceOfFrames(
  voxels: FibreVoxels,
  voxelSizes: readonly [number, number, number],
): FrameCoherence[] {
  const [nx, ny, nz] = voxels.shape;
  const known = new Map<number, number>();
  voxels.index.forEach((voxel, order) => known.set(voxel, order));
  const scores = gradientFrames.map(() => 0);
  const pairs = gradientFrames.map(() => 0);
  const neighbours = halfNeighbours(voxelSizes);
  const inFrame = (order: number, axis: number): number => voxels.direction[3 * order + axis] as number;

  voxels.index.forEach((voxel, order) => {
    const [x, y, z] = [voxel % nx, Math.floor(voxel / nx) % ny, Math.floor(voxel / (nx * ny))];
    for (const { step, unit } of neighbours) {
      const [i, j, k] = [x + step[0], y + step[1], z + step[2]];
      if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) continue;
      const other = known.get(i + nx * (j + ny * k));
      if (other === undefined) continue;
      for (const [index, { permutation, flip }] of gradientFrames.entries()) {
        let [own, its] = [0, 0];
        for (const axis of [0, 1, 2] as const) {
          const along = flip === axis ? -unit[axis] : unit[axis];
          own += along * inFrame(order, permutation[axis]);
          its += along * inFrame(other, permutation[axis]);
        }
        if (Math.abs(own) < ALIGNED || Math.abs(its) < ALIGNED) continue;
        pairs[index] = (pairs[index] as number) + 1;
        scores[index] =
          (scores[index] as number) + (voxels.fa[order] as number) + (voxels.fa[other] as number);
      }
    }
  });
  return gradientFrames.map((frame, index) => ({
    frame,
    coherence: voxels.index.length === 0 ? 0 : (scores[index] as number) / voxels.index.length,
    pairs: pairs[index] as number,
  }));
}

interface Neighbour {
  readonly step: readonly [number, number, number];
  /** The way there along the voxel axes, of length 1. */
  readonly unit: readonly [number, number, number];
}

/** 13 of the 26 neighbours: the others are these seen from the other side. */
function halfNeighbours(sizes: readonly [number, number, number]): Neighbour[] {
  const list: Neighbour[] = [];
  for (const k of [-1, 0, 1]) {
    for (const j of [-1, 0, 1]) {
      for (const i of [-1, 0, 1]) {
        if (k * 9 + j * 3 + i <= 0) continue;
        const [x, y, z] = [i * sizes[0], j * sizes[1], k * sizes[2]];
        const length = Math.hypot(x, y, z);
        list.push({ step: [i, j, k], unit: [x / length, y / length, z / length] });
      }
    }
  }
  return list;
}

/** `y negated`, `axes in the order yxz`: what brings a table into a frame. */
export function describeFrame({ permutation, flip }: GradientFrame): string {
  const names = 'xyz';
  const turned = flip === undefined ? '' : `${names[flip]} negated`;
  const order = permutation.map((axis) => names[axis]).join('');
  if (order === 'xyz') return turned === '' ? 'as it is' : turned;
  return turned === '' ? `axes in the order ${order}` : `axes in the order ${order}, then ${turned}`;
}
