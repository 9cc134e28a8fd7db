import { inflateSync } from 'node:zlib';
import { malformedRecording } from './recording.js';

/** What a MATLAB variable holds here: numbers (column by column), text, one or more structs, or nothing that is read. */
export type MatValue =
  | { readonly kind: 'numbers'; readonly dims: readonly number[]; readonly values: Float64Array }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'structs'; readonly structs: readonly ReadonlyMap<string, MatValue>[] }
  | { readonly kind: 'other' };

type NumberReader = readonly [bytes: number, read: (view: DataView, at: number) => number];

/** By data type (MAT-File Format, MathWorks, table 1-1); little-endian. */
const numberTypes: Readonly<Record<number, NumberReader>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
  12: [8, (view, at) => Number(view.getBigInt64(at, true))],
  13: [8, (view, at) => Number(view.getBigUint64(at, true))],
};

interface Element {
  readonly type: number;
  readonly data: Buffer;
  readonly next: number;
}

/**
 * The variables of a MATLAB file of level 5 (versions 5 to 7.2, the format of EEGLAB's .set). Version 7.3 is HDF5 and
 * gives undefined, as do the rare big-endian ones. Throws input.malformed for what is no such file.
 */
export function readMatFile(bytes: Buffer, path: string): ReadonlyMap<string, MatValue> | undefined {
  const head = bytes.toString('latin1', 0, 116);
  if (head.startsWith('MATLAB 7.3')) return undefined;
  if (!head.startsWith('MATLAB 5.0'))
    throw malformedRecording(path, 'is no MATLAB file', 'MATLAB 5.0 MAT-file in its first line');
  if (bytes.toString('latin1', 126, 128) !== 'IM') return undefined;
  const variables = new Map<string, MatValue>();
  for (let at = 128; at + 8 <= bytes.length;) {
    const element = elementAt(bytes, at, path);
    at = element.next;
    const whole = element.type === 15 ? elementAt(inflateSync(element.data), 0, path) : element;
    if (whole.type !== 14) continue;
    const { name, value } = matrix(whole.data, path);
    variables.set(name, value);
  }
  return variables;
}

/** A tag and its data; small ones keep both in eight bytes. Compressed elements are not padded. */
function elementAt(bytes: Buffer, at: number, path: string): Element {
  const word = bytes.readUInt32LE(at);
  const small = word >>> 16;
  if (small > 0) return { type: word & 0xffff, data: bytes.subarray(at + 4, at + 4 + small), next: at + 8 };
  const length = bytes.readUInt32LE(at + 4);
  if (at + 8 + length > bytes.length)
    throw malformedRecording(
      path,
      `an element of ${length} bytes at ${at} goes beyond the end`,
      'a complete file',
    );
  const padded = word === 15 ? length : Math.ceil(length / 8) * 8;
  return { type: word, data: bytes.subarray(at + 8, at + 8 + length), next: at + 8 + padded };
}

function matrix(bytes: Buffer, path: string): { name: string; value: MatValue } {
  if (bytes.length === 0)
    return { name: '', value: { kind: 'numbers', dims: [0, 0], values: new Float64Array() } };
  const flags = elementAt(bytes, 0, path);
  const dimensions = elementAt(bytes, flags.next, path);
  const named = elementAt(bytes, dimensions.next, path);
  const dims = [...numbers(dimensions)];
  const count = dims.reduce((product, n) => product * n, 1);
  const name = named.data.toString('latin1');
  const kind = flags.data.readUInt8(0);
  if (kind === 2) return { name, value: structs(bytes, named.next, count, path) };
  if (kind === 4) {
    const element = elementAt(bytes, named.next, path);
    const text =
      element.type === 16 ? element.data.toString('utf8') : String.fromCharCode(...numbers(element));
    return { name, value: { kind: 'text', text } };
  }
  if (kind >= 6 && kind <= 15)
    return { name, value: { kind: 'numbers', dims, values: numbers(elementAt(bytes, named.next, path)) } };
  return { name, value: { kind: 'other' } };
}

function structs(bytes: Buffer, at: number, count: number, path: string): MatValue {
  const width = elementAt(bytes, at, path);
  const labels = elementAt(bytes, width.next, path);
  const size = numbers(width)[0] ?? 32;
  const fields: string[] = [];
  for (let i = 0; i + size <= labels.data.length; i += size)
    fields.push(labels.data.toString('latin1', i, i + size).replace(/\0.*$/s, ''));
  let next = labels.next;
  const found = Array.from({ length: count }, () => {
    const values = new Map<string, MatValue>();
    for (const field of fields) {
      const element = elementAt(bytes, next, path);
      next = element.next;
      values.set(field, element.type === 14 ? matrix(element.data, path).value : { kind: 'other' });
    }
    return values;
  });
  return { kind: 'structs', structs: found };
}

function numbers({ type, data }: Element): Float64Array {
  const [size, read] = numberTypes[type] ?? [1, () => NaN];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float64Array.from({ length: Math.floor(data.length / size) }, (_, i) => read(view, i * size));
}
