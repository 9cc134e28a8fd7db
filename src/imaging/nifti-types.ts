/** A NIfTI data type of real numbers (nifti1.h, NIFTI_TYPE_*). */
export interface NiftiType {
  readonly code: number;
  readonly name: string;
  readonly bytes: number;
  readonly integer: boolean;
  /** Reads one value at a byte offset. Integers of 64 bits beyond 2^53 lose their last bits. */
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

const list: NiftiType[] = [
  { code: 2, name: 'uint8', bytes: 1, integer: true, read: (view, at) => view.getUint8(at) },
  { code: 256, name: 'int8', bytes: 1, integer: true, read: (view, at) => view.getInt8(at) },
  { code: 4, name: 'int16', bytes: 2, integer: true, read: (view, at, le) => view.getInt16(at, le) },
  { code: 512, name: 'uint16', bytes: 2, integer: true, read: (view, at, le) => view.getUint16(at, le) },
  { code: 8, name: 'int32', bytes: 4, integer: true, read: (view, at, le) => view.getInt32(at, le) },
  { code: 768, name: 'uint32', bytes: 4, integer: true, read: (view, at, le) => view.getUint32(at, le) },
  {
    code: 1024,
    name: 'int64',
    bytes: 8,
    integer: true,
    read: (view, at, le) => Number(view.getBigInt64(at, le)),
  },
  {
    code: 1280,
    name: 'uint64',
    bytes: 8,
    integer: true,
    read: (view, at, le) => Number(view.getBigUint64(at, le)),
  },
  { code: 16, name: 'float32', bytes: 4, integer: false, read: (view, at, le) => view.getFloat32(at, le) },
  { code: 64, name: 'float64', bytes: 8, integer: false, read: (view, at, le) => view.getFloat64(at, le) },
];

/** By code. Complex and RGB types are not among them: no tool here makes or takes them. */
export const niftiTypes: ReadonlyMap<number, NiftiType> = new Map(list.map((type) => [type.code, type]));

export type NiftiTypeName =
  'uint8' | 'int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64';

export function niftiTypeNamed(name: NiftiTypeName): NiftiType {
  const type = list.find((candidate) => candidate.name === name);
  if (type === undefined) throw new RangeError(`no NIfTI type ${name}`);
  return type;
}
