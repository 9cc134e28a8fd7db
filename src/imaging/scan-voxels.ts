import { streamVoxels, type StoredVoxels } from './voxel-stream.js';

/** What one pass over the voxels of an image tells. */
export interface VoxelScan {
  readonly count: number;
  /** Voxels that are neither NaN nor infinite; the numbers below are over these. */
  readonly finite: number;
  /** Undefined where no voxel is finite, as are `maximum` and `mean`. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly mean: number | undefined;
  readonly nonZero: number;
  readonly nonInteger: number;
  /** Voxels that are neither 0 nor 1. */
  readonly nonBinary: number;
}

interface Tally {
  finite: number;
  minimum: number;
  maximum: number;
  sum: number;
  nonZero: number;
  nonInteger: number;
  nonBinary: number;
}

/** Reads the whole image once, in bounded memory. Throws input.malformed for a damaged file. */
export async function scanVoxels(header: StoredVoxels, signal?: AbortSignal): Promise<VoxelScan> {
  const tally: Tally = {
    finite: 0,
    minimum: Infinity,
    maximum: -Infinity,
    sum: 0,
    nonZero: 0,
    nonInteger: 0,
    nonBinary: 0,
  };
  let count = 0;
  await streamVoxels(
    header,
    (values) => {
      count += values.length;
      addChunk(tally, values);
    },
    signal === undefined ? {} : { signal },
  );
  const some = tally.finite > 0;
  return {
    count,
    finite: tally.finite,
    minimum: some ? tally.minimum : undefined,
    maximum: some ? tally.maximum : undefined,
    mean: some ? tally.sum / tally.finite : undefined,
    nonZero: tally.nonZero,
    nonInteger: tally.nonInteger,
    nonBinary: tally.nonBinary,
  };
}

/** Counts in local variables: several times faster than on an object, and each chunk's sum keeps its last digits. */
function addChunk(tally: Tally, values: Float64Array): void {
  let finite = 0;
  let sum = 0;
  let zero = 0;
  let one = 0;
  let whole = 0;
  let minimum = tally.minimum;
  let maximum = tally.maximum;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    // Neither NaN nor infinite: only then is the difference 0.
    if (value - value !== 0) continue;
    finite += 1;
    sum += value;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    if (value === 0) zero += 1;
    else if (value === 1) one += 1;
    if (Math.floor(value) === value) whole += 1;
  }
  tally.finite += finite;
  tally.sum += sum;
  tally.minimum = minimum;
  tally.maximum = maximum;
  tally.nonZero += finite - zero;
  tally.nonInteger += finite - whole;
  tally.nonBinary += finite - zero - one;
}
