import { NeuroClawError } from '../kernel/errors.js';
import { byteChunks } from './read-bytes.js';
import type { NiftiHeader } from './nifti-header.js';

/** At most this many voxels are handed out at once. */
const CHUNK_VOXELS = 262_144;

/** Where the numbers of a file are and how they are stored: what a NIfTI header says, and an MRtrix one, too. */
export type StoredVoxels = Pick<
  NiftiHeader,
  'path' | 'dims' | 'type' | 'littleEndian' | 'voxOffset' | 'sclSlope' | 'sclInter'
>;

/**
 * Hands the scaled voxels of an image to `onChunk` in the order of the file, in chunks of at most 262,144, with the
 * index of the first. Memory stays bounded whatever the size of the image, and other work goes on between chunks.
 * `scaled: false` gives the values as stored. Throws input.malformed when the file is damaged, shorter or longer than
 * its header says; then some chunks have been handed out already.
 */
export async function streamVoxels(
  header: StoredVoxels,
  onChunk: (values: Float64Array, firstIndex: number) => void,
  options: { readonly signal?: AbortSignal; readonly scaled?: boolean } = {},
): Promise<void> {
  const { type, littleEndian, sclSlope, sclInter, path } = header;
  const total = header.dims.reduce((product, n) => product * n, 1);
  const scaled = options.scaled !== false && (sclSlope !== 1 || sclInter !== 0);
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
    const whole = chunk.length - (chunk.length % type.bytes);
    carry = Buffer.from(chunk.subarray(whole));
    for (let at = 0; at < whole; at += CHUNK_VOXELS * type.bytes) {
      const part = chunk.subarray(at, Math.min(whole, at + CHUNK_VOXELS * type.bytes));
      const values = type.decode(part, littleEndian);
      if (scaled)
        for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * sclSlope + sclInter;
      onChunk(values, index);
      index += values.length;
    }
  }
  const expected = `${total} voxels of ${type.name} behind byte ${header.voxOffset}, as dim, datatype and vox_offset say`;
  if (index < total) {
    throw new NeuroClawError('input.malformed', `${path} ends after ${index} of ${total} voxels`, {
      place: { file: path },
      expected,
    });
  }
  if (extra > 0) {
    throw new NeuroClawError('input.malformed', `${path} has ${extra} bytes behind its last voxel`, {
      place: { file: path },
      expected,
    });
  }
}

/** All voxels of a small image, or one of its volumes (from 0), scaled, in the order of the file (x fastest). */
export async function readVoxels(header: NiftiHeader, volume?: number): Promise<Float64Array> {
  const size = header.dims.slice(0, 3).reduce((product, n) => product * n, 1);
  const total = header.dims.reduce((product, n) => product * n, 1);
  const [first, length] = volume === undefined ? [0, total] : [volume * size, size];
  if (first < 0 || first + length > total)
    throw new RangeError(`${header.path} has ${total / size} volumes, none at ${volume}`);
  const voxels = new Float64Array(length);
  await streamVoxels(header, (values, at) => {
    const from = Math.max(first, at);
    const to = Math.min(first + length, at + values.length);
    if (from < to) voxels.set(values.subarray(from - at, to - at), from - first);
  });
  return voxels;
}
