import { NeuroClawError } from '../kernel/errors.js';
import { byteChunks } from './read-bytes.js';
import type { NiftiHeader } from './nifti-header.js';

/**
 * Hands the scaled voxels of an image to `onChunk` in the order of the file, in chunks of at most about a million,
 * with the index of the first. Memory stays bounded whatever the size of the image.
 * Throws input.malformed when the file is damaged, shorter or longer than its header says.
 */
export async function streamVoxels(
  header: NiftiHeader,
  onChunk: (values: Float64Array, firstIndex: number) => void,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { type, littleEndian, sclSlope, sclInter, path } = header;
  const total = header.dims.reduce((product, n) => product * n, 1);
  const scaled = sclSlope !== 1 || sclInter !== 0;
  let skip = header.voxOffset;
  let index = 0;
  let carry: Buffer = Buffer.alloc(0);
  let extra = 0;
  for await (let chunk of byteChunks(path, options)) {
    if (skip > 0) {
      const cut = Math.min(skip, chunk.length);
      skip -= cut;
      chunk = chunk.subarray(cut);
    }
    if (carry.length > 0) chunk = Buffer.concat([carry, chunk]);
    const room = (total - index) * type.bytes;
    if (chunk.length > room) {
      extra += chunk.length - room;
      chunk = chunk.subarray(0, room);
    }
    const count = Math.floor(chunk.length / type.bytes);
    carry = Buffer.from(chunk.subarray(count * type.bytes));
    if (count === 0) continue;
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = type.read(view, i * type.bytes, littleEndian);
    if (scaled) for (let i = 0; i < count; i++) values[i] = (values[i] as number) * sclSlope + sclInter;
    onChunk(values, index);
    index += count;
  }
  if (index < total) {
    throw new NeuroClawError('input.malformed', `${path} ends after ${index} of ${total} voxels`, {
      place: { file: path },
      expected: `${total} voxels of ${type.name}, as dim says`,
    });
  }
  if (extra > 0) {
    throw new NeuroClawError('input.malformed', `${path} has ${extra} bytes behind its last voxel`, {
      place: { file: path },
      expected: `${total} voxels of ${type.name}, as dim says`,
    });
  }
}

/** All voxels of a small image, or one of its volumes, in the order of the file (x fastest). */
export async function readVoxels(header: NiftiHeader, volume?: number): Promise<Float64Array> {
  const size = header.dims.slice(0, 3).reduce((product, n) => product * n, 1);
  const total = header.dims.reduce((product, n) => product * n, 1);
  const [first, length] = volume === undefined ? [0, total] : [volume * size, size];
  const voxels = new Float64Array(length);
  await streamVoxels(header, (values, at) => {
    const from = Math.max(first, at);
    const to = Math.min(first + length, at + values.length);
    if (from < to) voxels.set(values.subarray(from - at, to - at), from - first);
  });
  return voxels;
}
