import { applyAffine, invertAffine, multiplyAffines, type Grid } from './affine.js';

/** An image of one volume in memory. */
export interface Volume {
  readonly grid: Grid;
  /** x fastest. */
  readonly voxels: Float64Array;
}

export interface Similarity {
  /** Normalised mutual information (H(A) + H(B)) / H(A,B): 1 for images that say nothing of each other, 2 for equal ones. */
  readonly nmi: number;
  /** Pearson's r over the same voxels; it means something for images of one contrast only. */
  readonly correlation: number;
}

const BINS = 32;
/** More samples change neither number by what matters. */
const SAMPLES = 400_000;

/**
 * How alike two images are over the grid of the first, voxel of the second taken by nearest neighbour where the headers
 * put it, 0 outside. Normalised mutual information with 32 bins between minimum and maximum (Studholme, Hill and Hawkes
 * 1999, doi:10.1016/S0031-3203(98)00091-0).
 */
export function similarityOf(fixed: Volume, other: Volume): Similarity {
  const [nx, ny, nz] = fixed.grid.shape;
  const total = nx * ny * nz;
  const stride = Math.max(1, Math.round(Math.cbrt(total / SAMPLES)));
  const toOther = multiplyAffines(invertAffine(other.grid.affine), fixed.grid.affine);
  const [ox, oy, oz] = other.grid.shape;
  const a: number[] = [];
  const b: number[] = [];
  for (let z = 0; z < nz; z += stride) {
    for (let y = 0; y < ny; y += stride) {
      for (let x = 0; x < nx; x += stride) {
        const [i, j, k] = applyAffine(toOther, [x, y, z]).map(Math.round) as [number, number, number];
        const inside = i >= 0 && j >= 0 && k >= 0 && i < ox && j < oy && k < oz;
        a.push(fixed.voxels[x + nx * (y + ny * z)] ?? 0);
        b.push(inside ? (other.voxels[i + ox * (j + oy * k)] ?? 0) : 0);
      }
    }
  }
  return { nmi: normalisedMutualInformation(a, b), correlation: pearson(a, b) };
}

function normalisedMutualInformation(a: readonly number[], b: readonly number[]): number {
  const [binA, binB] = [binOf(a), binOf(b)];
  const joint = new Float64Array(BINS * BINS);
  const [rows, columns] = [new Float64Array(BINS), new Float64Array(BINS)];
  const add = (counts: Float64Array, at: number): void => void (counts[at] = (counts[at] ?? 0) + 1);
  for (let n = 0; n < a.length; n++) {
    const [p, q] = [binA(a[n] ?? 0), binB(b[n] ?? 0)];
    add(joint, p * BINS + q);
    add(rows, p);
    add(columns, q);
  }
  const entropy = (counts: Float64Array): number =>
    counts.reduce((sum, n) => (n === 0 ? sum : sum - (n / a.length) * Math.log(n / a.length)), 0);
  const together = entropy(joint);
  // Both constant: nothing is said.
  return together === 0 ? 1 : (entropy(rows) + entropy(columns)) / together;
}

function binOf(values: readonly number[]): (value: number) => number {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const width = (high - low) / BINS || 1;
  return (value) => Math.min(BINS - 1, Math.max(0, Math.floor((value - low) / width)));
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let n = 0; n < a.length; n++) {
    const [x, y] = [(a[n] ?? 0) - ma, (b[n] ?? 0) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
