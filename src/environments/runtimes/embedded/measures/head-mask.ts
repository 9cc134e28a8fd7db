import { otsuThreshold } from './otsu.js';

export type Shape = readonly [number, number, number];

export interface HeadMask {
  /** 1 inside, 0 outside, in the order of the image. */
  readonly mask: Uint8Array;
  readonly voxels: number;
  readonly threshold: number;
}

/**
 * The object in an image: voxels above Otsu's threshold, the largest connected part of them (6 neighbours), holes
 * filled: what cannot be reached from the border of the image, or from the border of its own slice along any axis,
 * belongs to it (sinuses and the skull are dark). `undefined` where all voxels are equal.
 */
export function headMask(image: Float64Array, shape: Shape): HeadMask | undefined {
  const threshold = otsuThreshold(image);
  if (threshold === undefined) return undefined;
  const bright = Uint8Array.from(image, (value) => (value > threshold ? 1 : 0));
  const mask = largestPart(bright, shape);
  for (const axis of [0, 1, 2] as const) fillSlices(mask, shape, axis);
  let voxels = 0;
  for (const value of mask) voxels += value;
  return { mask, voxels, threshold };
}

/** The mask grown by one voxel along each axis, `times` times. */
export function dilate(mask: Uint8Array, shape: Shape, times: number): Uint8Array {
  let grown = mask;
  for (let pass = 0; pass < times; pass++) {
    const next = Uint8Array.from(grown);
    for (let index = 0; index < grown.length; index++) {
      if (grown[index] === 1) forNeighbours(index, shape, (neighbour) => (next[neighbour] = 1));
    }
    grown = next;
  }
  return grown;
}

function largestPart(bright: Uint8Array, shape: Shape): Uint8Array {
  const seen = new Uint8Array(bright.length);
  const stack = new Int32Array(bright.length);
  let best: Int32Array = new Int32Array(0);
  for (let start = 0; start < bright.length; start++) {
    if (bright[start] !== 1 || seen[start] === 1) continue;
    let [length, at] = [1, 0];
    stack[0] = start;
    seen[start] = 1;
    for (; at < length; at++) {
      forNeighbours(stack[at] ?? 0, shape, (neighbour) => {
        if (bright[neighbour] !== 1 || seen[neighbour] === 1) return;
        seen[neighbour] = 1;
        stack[length++] = neighbour;
      });
    }
    if (length > best.length) best = stack.slice(0, length);
  }
  const mask = new Uint8Array(bright.length);
  for (const index of best) mask[index] = 1;
  return mask;
}

function forNeighbours(index: number, [nx, ny, nz]: Shape, visit: (neighbour: number) => void): void {
  const x = index % nx;
  const y = Math.floor(index / nx) % ny;
  const z = Math.floor(index / (nx * ny));
  if (x > 0) visit(index - 1);
  if (x < nx - 1) visit(index + 1);
  if (y > 0) visit(index - nx);
  if (y < ny - 1) visit(index + nx);
  if (z > 0) visit(index - nx * ny);
  if (z < nz - 1) visit(index + nx * ny);
}

/** Fills, in each slice across an axis, what cannot be reached from the border of the slice. */
function fillSlices(mask: Uint8Array, shape: Shape, axis: 0 | 1 | 2): void {
  const strides = [1, shape[0], shape[0] * shape[1]] as const;
  const [a, b] = axis === 0 ? ([1, 2] as const) : axis === 1 ? ([0, 2] as const) : ([0, 1] as const);
  const [na, nb, sa, sb] = [shape[a], shape[b], strides[a], strides[b]];
  // In an image of one slice, the other two axes cut lines: nothing in a line is closed off from its ends.
  if (na < 3 || nb < 3) return;
  const outside = new Uint8Array(na * nb);
  const stack = new Int32Array(na * nb);
  for (let slice = 0; slice < shape[axis]; slice++) {
    const offset = slice * strides[axis];
    outside.fill(0);
    let length = 0;
    const reach = (i: number, j: number): void => {
      const at = i + j * na;
      if (i < 0 || j < 0 || i >= na || j >= nb || outside[at] === 1) return;
      if (mask[offset + i * sa + j * sb] === 1) return;
      outside[at] = 1;
      stack[length++] = at;
    };
    for (let i = 0; i < na; i++) {
      reach(i, 0);
      reach(i, nb - 1);
    }
    for (let j = 0; j < nb; j++) {
      reach(0, j);
      reach(na - 1, j);
    }
    for (let at = 0; at < length; at++) {
      const [i, j] = [(stack[at] ?? 0) % na, Math.floor((stack[at] ?? 0) / na)];
      reach(i - 1, j);
      reach(i + 1, j);
      reach(i, j - 1);
      reach(i, j + 1);
    }
    for (let j = 0; j < nb; j++) {
      for (let i = 0; i < na; i++) {
        if (outside[i + j * na] === 0) mask[offset + i * sa + j * sb] = 1;
      }
    }
  }
}
