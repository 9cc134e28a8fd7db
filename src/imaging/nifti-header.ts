import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { determinant, type Affine, type Grid } from './affine.js';
import { nifti1Fields, nifti2Fields, type NiftiFields } from './nifti-fields.js';
import { niftiTypes, refusedNiftiTypes, type NiftiType } from './nifti-types.js';
import { quaternionAffine } from './quaternion.js';
import { readStart } from './read-bytes.js';

/** What a NIfTI-1 or NIfTI-2 header says (https://nifti.nimh.nih.gov/, nifti1.h, nifti2.h). */
export interface NiftiHeader {
  readonly path: string;
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Sizes along the axes in use: [x, y, z, t, ...]. */
  readonly dims: readonly number[];
  readonly type: NiftiType;
  /** mm, along x, y, z as pixdim says; 0 where it says nothing (the affine may be oblique). */
  readonly voxelSizes: readonly [number, number, number];
  /**
   * Seconds, of 4D images whose pixdim[4] is above 0; xyzt_units is honoured, seconds where it says nothing.
   * Undefined where the fourth axis is no time (Hz, ppm, rad/s).
   */
  readonly repetitionTimeS: number | undefined;
  /** What xyzt_units says of lengths. No tool in use heeds it: an image in other units than mm is misread by all. */
  readonly spatialUnit: 'mm' | 'm' | 'um' | 'unknown';
  /** Stored values are scaled by value * sclSlope + sclInter. Slope 1 and intercept 0 where the header has none. */
  readonly sclSlope: number;
  readonly sclInter: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly qform: Affine | undefined;
  readonly sform: Affine | undefined;
  /** Voxel to world: sform where its code is above 0, else qform, else voxel sizes with the first voxel at 0. */
  readonly affine: Affine;
  readonly intentCode: number;
  readonly intentName: string;
  readonly descrip: string;
  /** Byte offset of the first voxel. */
  readonly voxOffset: number;
}

/** Reads the header of `.nii` or `.nii.gz`. Throws input.malformed naming the field that is wrong. */
export async function readNiftiHeader(path: string): Promise<NiftiHeader> {
  let bytes: Buffer;
  try {
    bytes = await readStart(path, 544);
  } catch (error) {
    throw fromFileSystem(error, path);
  }
  return parseNiftiHeader(bytes, path);
}

/** Parses the first bytes of a decompressed NIfTI file (at least 348, 540 for NIfTI-2). */
export function parseNiftiHeader(bytes: Buffer, path: string): NiftiHeader {
  const bad = (field: string, message: string, expected: string): NeuroClawError =>
    new NeuroClawError('input.malformed', `${path} is not a sound NIfTI image: ${message}`, {
      place: { file: path, field },
      expected,
    });
  if (bytes.length === 0) throw bad('sizeof_hdr', 'it is empty', 'a header of 348 or 540 bytes');
  if (bytes.length < 348)
    throw bad('sizeof_hdr', `it has ${bytes.length} bytes`, 'a header of 348 or 540 bytes');
  const sizes = [bytes.readInt32LE(0), bytes.readInt32BE(0)];
  const littleEndian = sizes[0] === 348 || sizes[0] === 540;
  const size = littleEndian ? sizes[0] : sizes[1];
  if (size !== 348 && size !== 540) throw bad('sizeof_hdr', `sizeof_hdr is ${sizes[0]}`, '348 or 540');
  const version = size === 348 ? 1 : 2;
  if (version === 2 && bytes.length < 540)
    throw bad('sizeof_hdr', `it has ${bytes.length} bytes`, '540 bytes of header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const field = version === 1 ? nifti1Fields(view, littleEndian) : nifti2Fields(view, littleEndian);
  refuseWrongMagic(bytes, version, bad);
  const { dims, type, voxelSizes } = soundFields(field, version, bad);
  const qform =
    field.qformCode > 0
      ? quaternionAffine(field.quatern, field.qoffset, voxelSizes, (field.pixdim[0] ?? 1) < 0 ? -1 : 1)
      : undefined;
  const sform = field.sformCode > 0 ? field.srow : undefined;
  return {
    path,
    version,
    littleEndian,
    dims,
    type,
    voxelSizes,
    repetitionTimeS: repetitionTime(field, dims),
    spatialUnit: spatialUnits[field.xyztUnits & 7] ?? 'unknown',
    sclSlope: field.sclSlope === 0 || !Number.isFinite(field.sclSlope) ? 1 : field.sclSlope,
    sclInter:
      field.sclSlope === 0 || !Number.isFinite(field.sclSlope) || !Number.isFinite(field.sclInter)
        ? 0
        : field.sclInter,
    qformCode: field.qformCode,
    sformCode: field.sformCode,
    qform,
    sform,
    affine: sform ?? qform ?? sizesAffine(voxelSizes),
    intentCode: field.intentCode,
    intentName: field.intentName,
    descrip: field.descrip,
    voxOffset: field.voxOffset,
  };
}

type Refusal = (field: string, message: string, expected: string) => NeuroClawError;

function refuseWrongMagic(bytes: Buffer, version: 1 | 2, bad: Refusal): void {
  const magic = version === 1 ? bytes.toString('latin1', 344, 348) : bytes.toString('latin1', 4, 12);
  const right = version === 1 ? 'n+1\0' : 'n+2\0\r\n\x1a\n';
  if (magic === right) return;
  if (magic === '\0\0\0\0')
    throw bad('magic', 'it is an Analyze 7.5 image, which does not say left from right', 'NIfTI (magic n+1)');
  if (magic.startsWith(`ni${version}`))
    throw bad('magic', 'header and voxels are two files (.hdr and .img)', 'one file, .nii or .nii.gz');
  throw bad('magic', `magic is ${JSON.stringify(magic)}`, JSON.stringify(right));
}

/** Refuses a header whose fields contradict each other or the standard. */
function soundFields(
  field: NiftiFields,
  version: 1 | 2,
  bad: Refusal,
): { dims: number[]; type: NiftiType; voxelSizes: [number, number, number] } {
  const count = field.dim[0] ?? 0;
  if (!(count >= 1 && count <= 7)) throw bad('dim[0]', `dim[0] is ${count}`, '1 to 7');
  const dims = field.dim.slice(1, count + 1);
  const wrong = dims.findIndex((n) => !(n >= 1));
  if (wrong >= 0) throw bad(`dim[${wrong + 1}]`, `dim[${wrong + 1}] is ${dims[wrong]}`, 'at least 1');
  const type = niftiTypes.get(field.datatype);
  if (type === undefined) {
    const name = refusedNiftiTypes.get(field.datatype);
    throw bad(
      'datatype',
      name === undefined
        ? `datatype is ${field.datatype}`
        : `its voxels are ${name} (datatype ${field.datatype})`,
      'whole or real numbers: int8 to uint64, float32 or float64',
    );
  }
  if (field.bitpix !== type.bytes * 8)
    throw bad('bitpix', `bitpix is ${field.bitpix}`, `${type.bytes * 8} for ${type.name}`);
  // Header, then four bytes that say whether extensions follow.
  const least = version === 1 ? 352 : 544;
  if (!(Number.isSafeInteger(field.voxOffset) && field.voxOffset >= least))
    throw bad('vox_offset', `vox_offset is ${field.voxOffset}`, `a whole number of bytes, at least ${least}`);
  const voxelSizes: [number, number, number] = [1, 1, 1];
  for (const axis of [1, 2, 3] as const) {
    const size = field.pixdim[axis] ?? 0;
    if (axis > count) continue;
    // Beyond space anything is met, such as NaN on an axis of tissue types.
    if (!Number.isFinite(size))
      throw bad(`pixdim[${axis}]`, `pixdim[${axis}] is ${size}`, 'a voxel size in mm');
    voxelSizes[axis - 1] = Math.abs(size);
  }
  return { dims, type, voxelSizes };
}

/** The spatial grid of an image. */
export function gridOf(header: NiftiHeader): Grid {
  return { shape: [header.dims[0] ?? 1, header.dims[1] ?? 1, header.dims[2] ?? 1], affine: header.affine };
}

/** Number of volumes: the product of all dimensions from the fourth. */
export function volumesOf(header: NiftiHeader): number {
  return header.dims.slice(3).reduce((product, n) => product * n, 1);
}

/** Volume of one voxel in mL, from the affine. */
export function voxelVolumeMl(header: NiftiHeader): number {
  return Math.abs(determinant(header.affine)) / 1000;
}

function sizesAffine([x, y, z]: readonly [number, number, number]): Affine {
  return [
    [x, 0, 0, 0],
    [0, y, 0, 0],
    [0, 0, z, 0],
    [0, 0, 0, 1],
  ];
}

const spatialUnits: Readonly<Record<number, 'm' | 'mm' | 'um'>> = { 1: 'm', 2: 'mm', 3: 'um' };

/** Seconds per unit, by bits 3 to 5 of xyzt_units: none, seconds, milliseconds, microseconds. */
const timeUnits: Readonly<Record<number, number>> = { 0: 1, 8: 1, 16: 1e-3, 24: 1e-6 };

function repetitionTime(field: NiftiFields, dims: readonly number[]): number | undefined {
  const [step, unit] = [field.pixdim[4] ?? 0, timeUnits[field.xyztUnits & 0x38]];
  if ((dims[3] ?? 1) <= 1 || unit === undefined || !(step > 0 && step < Infinity)) return undefined;
  return step * unit;
}
