import { endianness } from 'node:os';

/** A NIfTI data type of real numbers (nifti1.h, NIFTI_TYPE_*). */
export interface NiftiType {
  readonly code: number;
  readonly name: string;
  readonly bytes: number;
  readonly integer: boolean;
  /** Whole values of stored bytes. Integers of 64 bits beyond 2^53 lose their last bits. */
  readonly decode: (bytes: Buffer, littleEndian: boolean) => Float64Array;
}

type Typed =
  | Uint8ArrayConstructor
  | Int8ArrayConstructor
  | Uint16ArrayConstructor
  | Int16ArrayConstructor
  | Uint32ArrayConstructor
  | Int32ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor;

const hostIsLittle = endianness() === 'LE';

const type = (code: number, name: string, array: Typed, integer = true): NiftiType => {
  const width = array.BYTES_PER_ELEMENT;
  const decode = (bytes: Buffer, littleEndian: boolean): Float64Array => {
    const aligned = inHostOrder(bytes, width, littleEndian);
    const stored = new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / width);
    if (stored instanceof BigInt64Array || stored instanceof BigUint64Array)
      return Float64Array.from(stored, Number);
    return new Float64Array(stored);
  };
  return { code, name, bytes: width, integer, decode };
};

/** Bytes that a typed array can look at: at an even address, in the order of this machine. Copies only where it must. */
function inHostOrder(bytes: Buffer, width: number, littleEndian: boolean): Buffer {
  const swap = width > 1 && littleEndian !== hostIsLittle;
  if (!swap && bytes.byteOffset % width === 0) return bytes;
  // Not from the pool of small buffers, whose addresses are even for 8 bytes only by chance.
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  bytes.copy(copy);
  if (!swap) return copy;
  return width === 2 ? copy.swap16() : width === 4 ? copy.swap32() : copy.swap64();
}

const list: readonly NiftiType[] = [
  type(2, 'uint8', Uint8Array),
  type(256, 'int8', Int8Array),
  type(4, 'int16', Int16Array),
  type(512, 'uint16', Uint16Array),
  type(8, 'int32', Int32Array),
  type(768, 'uint32', Uint32Array),
  type(1024, 'int64', BigInt64Array),
  type(1280, 'uint64', BigUint64Array),
  type(16, 'float32', Float32Array, false),
  type(64, 'float64', Float64Array, false),
];

/** By code. Complex and RGB types are not among them: no tool here makes or takes them. */
export const niftiTypes: ReadonlyMap<number, NiftiType> = new Map(list.map((each) => [each.code, each]));

/** Types of the standard that are refused, by code. */
export const refusedNiftiTypes: ReadonlyMap<number, string> = new Map([
  [1, '1-bit'],
  [32, 'complex64'],
  [128, 'RGB'],
  [1536, 'float128'],
  [1792, 'complex128'],
  [2048, 'complex256'],
  [2304, 'RGBA'],
]);

export type NiftiTypeName =
  'uint8' | 'int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64';

export function niftiTypeNamed(name: NiftiTypeName): NiftiType {
  const found = list.find((candidate) => candidate.name === name);
  if (found === undefined) throw new RangeError(`no NIfTI type ${name}`);
  return found;
}
