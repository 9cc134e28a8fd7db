import { gunzipSync } from 'node:zlib';

/** A NIfTI-1 image in memory: x fastest, time slowest. Enough for tests; little-endian only. */
export interface Volumes {
  readonly shape: readonly number[];
  readonly datatype: number;
  /** mm and s. */
  readonly pixdim: readonly number[];
  /** Rows of the sform. */
  readonly affine: readonly (readonly number[])[];
  readonly data: Float64Array;
  /** Voxels of one volume. */
  readonly voxels: number;
  readonly volumes: number;
}

const readers: Readonly<Record<number, [number, (bytes: Buffer, at: number) => number]>> = {
  2: [1, (bytes, at) => bytes.readUInt8(at)],
  4: [2, (bytes, at) => bytes.readInt16LE(at)],
  8: [4, (bytes, at) => bytes.readInt32LE(at)],
  16: [4, (bytes, at) => bytes.readFloatLE(at)],
  512: [2, (bytes, at) => bytes.readUInt16LE(at)],
};

export function readVolumes(file: Buffer): Volumes {
  const bytes = file[0] === 0x1f ? gunzipSync(file) : file;
  const shape = Array.from({ length: bytes.readInt16LE(40) }, (_, axis) => bytes.readInt16LE(42 + 2 * axis));
  const datatype = bytes.readInt16LE(70);
  const [size, read] = readers[datatype] ?? [0, () => NaN];
  const slope = bytes.readFloatLE(112) || 1;
  const intercept = bytes.readFloatLE(116);
  const offset = bytes.readFloatLE(108);
  const data = new Float64Array(shape.reduce((product, length) => product * length, 1));
  for (let i = 0; i < data.length; i++) data[i] = read(bytes, offset + size * i) * slope + intercept;
  const voxels = shape.slice(0, 3).reduce((product, length) => product * length, 1);
  const row = (at: number): number[] => [0, 4, 8, 12].map((step) => bytes.readFloatLE(at + step));
  return {
    shape,
    datatype,
    pixdim: [80, 84, 88, 92].map((at) => bytes.readFloatLE(at)),
    affine: [row(280), row(296), row(312)],
    data,
    voxels,
    volumes: data.length / voxels,
  };
}

/** A float32 image with its origin at voxel 0. */
export function writeVolumes(
  shape: readonly number[],
  pixdim: readonly number[],
  data: ArrayLike<number>,
): Buffer {
  const bytes = Buffer.alloc(352 + 4 * data.length);
  bytes.writeInt32LE(348, 0);
  bytes.writeInt16LE(shape.length, 40);
  for (let axis = 0; axis < 7; axis++) bytes.writeInt16LE(shape[axis] ?? 1, 42 + 2 * axis);
  bytes.writeInt16LE(16, 70);
  bytes.writeInt16LE(32, 72);
  bytes.writeFloatLE(1, 76);
  pixdim.forEach((length, axis) => bytes.writeFloatLE(length, 80 + 4 * axis));
  bytes.writeFloatLE(352, 108);
  bytes.writeFloatLE(1, 112);
  bytes.writeUInt8(10, 123);
  bytes.writeInt16LE(1, 254);
  [0, 1, 2].forEach((axis) => bytes.writeFloatLE(pixdim[axis] ?? 1, 280 + 20 * axis));
  bytes.write('n+1\0', 344, 'latin1');
  for (let i = 0; i < data.length; i++) bytes.writeFloatLE(data[i] ?? 0, 352 + 4 * i);
  return bytes;
}

/** Values of one voxel over time. */
export function series(image: Volumes, voxel: number): number[] {
  return Array.from({ length: image.volumes }, (_, t) => image.data[voxel + t * image.voxels] ?? NaN);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation with n - 1. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return largest;
}
