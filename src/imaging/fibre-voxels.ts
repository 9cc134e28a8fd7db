import type { Vector3 } from './gradients.js';
import { fileOrder } from './mif-voxels.js';
import {
  eigenvalues,
  fractionalAnisotropy,
  principalDirection,
  tensorFitMatrix,
  type Tensor,
} from './tensor-fit.js';

/** A diffusion series as its file has it. */
export interface DiffusionSeries {
  /** [x, y, z, volumes] */
  readonly dims: readonly [number, number, number, number];
  /** Symbolic strides: 1, 2, 3, 4 for NIfTI. */
  readonly strides: readonly number[];
  /** Hands out the scaled voxels in the order of the file. */
  readonly stream: (onChunk: (values: Float64Array, firstIndex: number) => void) => Promise<void>;
  /** s/mm^2 */
  readonly bvals: readonly number[];
  /** Unit vectors along the voxel axes of the image. */
  readonly directions: readonly Vector3[];
}

/** Voxels in which one fibre direction stands out, on the grid of the image. */
export interface FibreVoxels {
  readonly shape: readonly [number, number, number];
  /** Of each: its voxel (x + shape.x * (y + shape.y * z)), unit direction along the voxel axes, FA. */
  readonly index: Int32Array;
  readonly direction: Float32Array;
  readonly fa: Float32Array;
}

/** Voxels looked at: the middle slices, enough to tell directions and little enough for memory (56 bytes each). */
const MAX_VOXELS = 300_000;

/** mm^2/s: below is noise (no decay at all), above is free water. Fixed tissue has about a third of living tissue. */
const DIFFUSIVITY = [0.05e-3, 1.5e-3] as const;

/**
 * Fits a tensor to the middle slices of a series in one pass over the file and keeps voxels with FA above `minFa` that
 * can be tissue: positive eigenvalues, a mean diffusivity between noise and water, S0 well above the background.
 * Undefined where the gradients determine no tensor.
 */
export async function findFibreVoxels(
  series: DiffusionSeries,
  options: { readonly minFa?: number; readonly inMask?: (voxel: number) => boolean } = {},
): Promise<FibreVoxels | undefined> {
  const matrix = tensorFitMatrix(series.bvals, series.directions);
  if (matrix === undefined) return undefined;
  const [nx, ny, nz] = series.dims;
  const slices = Math.max(1, Math.min(nz, Math.floor(MAX_VOXELS / (nx * ny))));
  const firstSlice = Math.floor((nz - slices) / 2);
  const fits = await fitSlab(series, matrix, firstSlice, slices);

  const s0 = fits.filter((_, at) => at % UNKNOWNS === UNKNOWNS - 1);
  const background = 0.2 * Math.exp(percentile(s0, 0.98));
  const minFa = options.minFa ?? 0.3;
  const index: number[] = [];
  const direction: number[] = [];
  const fa: number[] = [];
  for (let voxel = 0; voxel < s0.length; voxel++) {
    const where = voxel + firstSlice * nx * ny;
    if (!(Math.exp(s0[voxel] as number) > background) || options.inMask?.(where) === false) continue;
    const at = (element: number): number => fits[UNKNOWNS * voxel + element] as number;
    const tensor: Tensor = [at(0), at(1), at(2), at(3), at(4), at(5)];
    const values = eigenvalues(tensor);
    const diffusivity = (values[0] + values[1] + values[2]) / 3;
    if (!(values[2] > 0 && diffusivity > DIFFUSIVITY[0] && diffusivity < DIFFUSIVITY[1])) continue;
    const anisotropy = fractionalAnisotropy(values);
    if (anisotropy <= minFa) continue;
    const principal = principalDirection(tensor, values[0]);
    if (principal === undefined) continue;
    index.push(where);
    direction.push(...principal);
    fa.push(anisotropy);
  }
  return {
    shape: [nx, ny, nz],
    index: Int32Array.from(index),
    direction: Float32Array.from(direction),
    fa: Float32Array.from(fa),
  };
}

/** The six elements of the tensor and ln S0 of every voxel of the slab, seven in a row; NaN where a signal is not positive. */
async function fitSlab(
  series: DiffusionSeries,
  matrix: readonly Float64Array[],
  firstSlice: number,
  slices: number,
): Promise<Float64Array> {
  const [nx, ny, , volumes] = series.dims;
  const fits = new Float64Array(UNKNOWNS * nx * ny * slices);
  const weights = new Float64Array(UNKNOWNS * volumes);
  matrix.forEach((row, unknown) =>
    row.forEach((weight, volume) => (weights[UNKNOWNS * volume + unknown] = weight)),
  );
  const walk = new FileWalk(series);
  // From one signal of a row to the next: another voxel, or another volume of the same.
  const fitStep = UNKNOWNS * walk.turn * ([1, nx, nx * ny, 0][walk.axis] as number);
  const weightStep = walk.axis === 3 ? UNKNOWNS * walk.turn : 0;
  await series.stream((values) => {
    let done = 0;
    while (done < values.length) {
      const { at, axis, turn } = walk;
      const voxel = (at[0] as number) + nx * (at[1] as number);
      let slice = (at[2] as number) - firstSlice;
      const volume = at[3] as number;
      const count = Math.min(walk.left(), values.length - done);
      let [first, last] = [done, done + count];
      done = last;
      walk.skip(count);
      if (axis === 2) {
        // The part of the row that lies in the slab.
        const begin = Math.max(0, turn > 0 ? -slice : slice - slices + 1);
        last = Math.min(last, first + (turn > 0 ? slices - slice : slice + 1));
        first += begin;
        slice += turn * begin;
      }
      if (slice < 0 || slice >= slices) continue;
      let fit = UNKNOWNS * (voxel + nx * ny * slice);
      let weight = UNKNOWNS * volume;
      for (let i = first; i < last; i++) {
        const signal = values[i] as number;
        const log = signal > 0 ? Math.log(signal) : NaN;
        // Written out: half the time of a loop over the seven.
        fits[fit] = (fits[fit] as number) + (weights[weight] as number) * log;
        fits[fit + 1] = (fits[fit + 1] as number) + (weights[weight + 1] as number) * log;
        fits[fit + 2] = (fits[fit + 2] as number) + (weights[weight + 2] as number) * log;
        fits[fit + 3] = (fits[fit + 3] as number) + (weights[weight + 3] as number) * log;
        fits[fit + 4] = (fits[fit + 4] as number) + (weights[weight + 4] as number) * log;
        fits[fit + 5] = (fits[fit + 5] as number) + (weights[weight + 5] as number) * log;
        fits[fit + 6] = (fits[fit + 6] as number) + (weights[weight + 6] as number) * log;
        fit += fitStep;
        weight += weightStep;
      }
    }
  });
  return fits;
}

/** Elements of a tensor and ln S0. */
const UNKNOWNS = 7;

/** Where one is in a file: indices along the axes of the image, which the file runs through in its own order. */
class FileWalk {
  /** [x, y, z, volume] */
  readonly at: number[];
  /** The axis that changes first, and which way the file runs along it. */
  readonly axis: number;
  readonly turn: number;
  readonly #axes: readonly number[];
  readonly #dims: readonly number[];
  readonly #turns: readonly number[];

  constructor({ dims, strides }: Pick<DiffusionSeries, 'dims' | 'strides'>) {
    const { steps } = fileOrder({ dims, strides });
    this.#dims = dims;
    this.#axes = dims
      .map((_, axis) => axis)
      .sort((a, b) => Math.abs(strides[a] ?? 0) - Math.abs(strides[b] ?? 0));
    this.#turns = dims.map((_, axis) => ((steps[axis] ?? 1) > 0 ? 1 : -1));
    this.at = dims.map((size, axis) => (this.#turns[axis] === 1 ? 0 : size - 1));
    this.axis = this.#axes[0] as number;
    this.turn = this.#turns[this.axis] as number;
  }

  /** Voxels up to the end of the row, this one too. */
  left(): number {
    const at = this.at[this.axis] as number;
    return this.turn > 0 ? (this.#dims[this.axis] as number) - at : at + 1;
  }

  /** Goes on by at most `left()`. */
  skip(count: number): void {
    this.at[this.axis] = (this.at[this.axis] as number) + this.turn * count;
    for (const axis of this.#axes) {
      const size = this.#dims[axis] as number;
      const at = this.at[axis] as number;
      if (at >= 0 && at < size) return;
      this.at[axis] = at < 0 ? size - 1 : 0;
      const next = this.#axes[this.#axes.indexOf(axis) + 1];
      if (next !== undefined) this.at[next] = (this.at[next] as number) + (this.#turns[next] as number);
    }
  }
}

function percentile(values: Float64Array, fraction: number): number {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  return sorted[Math.floor(fraction * (sorted.length - 1))] ?? NaN;
}
