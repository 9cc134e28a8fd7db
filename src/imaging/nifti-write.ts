import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { voxelSizesOf, type Affine } from './affine.js';
import { niftiTypeNamed, type NiftiTypeName } from './nifti-types.js';
import { quaternionOf } from './quaternion.js';

export interface NiftiImage {
  /** [x, y, z] or [x, y, z, t, ...]. */
  readonly dims: readonly number[];
  /** Voxel to world, mm, RAS+. */
  readonly affine: Affine;
  readonly datatype: NiftiTypeName;
  /** In the order of the file, x fastest. Integers are rounded and must fit the type. */
  readonly data: ArrayLike<number>;
  /** Seconds; for 4D images. */
  readonly repetitionTimeS?: number;
  readonly descrip?: string;
  readonly sclSlope?: number;
  readonly sclInter?: number;
}

/**
 * Writes a NIfTI-1 image, compressed when the name ends in `.gz` (the same bytes every time). sform and qform both say
 * the affine with code 1 (scanner); with a sheared affine, which a quaternion cannot say, qform has code 0.
 */
export async function writeNifti(path: string, image: NiftiImage): Promise<void> {
  const bytes = niftiBytes(image);
  if (!path.endsWith('.gz')) return writeFile(path, bytes);
  const compressed = gzipSync(bytes, { level: 6 });
  // The operating system (RFC 1952, byte 9): unknown, so that every machine writes the same bytes.
  compressed[9] = 255;
  return writeFile(path, compressed);
}

/** The bytes of an uncompressed NIfTI-1 file, little-endian. */
export function niftiBytes(image: NiftiImage): Buffer {
  const type = niftiTypeNamed(image.datatype);
  const count = image.dims.reduce((product, n) => product * n, 1);
  if (count !== image.data.length)
    throw new RangeError(`${image.data.length} values for ${image.dims.join('x')} voxels`);
  const bytes = Buffer.alloc(352 + count * type.bytes);
  writeHeader(bytes, image, type.code, type.bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset + 352, count * type.bytes);
  const write = writerOf(image.datatype, view);
  for (let i = 0; i < count; i++) write(i, image.data[i] as number);
  return bytes;
}

function writeHeader(bytes: Buffer, image: NiftiImage, code: number, width: number): void {
  const sizes = voxelSizesOf(image.affine);
  const timed = image.dims.length >= 4 && image.repetitionTimeS !== undefined;
  bytes.writeInt32LE(348, 0);
  bytes[38] = 0x72;
  bytes.writeInt16LE(image.dims.length, 40);
  for (let axis = 0; axis < 7; axis++) bytes.writeInt16LE(image.dims[axis] ?? 1, 42 + 2 * axis);
  bytes.writeInt16LE(code, 70);
  bytes.writeInt16LE(width * 8, 72);
  const quatern = quaternionOf(image.affine);
  bytes.writeFloatLE(quatern?.qfac ?? 1, 76);
  for (const axis of [0, 1, 2] as const) bytes.writeFloatLE(sizes[axis], 80 + 4 * axis);
  bytes.writeFloatLE(timed ? (image.repetitionTimeS ?? 0) : 0, 92);
  bytes.writeFloatLE(352, 108);
  bytes.writeFloatLE(image.sclSlope ?? 1, 112);
  bytes.writeFloatLE(image.sclInter ?? 0, 116);
  bytes[123] = timed ? 2 + 8 : 2;
  bytes.write((image.descrip ?? '').slice(0, 79), 148, 'latin1');
  bytes.writeInt16LE(quatern === undefined ? 0 : 1, 252);
  bytes.writeInt16LE(1, 254);
  for (const [index, value] of (quatern?.bcd ?? [0, 0, 0]).entries())
    bytes.writeFloatLE(value, 256 + 4 * index);
  for (const axis of [0, 1, 2] as const) {
    bytes.writeFloatLE(image.affine[axis][3], 268 + 4 * axis);
    for (const column of [0, 1, 2, 3] as const)
      bytes.writeFloatLE(image.affine[axis][column], 280 + 16 * axis + 4 * column);
  }
  bytes.write('n+1\0', 344, 'latin1');
}

function writerOf(type: NiftiTypeName, view: DataView): (index: number, value: number) => void {
  const range: Partial<Record<NiftiTypeName, readonly [number, number]>> = {
    uint8: [0, 255],
    int8: [-128, 127],
    int16: [-32768, 32767],
    uint16: [0, 65535],
    int32: [-2147483648, 2147483647],
    uint32: [0, 4294967295],
  };
  const bounds = range[type];
  const whole = (value: number): number => {
    const rounded = Math.round(value);
    if (bounds !== undefined && !(rounded >= bounds[0] && rounded <= bounds[1]))
      throw new RangeError(`${value} does not fit ${type}`);
    return rounded;
  };
  switch (type) {
    case 'uint8':
      return (i, value) => view.setUint8(i, whole(value));
    case 'int8':
      return (i, value) => view.setInt8(i, whole(value));
    case 'int16':
      return (i, value) => view.setInt16(2 * i, whole(value), true);
    case 'uint16':
      return (i, value) => view.setUint16(2 * i, whole(value), true);
    case 'int32':
      return (i, value) => view.setInt32(4 * i, whole(value), true);
    case 'uint32':
      return (i, value) => view.setUint32(4 * i, whole(value), true);
    case 'float32':
      return (i, value) => view.setFloat32(4 * i, value, true);
    case 'float64':
      return (i, value) => view.setFloat64(8 * i, value, true);
  }
}
