import { dirname, join } from 'node:path';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import type { Affine, Grid } from './affine.js';
import { mifTypeNamed, type MifType } from './mif-types.js';
import { mrtrixKeyValues, readMrtrixText, type MrtrixText } from './mrtrix-text.js';

/**
 * What the header of an MRtrix image says, `.mif` or `.mif.gz`
 * (https://mrtrix.readthedocs.io/en/latest/getting_started/image_data.html#mrtrix-image-formats-mih-mif).
 */
export interface MifHeader {
  readonly path: string;
  /** Sizes along the axes of the image, whatever the order of the file: [x, y, z, volumes, ...]. */
  readonly dims: readonly number[];
  /** mm along x, y, z; beyond space whatever the writer knew, NaN where it knew nothing. */
  readonly voxelSizes: readonly number[];
  /**
   * Symbolic strides, one per axis: 1 for the axis along which neighbours in the file lie, then 2, 3, ...; negative
   * where the file runs against the axis. What `mrinfo -strides` prints.
   */
  readonly strides: readonly number[];
  /** As the header writes it: `Float32LE`, `Bit`, ... */
  readonly datatype: string;
  readonly type: MifType;
  /** Stored values are read as value * scale + offset. */
  readonly scale: number;
  readonly offset: number;
  /** Byte of the decompressed file where the voxels begin. */
  readonly dataOffset: number;
  /** Voxel indices (i, j, k) along the axes of `dims` to world coordinates in mm, RAS+; as in NIfTI. */
  readonly affine: Affine;
  /** Every other line, by key: `dw_scheme`, `command_history`, `mrtrix_version`, ... */
  readonly keyvals: ReadonlyMap<string, readonly string[]>;
}

/** Reads the header of `.mif` or `.mif.gz`. Throws input.malformed naming the field that is wrong. */
export async function readMifHeader(path: string): Promise<MifHeader> {
  try {
    return parseMifHeader(await readMrtrixText(path, 'mrtrix image'), path);
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

function parseMifHeader(text: MrtrixText, path: string): MifHeader {
  const bad = (field: string, message: string, expected: string): NeuroClawError =>
    new NeuroClawError('input.malformed', `${path} is not a sound MRtrix image: ${message}`, {
      place: { file: path, field },
      expected,
    });
  const { keyvals, of } = mrtrixKeyValues(text.lines);
  const last = (key: string): string => {
    const value = of(key).at(-1);
    if (value === undefined) throw bad(key, `it has no ${key}`, `a line "${key}: ..."`);
    return value;
  };

  const dims = numbersOf(last('dim'));
  if (dims.length === 0 || dims.some((n) => !Number.isInteger(n) || n < 1))
    throw bad('dim', `dim is ${last('dim')}`, 'whole numbers, at least 1');
  const voxelSizes = numbersOf(last('vox'));
  const spatial = Math.min(3, dims.length);
  if (
    voxelSizes.length < spatial ||
    voxelSizes.slice(0, spatial).some((size) => !(size > 0 && size < Infinity))
  )
    throw bad('vox', `vox is ${last('vox')}`, `${spatial} sizes above 0 in mm`);
  const strides = stridesOf(last('layout'), dims.length);
  if (strides === undefined)
    throw bad('layout', `layout is ${last('layout')}`, `each of 0 to ${dims.length - 1} once, with a sign`);
  const datatype = last('datatype');
  const type = mifTypeNamed(datatype);
  if (type === undefined)
    throw bad(
      'datatype',
      `datatype is ${datatype}`,
      'Bit, or whole or real numbers such as UInt16LE and Float32LE',
    );
  const { scale, offset } = scalingOf(of('scaling').at(-1), bad);

  return {
    path,
    dims,
    voxelSizes,
    strides,
    datatype,
    type,
    scale,
    offset,
    dataOffset: dataOffsetOf(last('file'), text.bytes, path, bad),
    affine: affineOf(of('transform'), dims, voxelSizes, bad),
    keyvals,
  };
}

type Refusal = (field: string, message: string, expected: string) => NeuroClawError;

/** Numbers separated by commas; anything else among them becomes NaN. */
function numbersOf(text: string): number[] {
  return text.split(',').map((word) => (word.trim() === '' ? NaN : Number(word)));
}

/** `+2,-0,-1`: rank of each axis in the file, from 0, and its direction. */
function stridesOf(layout: string, axes: number): number[] | undefined {
  const words = layout.split(',').map((word) => word.trim());
  if (words.length !== axes || words.some((word) => !/^[+-]?\d+$/.test(word))) return undefined;
  const strides = words.map((word) => {
    const rank = Number(word.replace(/^[+-]/, '')) + 1;
    return word.startsWith('-') ? -rank : rank;
  });
  const ranks = new Set(strides.map(Math.abs));
  return ranks.size === axes && [...ranks].every((rank) => rank <= axes) ? strides : undefined;
}

function scalingOf(text: string | undefined, bad: Refusal): { scale: number; offset: number } {
  if (text === undefined) return { scale: 1, offset: 0 };
  const [offset, scale, ...rest] = numbersOf(text);
  if (offset === undefined || scale === undefined || rest.length > 0 || !Number.isFinite(offset + scale))
    throw bad('scaling', `scaling is ${text}`, 'two numbers: offset,scale');
  return { scale, offset };
}

/** `. 2512`: in this file, from byte 2512. */
function dataOffsetOf(text: string, headerBytes: number, path: string, bad: Refusal): number {
  const space = text.search(/\s/);
  const [name, rest] = space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1).trim()];
  if (name !== '.')
    throw bad(
      'file',
      `its voxels are in another file, ${join(dirname(path), name)}`,
      'one file: convert it with mrconvert to .mif',
    );
  const offset = Number(rest);
  if (rest === '' || !Number.isSafeInteger(offset) || offset < headerBytes)
    throw bad(
      'file',
      `file is ${text}`,
      `". offset" with the voxels behind the header (${headerBytes} bytes)`,
    );
  return offset;
}

/**
 * The transform of the header takes mm along the image axes to world; voxel indices are scaled to mm first. Without
 * one the image is centred at the origin, as MRtrix3 does (Header::sanitise_transform).
 */
function affineOf(
  lines: readonly string[],
  dims: readonly number[],
  voxelSizes: readonly number[],
  bad: Refusal,
): Affine {
  const [sx, sy, sz] = [voxelSizes[0] ?? 1, voxelSizes[1] ?? 1, voxelSizes[2] ?? 1];
  if (lines.length === 0) {
    const centre = (axis: 0 | 1 | 2, size: number): number => (-size * ((dims[axis] ?? 1) - 1)) / 2;
    return [
      [sx, 0, 0, centre(0, sx)],
      [0, sy, 0, centre(1, sy)],
      [0, 0, sz, centre(2, sz)],
      [0, 0, 0, 1],
    ];
  }
  const rows = lines.map(numbersOf);
  if (rows.length < 3 || rows.some((row) => row.length !== 4 || row.some((value) => !Number.isFinite(value))))
    throw bad('transform', `transform is ${lines.join(' / ')}`, 'three lines of four finite numbers');
  const row = (index: 0 | 1 | 2): [number, number, number, number] => {
    const [x = 0, y = 0, z = 0, t = 0] = rows[index] ?? [];
    return [x * sx, y * sy, z * sz, t];
  };
  return [row(0), row(1), row(2), [0, 0, 0, 1]];
}

/** The spatial grid of an image. */
export function mifGridOf(header: MifHeader): Grid {
  return { shape: [header.dims[0] ?? 1, header.dims[1] ?? 1, header.dims[2] ?? 1], affine: header.affine };
}

/** Number of volumes: the product of all dimensions from the fourth. */
export function mifVolumesOf(header: MifHeader): number {
  return header.dims.slice(3).reduce((product, n) => product * n, 1);
}
