import { NeuroClawError } from '../kernel/errors.js';
import type { MifHeader } from './mif-header.js';
import { niftiTypeNamed } from './nifti-types.js';
import { scanVoxels, type VoxelScan } from './scan-voxels.js';
import { streamVoxels, type StoredVoxels } from './voxel-stream.js';

/**
 * Hands the scaled voxels of an MRtrix image to `onChunk` in the order of the file (see `fileOrder`), in bounded
 * memory, with the index of the first. Throws input.malformed when the file is damaged, shorter or longer than its
 * header says; then some chunks have been handed out already.
 */
export async function streamMifVoxels(
  header: MifHeader,
  onChunk: (values: Float64Array, firstIndex: number) => void,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const total = voxelCount(header);
  await streamVoxels(
    stored(header),
    header.type.kind === 'number'
      ? onChunk
      : (bytes, first) => {
          onChunk(unpackBits(bytes, Math.min(bytes.length * 8, total - first * 8)), first * 8);
        },
    options,
  );
}

/** Reads the whole image once, in bounded memory. Throws input.malformed for a damaged file. */
export async function scanMif(header: MifHeader, signal?: AbortSignal): Promise<VoxelScan> {
  if (header.type.kind === 'number') return scanVoxels(stored(header), signal);
  let ones = 0;
  await streamMifVoxels(
    header,
    (values) => {
      for (const value of values) ones += value;
    },
    signal === undefined ? {} : { signal },
  );
  const count = voxelCount(header);
  const minimum = ones < count ? 0 : 1;
  const maximum = ones > 0 ? 1 : 0;
  return {
    count,
    finite: count,
    minimum,
    maximum,
    mean: ones / count,
    nonZero: ones,
    nonInteger: 0,
    nonBinary: 0,
  };
}

/**
 * Index in the file of the voxel at 0, and how far a step along each axis leads there: file index = first +
 * sum(step[axis] * index[axis]). MRtrix3 counts voxels along the axes of the image, whichever way the file runs.
 */
export function fileOrder({ dims, strides }: Pick<MifHeader, 'dims' | 'strides'>): {
  first: number;
  steps: number[];
} {
  const axes = dims
    .map((_, axis) => axis)
    .sort((a, b) => Math.abs(strides[a] ?? 0) - Math.abs(strides[b] ?? 0));
  const steps = dims.map(() => 0);
  let [step, first] = [1, 0];
  for (const axis of axes) {
    const size = dims[axis] ?? 1;
    const forward = (strides[axis] ?? 0) > 0;
    steps[axis] = forward ? step : -step;
    if (!forward) first += step * (size - 1);
    step *= size;
  }
  return { first, steps };
}

/** All voxels of an image, scaled, x fastest, then y, z and volumes, whatever the order of the file. */
export async function readMifVoxels(header: MifHeader): Promise<Float64Array> {
  const inFile = new Float64Array(voxelCount(header));
  await streamMifVoxels(header, (values, first) => void inFile.set(values, first));
  const { first, steps } = fileOrder(header);
  const voxels = new Float64Array(inFile.length);
  const at = header.dims.map(() => 0);
  let from = first;
  for (let index = 0; index < voxels.length; index++) {
    voxels[index] = inFile[from] as number;
    for (let axis = 0; axis < at.length; axis++) {
      from += steps[axis] as number;
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (header.dims[axis] as number)) break;
      from -= (steps[axis] as number) * (header.dims[axis] as number);
      at[axis] = 0;
    }
  }
  return voxels;
}

function voxelCount({ dims }: MifHeader): number {
  return dims.reduce((product, n) => product * n, 1);
}

/** The image as a row of numbers; of one with a bit per voxel the bytes, the last of them padded. */
function stored(header: MifHeader): StoredVoxels {
  const { path, type, dims, dataOffset, scale, offset } = header;
  if (type.kind === 'number') {
    const { number, littleEndian } = type;
    return {
      path,
      dims,
      type: number,
      littleEndian,
      voxOffset: dataOffset,
      sclSlope: scale,
      sclInter: offset,
    };
  }
  if (scale !== 1 || offset !== 0)
    throw new NeuroClawError('input.malformed', `${path} scales bits`, {
      place: { file: path, field: 'scaling' },
      expected: 'no scaling with datatype Bit',
    });
  return {
    path,
    dims: [Math.ceil(voxelCount(header) / 8)],
    type: niftiTypeNamed('uint8'),
    littleEndian: true,
    voxOffset: dataOffset,
    sclSlope: 1,
    sclInter: 0,
  };
}

/** The first voxel is the highest bit of the first byte (MRtrix3, core/raw.h). */
function unpackBits(bytes: Float64Array, count: number): Float64Array {
  const bits = new Float64Array(count);
  for (let i = 0; i < count; i++) bits[i] = ((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1;
  return bits;
}
