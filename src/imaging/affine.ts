/** 4x4 matrix, row-major: voxel indices (i, j, k) to world coordinates in mm, RAS+ (x to the right, y anterior, z up). */
export type Affine = readonly [Row, Row, Row, Row];
type Row = readonly [number, number, number, number];
type Vector3 = readonly [number, number, number];

export const identityAffine: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

/** World position (mm) of a voxel position. */
export function applyAffine(affine: Affine, [i, j, k]: Vector3): [number, number, number] {
  const row = (r: Row): number => r[0] * i + r[1] * j + r[2] * k + r[3];
  return [row(affine[0]), row(affine[1]), row(affine[2])];
}

export function multiplyAffines(a: Affine, b: Affine): Affine {
  const row = (r: Row): Row => {
    const at = (column: 0 | 1 | 2 | 3): number =>
      r[0] * b[0][column] + r[1] * b[1][column] + r[2] * b[2][column] + r[3] * b[3][column];
    return [at(0), at(1), at(2), at(3)];
  };
  return [row(a[0]), row(a[1]), row(a[2]), row(a[3])];
}

/** Determinant of the 3x3 part in mm^3: negative for left-handed voxel axes (such as LAS, the usual storage of FSL). */
export function determinant([a, b, c]: Affine): number {
  return (
    a[0] * (b[1] * c[2] - b[2] * c[1]) -
    a[1] * (b[0] * c[2] - b[2] * c[0]) +
    a[2] * (b[0] * c[1] - b[1] * c[0])
  );
}

export function invertAffine(affine: Affine): Affine {
  const [a, b, c] = affine;
  const d = determinant(affine);
  if (!Number.isFinite(d) || d === 0) throw new RangeError('the affine is singular');
  const cofactor = (p: number, q: number, r: number, s: number): number => (p * s - q * r) / d;
  const m: Vector3[] = [
    [cofactor(b[1], b[2], c[1], c[2]), cofactor(a[2], a[1], c[2], c[1]), cofactor(a[1], a[2], b[1], b[2])],
    [cofactor(b[2], b[0], c[2], c[0]), cofactor(a[0], a[2], c[0], c[2]), cofactor(a[2], a[0], b[2], b[0])],
    [cofactor(b[0], b[1], c[0], c[1]), cofactor(a[1], a[0], c[1], c[0]), cofactor(a[0], a[1], b[0], b[1])],
  ];
  const rows = m.map((r): Row => [r[0], r[1], r[2], -(r[0] * a[3] + r[1] * b[3] + r[2] * c[3])]);
  return [rows[0] as Row, rows[1] as Row, rows[2] as Row, [0, 0, 0, 1]];
}

/** Lengths of the voxel axes in mm. */
export function voxelSizesOf(affine: Affine): [number, number, number] {
  const length = (column: 0 | 1 | 2): number =>
    Math.hypot(affine[0][column], affine[1][column], affine[2][column]);
  return [length(0), length(1), length(2)];
}

/** For each voxel axis the world axis (0 x, 1 y, 2 z) that it follows most nearly, and whether it runs against it. */
export interface Orientation {
  readonly axis: readonly [number, number, number];
  readonly flip: readonly [boolean, boolean, boolean];
}

/**
 * Nearest orientation of the voxel axes. The strongest entry of the direction cosines is assigned first, so that no
 * two voxel axes follow one world axis even in oblique images (as `io_orientation` of nibabel does).
 */
export function orientationOf(affine: Affine): Orientation {
  const sizes = voxelSizesOf(affine);
  const cosines: { voxel: number; world: number; value: number }[] = [];
  for (let world = 0; world < 3; world++) {
    for (let voxel = 0; voxel < 3; voxel++) {
      const value = (affine[world as 0 | 1 | 2][voxel as 0 | 1 | 2] ?? 0) / (sizes[voxel as 0 | 1 | 2] || 1);
      cosines.push({ voxel, world, value });
    }
  }
  cosines.sort((p, q) => Math.abs(q.value) - Math.abs(p.value));
  const axis: [number, number, number] = [-1, -1, -1];
  const flip: [boolean, boolean, boolean] = [false, false, false];
  for (const { voxel, world, value } of cosines) {
    if (axis[voxel as 0 | 1 | 2] !== -1 || axis.includes(world)) continue;
    axis[voxel as 0 | 1 | 2] = world;
    flip[voxel as 0 | 1 | 2] = value < 0;
  }
  return { axis, flip };
}

/** `RAS`, `LAS`, `LPS`, ...: the direction in which each voxel index grows. */
export function orientationCode(affine: Affine): string {
  const { axis, flip } = orientationOf(affine);
  return axis.map((world, voxel) => (flip[voxel as 0 | 1 | 2] ? 'LPI' : 'RAS')[world]).join('');
}

/** A spatial grid: number of voxels along each axis and where they are. */
export interface Grid {
  readonly shape: readonly [number, number, number];
  readonly affine: Affine;
}

/** The same grid with voxel axes reordered and flipped to the nearest RAS: independent of how an image is stored. */
export function toRas(grid: Grid): Grid {
  const { axis, flip } = orientationOf(grid.affine);
  const shape: [number, number, number] = [0, 0, 0];
  // Columns: where each RAS index goes in stored indices.
  const columns: [number, number, number, number][] = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ];
  const offset: [number, number, number] = [0, 0, 0];
  for (const voxel of [0, 1, 2] as const) {
    const world = axis[voxel] as 0 | 1 | 2;
    shape[world] = grid.shape[voxel];
    (columns[world] as number[])[voxel] = flip[voxel] ? -1 : 1;
    if (flip[voxel]) offset[voxel] = grid.shape[voxel] - 1;
  }
  const row = (r: 0 | 1 | 2): Row => [
    columns[0]?.[r] ?? 0,
    columns[1]?.[r] ?? 0,
    columns[2]?.[r] ?? 0,
    offset[r],
  ];
  const reorder: Affine = [row(0), row(1), row(2), [0, 0, 0, 1]];
  return { shape, affine: multiplyAffines(grid.affine, reorder) };
}

/** Largest distance (mm) between the corners of two grids of one shape; undefined if the shapes differ. Both in RAS. */
export function gridDistance(a: Grid, b: Grid): number | undefined {
  const [p, q] = [toRas(a), toRas(b)];
  if (p.shape.some((size, index) => size !== q.shape[index as 0 | 1 | 2])) return undefined;
  return cornerDistance(p.shape, p.affine, q.affine);
}

/** Largest distance (mm) between the images of a grid's corners under two affines. */
export function cornerDistance(shape: readonly [number, number, number], a: Affine, b: Affine): number {
  let largest = 0;
  for (const i of [0, shape[0] - 1]) {
    for (const j of [0, shape[1] - 1]) {
      for (const k of [0, shape[2] - 1]) {
        const [x, y] = [applyAffine(a, [i, j, k]), applyAffine(b, [i, j, k])];
        largest = Math.max(largest, Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]));
      }
    }
  }
  return Number.isNaN(largest) ? Infinity : largest;
}
