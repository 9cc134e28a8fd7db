import type { NiftiHeader } from './nifti-header.js';
import { streamVoxels } from './voxel-stream.js';

/** What one pass over the voxels of an image tells. */
export interface VoxelScan {
  readonly count: number;
  /** Voxels that are neither NaN nor infinite; the numbers below are over these. */
  readonly finite: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly nonZero: number;
  readonly nonInteger: number;
  /** Voxels that are neither 0 nor 1. */
  readonly nonBinary: number;
}

/** Reads the whole image once, in bounded memory. Throws input.malformed for a damaged file. */
export async function scanVoxels(header: NiftiHeader, signal?: AbortSignal): Promise<VoxelScan> {
  let [count, finite, nonZero, nonInteger, nonBinary, sum] = [0, 0, 0, 0, 0, 0];
  let [minimum, maximum] = [Infinity, -Infinity];
  await streamVoxels(
    header,
    (values) => {
      count += values.length;
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as number;
        if (!Number.isFinite(value)) continue;
        finite += 1;
        sum += value;
        if (value < minimum) minimum = value;
        if (value > maximum) maximum = value;
        if (value !== 0) nonZero += 1;
        if (value !== 0 && value !== 1) nonBinary += 1;
        if (!Number.isInteger(value)) nonInteger += 1;
      }
    },
    signal === undefined ? {} : { signal },
  );
  return { count, finite, minimum, maximum, mean: sum / finite, nonZero, nonInteger, nonBinary };
}
