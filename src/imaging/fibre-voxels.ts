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

  const s0 = fits[6] as Float64Array;
  const background = 0.2 * Math.exp(percentile(s0, 0.98));
  const minFa = options.minFa ?? 0.3;
  const index: number[] = [];
  const direction: number[] = [];
  const fa: number[] = [];
  for (let voxel = 0; voxel < s0.length; voxel++) {
    const where = voxel + firstSlice * nx * ny;
    if (!(Math.exp(s0[voxel] as number) > background) || options.inMask?.(where) === false) continue;
    const at = (element: number): number => fits[element]?.[voxel] as number;
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

/** The six elements of the tensor and ln S0 of every voxel of the slab; NaN where a signal is not positive. */
async function fitSlab(
  series: DiffusionSeries,
  matrix: readonly Float64Array[],
  firstSlice: number,
  slices: number,
): Promise<Float64Array[]> {
  const [nx, ny] = series.dims;
  const fits = Array.from({ length: 7 }, () => new Float64Array(nx * ny * slices));
  const axes = series.dims
    .map((_, axis) => axis)
    .sort((a, b) => Math.abs(series.strides[a] ?? 0) - Math.abs(series.strides[b] ?? 0));
  const { steps } = fileOrder(series);
  // Where the file begins, in voxels along the axes, and which way each axis runs from there.
  const at = series.dims.map((size, axis) => ((steps[axis] ?? 1) > 0 ? 0 : size - 1));
  const turn = series.dims.map((_, axis) => ((steps[axis] ?? 1) > 0 ? 1 : -1));
  await series.stream((values) => {
    for (const value of values) {
      const slice = (at[2] as number) - firstSlice;
      if (slice >= 0 && slice < slices) {
        const volume = at[3] as number;
        const voxel = (at[0] as number) + nx * ((at[1] as number) + ny * slice);
        const log = value > 0 ? Math.log(value) : NaN;
        for (let row = 0; row < 7; row++) {
          const sum = fits[row] as Float64Array;
          sum[voxel] = (sum[voxel] as number) + (matrix[row]?.[volume] as number) * log;
        }
      }
      for (const axis of axes) {
        const next = (at[axis] as number) + (turn[axis] as number);
        if (next >= 0 && next < (series.dims[axis] as number)) {
          at[axis] = next;
          break;
        }
        at[axis] = next < 0 ? (series.dims[axis] as number) - 1 : 0;
      }
    }
  });
  return fits;
}

function percentile(values: Float64Array, fraction: number): number {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  return sorted[Math.floor(fraction * (sorted.length - 1))] ?? NaN;
}
