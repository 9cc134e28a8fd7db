import type { Affine } from './affine.js';

/** The fields of a NIfTI header that are used here, as stored. */
export interface NiftiFields {
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
  readonly intentCode: number;
  readonly intentName: string;
  readonly descrip: string;
}

/** nifti1.h */
export function nifti1Fields(view: DataView, le: boolean): NiftiFields {
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
    intentCode: short(68),
    intentName: text(view, 328, 16),
    descrip: text(view, 148, 80),
  };
}

/** nifti2.h */
export function nifti2Fields(view: DataView, le: boolean): NiftiFields {
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
    intentCode: view.getInt32(504, le),
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
