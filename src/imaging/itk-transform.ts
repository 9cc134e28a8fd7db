import { NeuroClawError } from '../kernel/errors.js';

/**
 * A linear transform as ITK stores it: it takes points of the fixed image to points of the moving image, in mm, LPS
 * (x to the left, y posterior, z up): y = matrix (x - centre) + centre + translation.
 */
export interface ItkLinearTransform {
  readonly type: string;
  /** 3x3, row-major. */
  readonly matrix: readonly number[];
  readonly translation: readonly number[];
  readonly center: readonly number[];
}

/**
 * Reads a linear transform of ITK: Matlab 4 (`.mat`, as ANTs writes it) or text (`#Insight Transform File`). Throws
 * input.malformed for anything else, such as a rigid transform that is stored as angles.
 */
export function parseItkTransform(bytes: Buffer, path: string): ItkLinearTransform {
  const { type, parameters, fixed } =
    bytes.subarray(0, 8).toString('latin1') === '#Insight'
      ? fromText(bytes.toString('latin1'))
      : fromMatlab(bytes, path);
  if (!/^(Affine|MatrixOffset)\w*_3_3$/.test(type) || parameters.length !== 12 || fixed.length !== 3)
    throw malformed(path, `it holds ${type || 'nothing'} with ${parameters.length} parameters`);
  return {
    type,
    matrix: parameters.slice(0, 9),
    translation: parameters.slice(9),
    center: fixed,
  };
}

interface Stored {
  readonly type: string;
  readonly parameters: readonly number[];
  readonly fixed: readonly number[];
}

function fromText(text: string): Stored {
  const field = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const numbers = (name: string): number[] => field(name).split(/\s+/).filter(Boolean).map(Number);
  return {
    type: field('Transform'),
    parameters: numbers('Parameters'),
    fixed: numbers('FixedParameters'),
  };
}

/** Matlab level 4: per matrix five int32 (type, rows, columns, imaginary, length of the name), the name, the numbers. */
function fromMatlab(bytes: Buffer, path: string): Stored {
  const matrices: { name: string; values: number[] }[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 20 > bytes.length) throw malformed(path, 'it ends within a header');
    const [type, rows, columns, , nameLength] = [0, 4, 8, 12, 16].map((offset) =>
      bytes.readInt32LE(at + offset),
    ) as [number, number, number, number, number];
    // Thousands: byte order (0 little), tens: 0 double, 1 single.
    const size = type === 0 ? 8 : type === 10 ? 4 : 0;
    const start = at + 20 + nameLength;
    const end = start + rows * columns * size;
    if (size === 0 || rows < 0 || columns < 0 || nameLength < 1 || nameLength > 256 || end > bytes.length)
      throw malformed(path, 'it is no Matlab 4 file of numbers');
    const name = bytes.toString('latin1', at + 20, start).replace(/\0.*$/, '');
    const values = Array.from({ length: rows * columns }, (_, index) =>
      size === 8 ? bytes.readDoubleLE(start + 8 * index) : bytes.readFloatLE(start + 4 * index),
    );
    matrices.push({ name, values });
    at = end;
  }
  const [first, second] = matrices;
  return { type: first?.name ?? '', parameters: first?.values ?? [], fixed: second?.values ?? [] };
}

function malformed(path: string, message: string): NeuroClawError {
  return new NeuroClawError('input.malformed', `${path} is not a linear transform of ITK: ${message}`, {
    place: { file: path },
    expected: 'an affine transform in three dimensions, .mat or .txt',
  });
}
