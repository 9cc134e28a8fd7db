import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { determinant, type Affine, type Grid } from './affine.js';
import { readStart } from './read-bytes.js';
import { niftiTypes, type NiftiType } from './nifti-types.js';

/** What a NIfTI-1 or NIfTI-2 header says (https://nifti.nimh.nih.gov/, nifti1.h, nifti2.h). */
export interface NiftiHeader {
  readonly path: string;
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Sizes along the axes in use: [x, y, z, t, ...]. */
  readonly dims: readonly number[];
  readonly type: NiftiType;
  /** mm, along x, y, z as pixdim says (the affine may be oblique). */
  readonly voxelSizes: readonly [number, number, number];
  /** Seconds, of 4D images whose pixdim[4] is above 0; xyzt_units is honoured, seconds where it says nothing. */
  readonly repetitionTimeS: number | undefined;
  /** Stored values are scaled by value * sclSlope + sclInter. Slope 1 and intercept 0 where the header has none. */
  readonly sclSlope: number;
  readonly sclInter: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly qform: Affine | undefined;
  readonly sform: Affine | undefined;
  /** Voxel to world: sform where its code is above 0, else qform, else voxel sizes with the first voxel at 0. */
  readonly affine: Affine;
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
  const magic = bytes.toString('latin1', version === 1 ? 344 : 4, version === 1 ? 348 : 8);
  if (!/^n[+i][12]\0/.test(magic))
    throw bad('magic', `magic is ${JSON.stringify(magic)}`, version === 1 ? 'n+1' : 'n+2');
  if (magic[1] === 'i')
    throw bad('magic', 'header and voxels are two files (.hdr and .img)', 'one file, .nii or .nii.gz');

  const count = field.dim[0] ?? 0;
  if (!(count >= 1 && count <= 7)) throw bad('dim[0]', `dim[0] is ${count}`, '1 to 7');
  const dims = field.dim.slice(1, count + 1);
  const wrong = dims.findIndex((n) => !(n >= 1));
  if (wrong >= 0) throw bad(`dim[${wrong + 1}]`, `dim[${wrong + 1}] is ${dims[wrong]}`, 'at least 1');
  const type = niftiTypes.get(field.datatype);
  if (type === undefined) throw bad('datatype', `datatype is ${field.datatype}`, 'a NIfTI data type');
  if (field.bitpix !== type.bytes * 8)
    throw bad('bitpix', `bitpix is ${field.bitpix}`, `${type.bytes * 8} for ${type.name}`);
  if (!(field.voxOffset >= size))
    throw bad('vox_offset', `vox_offset is ${field.voxOffset}`, `at least ${size}`);

  const voxelSizes = [1, 2, 3].map((axis) => Math.abs(field.pixdim[axis] ?? 0) || (axis > count ? 1 : 0)) as [
    number,
    number,
    number,
  ];
  const qform =
    field.qformCode > 0
      ? quaternAffine(field.quatern, field.qoffset, voxelSizes, (field.pixdim[0] ?? 1) < 0 ? -1 : 1)
      : undefined;
  const sform = field.sformCode > 0 ? field.srow : undefined;
  const tr = field.pixdim[4] ?? 0;
  return {
    path,
    version,
    littleEndian,
    dims,
    type,
    voxelSizes,
    repetitionTimeS: count >= 4 && (dims[3] ?? 1) > 1 && tr > 0 ? tr * timeUnit(field.xyztUnits) : undefined,
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
    intentName: field.intentName,
    descrip: field.descrip,
    voxOffset: field.voxOffset,
  };
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

interface Fields {
  readonly dim: number[];
  readonly pixdim: number[];
  readonly datatype: number;
  readonly bitpix: number;
  readonly voxOffset: number;
  readonly sclSlope: number;
  readonly sclInter: number;
  readonly xyztUnits: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quatern: readonly [number, number, number];
  readonly qoffset: readonly [number, number, number];
  readonly srow: Affine;
  readonly intentName: string;
  readonly descrip: string;
}

function nifti1Fields(view: DataView, le: boolean): Fields {
  const short = (at: number): number => view.getInt16(at, le);
  const float = (at: number): number => view.getFloat32(at, le);
  return {
    dim: Array.from({ length: 8 }, (_, i) => short(40 + 2 * i)),
    pixdim: Array.from({ length: 8 }, (_, i) => float(76 + 4 * i)),
    datatype: short(70),
    bitpix: short(72),
    voxOffset: float(108),
    sclSlope: float(112),
    sclInter: float(116),
    xyztUnits: view.getUint8(123),
    qformCode: short(252),
    sformCode: short(254),
    quatern: [float(256), float(260), float(264)],
    qoffset: [float(268), float(272), float(276)],
    srow: rows((i) => float(280 + 4 * i)),
    intentName: text(view, 328, 16),
    descrip: text(view, 148, 80),
  };
}

function nifti2Fields(view: DataView, le: boolean): Fields {
  const long = (at: number): number => Number(view.getBigInt64(at, le));
  const double = (at: number): number => view.getFloat64(at, le);
  return {
    dim: Array.from({ length: 8 }, (_, i) => long(16 + 8 * i)),
    pixdim: Array.from({ length: 8 }, (_, i) => double(104 + 8 * i)),
    datatype: view.getInt16(12, le),
    bitpix: view.getInt16(14, le),
    voxOffset: long(168),
    sclSlope: double(176),
    sclInter: double(184),
    xyztUnits: view.getInt32(500, le),
    qformCode: view.getInt32(344, le),
    sformCode: view.getInt32(348, le),
    quatern: [double(352), double(360), double(368)],
    qoffset: [double(376), double(384), double(392)],
    srow: rows((i) => double(400 + 8 * i)),
    intentName: text(view, 508, 16),
    descrip: text(view, 240, 80),
  };
}

function rows(at: (index: number) => number): Affine {
  return [
    [at(0), at(1), at(2), at(3)],
    [at(4), at(5), at(6), at(7)],
    [at(8), at(9), at(10), at(11)],
    [0, 0, 0, 1],
  ];
}

function text(view: DataView, offset: number, length: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + offset, length);
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? length : end);
}

/** Affine of a unit quaternion (b, c, d; a is derived), offsets and voxel sizes (nifti1.h, "METHOD 2"). */
function quaternAffine(
  [b, c, d]: readonly [number, number, number],
  offset: readonly [number, number, number],
  sizes: readonly [number, number, number],
  qfac: 1 | -1,
): Affine {
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  const [x, y, z] = [sizes[0], sizes[1], sizes[2] * qfac];
  return [
    [
      (a * a + b * b - c * c - d * d) * x,
      (2 * b * c - 2 * a * d) * y,
      (2 * b * d + 2 * a * c) * z,
      offset[0],
    ],
    [
      (2 * b * c + 2 * a * d) * x,
      (a * a + c * c - b * b - d * d) * y,
      (2 * c * d - 2 * a * b) * z,
      offset[1],
    ],
    [
      (2 * b * d - 2 * a * c) * x,
      (2 * c * d + 2 * a * b) * y,
      (a * a + d * d - c * c - b * b) * z,
      offset[2],
    ],
    [0, 0, 0, 1],
  ];
}

function sizesAffine([x, y, z]: readonly [number, number, number]): Affine {
  return [
    [x, 0, 0, 0],
    [0, y, 0, 0],
    [0, 0, z, 0],
    [0, 0, 0, 1],
  ];
}

/** Bits 3 to 5 of xyzt_units: 8 seconds, 16 milliseconds, 24 microseconds. */
function timeUnit(xyztUnits: number): number {
  const unit = xyztUnits & 0x38;
  return unit === 16 ? 1e-3 : unit === 24 ? 1e-6 : 1;
}
