import { NeuroClawError } from '../kernel/errors.js';
import type { Affine } from './affine.js';
import { byteChunks } from './read-bytes.js';

/** Header of an MGH image, plain (.mgh) or compressed (.mgz). Big-endian throughout. */
export interface MghHeader {
  readonly path: string;
  /** Columns, rows, slices, frames. */
  readonly dims: readonly [number, number, number, number];
  readonly type: MghType;
  /** mm. */
  readonly voxelSizes: readonly [number, number, number];
  /** Voxel indices to scanner RAS, mm. */
  readonly affine: Affine;
}

type MghType = 'uint8' | 'int16' | 'int32' | 'float32' | 'uint16';
const types: Readonly<Record<number, { name: MghType; bytes: number }>> = {
  0: { name: 'uint8', bytes: 1 },
  1: { name: 'int32', bytes: 4 },
  3: { name: 'float32', bytes: 4 },
  4: { name: 'int16', bytes: 2 },
  10: { name: 'uint16', bytes: 2 },
};
/** Bytes before the voxels. */
const dataOffset = 284;

/**
 * Reads header and voxels of an MGH image as a stream of bytes; a label image of 256x256x256 takes 64 MB at most.
 *
 * Source: https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat: version, four sizes, type, degrees of freedom,
 * flag of a valid orientation, voxel sizes, direction cosines by axis, RAS of the centre; voxels from byte 284, first
 * axis fastest. Throws `input.malformed` for another format, a size that is not positive, too few voxels.
 */
export async function readMgh(path: string): Promise<{ header: MghHeader; voxels: Float64Array }> {
  const parts: Buffer[] = [];
  for await (const chunk of byteChunks(path)) parts.push(chunk);
  const bytes = Buffer.concat(parts);
  const header = headerOf(bytes, path);
  const count = header.dims.reduce((product, size) => product * size, 1);
  const width = Object.values(types).find(({ name }) => name === header.type)?.bytes ?? 1;
  if (bytes.length < dataOffset + count * width)
    throw malformed(path, `it holds ${bytes.length - dataOffset} bytes of voxels`, `${count * width} bytes`);
  const voxels = new Float64Array(count);
  for (let n = 0; n < count; n += 1) {
    const at = dataOffset + n * width;
    voxels[n] =
      header.type === 'uint8'
        ? bytes.readUInt8(at)
        : header.type === 'int16'
          ? bytes.readInt16BE(at)
          : header.type === 'uint16'
            ? bytes.readUInt16BE(at)
            : header.type === 'int32'
              ? bytes.readInt32BE(at)
              : bytes.readFloatBE(at);
  }
  return { header, voxels };
}

function headerOf(bytes: Buffer, path: string): MghHeader {
  if (bytes.length < dataOffset || bytes.readInt32BE(0) !== 1)
    throw malformed(path, 'it does not begin as an MGH image does', 'version 1 and a header of 284 bytes');
  const [x = 0, y = 0, z = 0, frames = 0] = [4, 8, 12, 16].map((at) => bytes.readInt32BE(at));
  if (![x, y, z, frames].every((size) => size > 0))
    throw malformed(path, `its sizes are ${x} x ${y} x ${z} x ${frames}`, 'sizes above 0');
  const code = bytes.readInt32BE(20);
  const type = types[code]?.name;
  if (type === undefined) throw malformed(path, `its type is ${code}`, Object.keys(types).join(', '));
  const oriented = bytes.readInt16BE(28) > 0;
  const float = (index: number): number => bytes.readFloatBE(30 + 4 * index);
  // Without an orientation: coronal slices of 1 mm, as FreeSurfer takes it.
  const sizes = oriented ? [float(0), float(1), float(2)] : [1, 1, 1];
  const cosines = oriented
    ? Array.from({ length: 9 }, (_, n) => float(3 + n))
    : [-1, 0, 0, 0, 0, -1, 0, 1, 0];
  const centre = oriented ? [float(12), float(13), float(14)] : [0, 0, 0];
  const half = [x / 2, y / 2, z / 2];
  const rows = [0, 1, 2].map((row) => {
    const axes = [0, 1, 2].map((axis) => (cosines[3 * axis + row] ?? 0) * (sizes[axis] ?? 0));
    const shift = axes.reduce((sum, value, axis) => sum + value * (half[axis] ?? 0), 0);
    return [...axes, (centre[row] ?? 0) - shift];
  });
  return {
    path,
    dims: [x, y, z, frames],
    type,
    voxelSizes: [sizes[0] ?? 1, sizes[1] ?? 1, sizes[2] ?? 1],
    affine: [...rows, [0, 0, 0, 1]] as unknown as Affine,
  };
}

function malformed(path: string, message: string, expected: string): NeuroClawError {
  return new NeuroClawError('input.malformed', `${path}: ${message}`, { place: { file: path }, expected });
}
