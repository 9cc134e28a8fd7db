import {
  determinant,
  invertAffine,
  multiplyAffines,
  voxelSizesOf,
  type Affine,
  type Grid,
} from './affine.js';

/**
 * Coordinates of FSL from voxel indices of a grid: millimetres from the first voxel along the voxel axes, the first axis
 * turned round where the voxel axes are right-handed (positive determinant), so that FSL always works left-handed.
 *
 * Source: FSL wiki, FLIRT FAQ, "What is the format of the matrix used by FLIRT".
 */
export function fslFromVoxel({ shape, affine }: Grid): Affine {
  const [x, y, z] = voxelSizesOf(affine);
  const turned = determinant(affine) > 0;
  return [
    [turned ? -x : x, 0, 0, turned ? (shape[0] - 1) * x : 0],
    [0, y, 0, 0],
    [0, 0, z, 0],
    [0, 0, 0, 1],
  ];
}

/**
 * The map of points in scanner space (mm, RAS+) that a matrix of FLIRT or MCFLIRT stands for: from the input image to
 * the reference, as FSL writes it.
 *
 * @param matrix from FSL coordinates of `input` to those of `reference`
 */
export function fslToWorld(matrix: Affine, input: Grid, reference: Grid): Affine {
  const toInput = multiplyAffines(fslFromVoxel(input), invertAffine(input.affine));
  const fromReference = multiplyAffines(reference.affine, invertAffine(fslFromVoxel(reference)));
  return multiplyAffines(fromReference, multiplyAffines(matrix, toInput));
}

/** Reads a matrix of FSL: four rows of four numbers. Undefined: it is none. */
export function parseFslMatrix(text: string): Affine | undefined {
  const rows = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const [, , , last] = rows;
  if (rows.length !== 4 || rows.some((row) => row.length !== 4 || !row.every(Number.isFinite)))
    return undefined;
  return last?.every((value, at) => Math.abs(value - (at === 3 ? 1 : 0)) < 1e-6) === true
    ? (rows as unknown as Affine)
    : undefined;
}
