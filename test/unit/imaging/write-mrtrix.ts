import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

export interface MifText {
  readonly dim?: string;
  readonly vox?: string;
  readonly layout?: string;
  readonly datatype?: string;
  readonly transform?: readonly string[];
  /** Further lines, as they stand. */
  readonly lines?: readonly string[];
  /** `. offset`, with the offset filled in where it says so. */
  readonly file?: string;
  readonly end?: boolean;
}

/** Upright axes, 2 x 2 x 3 mm, first voxel at (-8, -10, -12). */
export const uprightTransform = ['1,0,0,-8', '0,1,0,-10', '0,0,1,-12'];

/** The bytes of an MRtrix image: the header as given, then `data`. */
export function mifBytes(data: Uint8Array, text: MifText = {}): Buffer {
  const lines = [
    'mrtrix image',
    ...(text.dim === '' ? [] : [`dim: ${text.dim ?? '4,3,2'}`]),
    ...(text.vox === '' ? [] : [`vox: ${text.vox ?? '2,2,3'}`]),
    ...(text.layout === '' ? [] : [`layout: ${text.layout ?? '+0,+1,+2'}`]),
    ...(text.datatype === '' ? [] : [`datatype: ${text.datatype ?? 'Float32LE'}`]),
    ...(text.transform ?? uprightTransform).map((row) => `transform: ${row}`),
    ...(text.lines ?? []),
  ];
  const head = `${lines.join('\n')}\n`;
  const offset = (Math.ceil((head.length + 24) / 4) + 1) * 4;
  const file = (text.file ?? '. offset').replace('offset', String(offset));
  const tail = text.file === '' ? '' : `file: ${file}\n`;
  const header = Buffer.alloc(offset);
  header.write(`${head}${tail}${text.end === false ? '' : 'END\n'}`, 'utf8');
  return Buffer.concat([header, data]);
}

export function writeMif(path: string, data: Uint8Array, text: MifText = {}): void {
  const bytes = mifBytes(data, text);
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(bytes) : bytes);
}

/** Little-endian float32 bytes. */
export function floats(values: Iterable<number>): Buffer {
  const list = [...values];
  const bytes = Buffer.alloc(4 * list.length);
  list.forEach((value, index) => bytes.writeFloatLE(value, 4 * index));
  return bytes;
}

export type Line = readonly (readonly [number, number, number])[];

export interface TckText {
  readonly count?: string;
  readonly datatype?: string;
  readonly lines?: readonly string[];
  readonly file?: string;
}

const nan = [NaN, NaN, NaN] as const;
const inf = [Infinity, Infinity, Infinity] as const;

/** Points of streamlines with the delimiters behind each and at the end. */
export function withDelimiters(streamlines: readonly Line[]): number[] {
  return [...streamlines.flatMap((line) => [...line, nan]), inf].flat();
}

/** A tracks file; `numbers` in place of streamlines for what no tool should write. */
export function writeTck(
  path: string,
  streamlines: readonly Line[] | { readonly numbers: readonly number[] },
  text: TckText = {},
): void {
  const numbers = 'numbers' in streamlines ? streamlines.numbers : withDelimiters(streamlines);
  const datatype = text.datatype ?? 'Float32LE';
  const count = text.count ?? ('numbers' in streamlines ? '0' : String(streamlines.length).padStart(10, '0'));
  const head = ['mrtrix tracks    ', ...(text.lines ?? []), `datatype: ${datatype}`].join('\n');
  const offset = head.length + 100;
  const file = (text.file ?? '. offset').replace('offset', String(offset));
  const header = Buffer.alloc(offset);
  header.write(`${head}\nfile: ${file}\n${count === '' ? '' : `count: ${count}\n`}END\n`);
  const wide = datatype.includes('64');
  const data = Buffer.alloc(numbers.length * (wide ? 8 : 4));
  numbers.forEach((value, index) => {
    if (wide && datatype.endsWith('BE')) data.writeDoubleBE(value, 8 * index);
    else if (wide) data.writeDoubleLE(value, 8 * index);
    else if (datatype.endsWith('BE')) data.writeFloatBE(value, 4 * index);
    else data.writeFloatLE(value, 4 * index);
  });
  writeFileSync(path, Buffer.concat([header, data]));
}
