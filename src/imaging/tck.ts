import { createHash } from 'node:crypto';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { mifTypeNamed } from './mif-types.js';
import { mrtrixKeyValues, readMrtrixText } from './mrtrix-text.js';
import type { NiftiType } from './nifti-types.js';
import { byteChunks } from './read-bytes.js';

/**
 * What the header of an MRtrix tracks file says, `.tck`
 * (https://mrtrix.readthedocs.io/en/latest/getting_started/image_data.html#tracks-file-format-tck).
 */
export interface TckHeader {
  readonly path: string;
  readonly number: NiftiType;
  readonly littleEndian: boolean;
  /** Byte where the points begin. */
  readonly dataOffset: number;
  /** Streamlines, as the header says; undefined where it does not. */
  readonly count: number | undefined;
  /** Every other line, by key: `method`, `step_size`, `roi`, `command_history`, ... */
  readonly keyvals: ReadonlyMap<string, readonly string[]>;
}

/** x, y, z in mm, world coordinates (RAS+), point after point. The array is used again for the next streamline. */
export type Points = Float64Array;

/** Longer ones are no fibres but a file whose delimiters are lost; it keeps memory bounded, too. */
const MAX_POINTS = 1_048_576;

/**
 * Reads the header of a tracks file, or of one with a number per point (`.tsf`), whose header is the same but for its first
 * line. Throws input.malformed naming the field that is wrong.
 */
export async function readTckHeader(
  path: string,
  firstLine: 'mrtrix tracks' | 'mrtrix track scalars' = 'mrtrix tracks',
): Promise<TckHeader> {
  const bad = (field: string, message: string, expected: string): NeuroClawError =>
    new NeuroClawError('input.malformed', `${path} is not a sound tracks file: ${message}`, {
      place: { file: path, field },
      expected,
    });
  try {
    const text = await readMrtrixText(path, firstLine);
    const { keyvals, of } = mrtrixKeyValues(text.lines);
    const datatype = of('datatype').at(-1) ?? '';
    const type = mifTypeNamed(datatype);
    if (type?.kind !== 'number' || type.number.integer)
      throw bad(
        'datatype',
        `datatype is ${datatype || 'missing'}`,
        'Float32LE, Float32BE, Float64LE or Float64BE',
      );
    const file = of('file').at(-1) ?? '';
    const dataOffset = Number(/^\.\s+(\d+)$/.exec(file)?.[1] ?? NaN);
    if (!(dataOffset >= text.bytes))
      throw bad('file', `file is ${file || 'missing'}`, `". offset", at least ${text.bytes}`);
    const count = of('count').at(-1);
    if (count !== undefined && !/^\d+$/.test(count))
      throw bad('count', `count is ${count}`, 'a whole number');
    return {
      path,
      number: type.number,
      littleEndian: type.littleEndian,
      dataOffset,
      count: count === undefined ? undefined : Number(count),
      keyvals,
    };
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

/**
 * Hands every streamline to `onStreamline` in the order of the file, in bounded memory, and returns their number.
 * Streamlines end with a triplet of NaN, the file with one of Inf. Throws input.malformed where a point is only partly
 * finite, the file is cut or goes on behind its end.
 */
export async function streamStreamlines(
  path: string,
  onStreamline: (points: Points, index: number) => void,
  options: { readonly signal?: AbortSignal } = {},
): Promise<number> {
  const header = await readTckHeader(path);
  const reader = new TripletReader(path, onStreamline);
  const triplet = 3 * header.number.bytes;
  let skip = header.dataOffset;
  let carry: Buffer = Buffer.alloc(0);
  for await (let chunk of byteChunks(path, options)) {
    const cut = Math.min(skip, chunk.length);
    skip -= cut;
    chunk = chunk.subarray(cut);
    if (carry.length > 0) chunk = Buffer.concat([carry, chunk]);
    const whole = chunk.length - (chunk.length % triplet);
    carry = Buffer.from(chunk.subarray(whole));
    if (whole > 0) reader.read(header.number.decode(chunk.subarray(0, whole), header.littleEndian));
  }
  reader.end(carry.length);
  return reader.streamlines;
}

class TripletReader {
  streamlines = 0;
  #points = new Float64Array(3 * 1024);
  #length = 0;
  #ended = false;
  readonly #path: string;
  readonly #onStreamline: (points: Points, index: number) => void;

  constructor(path: string, onStreamline: (points: Points, index: number) => void) {
    this.#path = path;
    this.#onStreamline = onStreamline;
  }

  read(values: Float64Array): void {
    for (let at = 0; at < values.length; at += 3) {
      if (this.#ended) throw this.#bad('it goes on behind its end', 'nothing behind the triplet of Inf');
      const [x, y, z] = [values[at] as number, values[at + 1] as number, values[at + 2] as number];
      if (Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z)) this.#add(x, y, z);
      else if (Number.isNaN(x) && Number.isNaN(y) && Number.isNaN(z)) this.#finish();
      else if (isInfinite(x) && isInfinite(y) && isInfinite(z)) this.#ended = true;
      else
        throw this.#bad(
          `streamline ${this.streamlines} has the point ${x}, ${y}, ${z}`,
          'finite coordinates',
        );
    }
  }

  end(leftBytes: number): void {
    if (this.#ended && leftBytes > 0)
      throw this.#bad('it goes on behind its end', 'nothing behind the triplet of Inf');
    if (!this.#ended)
      throw this.#bad(`it is cut after ${this.streamlines} streamlines`, 'a triplet of Inf at the end');
    if (this.#length > 0)
      throw this.#bad('its last streamline does not end', 'a triplet of NaN behind each streamline');
  }

  #add(x: number, y: number, z: number): void {
    if (this.#length === this.#points.length) {
      if (this.#length >= 3 * MAX_POINTS)
        throw this.#bad(
          `streamline ${this.streamlines} has more than ${MAX_POINTS} points`,
          'a triplet of NaN behind each streamline',
        );
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#points);
      this.#points = larger;
    }
    this.#points[this.#length] = x;
    this.#points[this.#length + 1] = y;
    this.#points[this.#length + 2] = z;
    this.#length += 3;
  }

  #finish(): void {
    this.#onStreamline(this.#points.subarray(0, this.#length), this.streamlines);
    this.streamlines += 1;
    this.#length = 0;
  }

  #bad(message: string, expected: string): NeuroClawError {
    return new NeuroClawError('input.malformed', `${this.#path} is not a sound tracks file: ${message}`, {
      place: { file: this.#path },
      expected,
    });
  }
}

function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}

/** Length of a streamline in mm: the sum over its segments. */
export function lengthOf(points: Points): number {
  let length = 0;
  for (let at = 3; at < points.length; at += 3) {
    length += Math.hypot(
      (points[at] as number) - (points[at - 3] as number),
      (points[at + 1] as number) - (points[at - 2] as number),
      (points[at + 2] as number) - (points[at - 1] as number),
    );
  }
  return length;
}

/**
 * SHA-256 over the streamlines in their order, without the header: of each its number of points (uint32, little-endian)
 * and the coordinates (float64, little-endian). Two files with other time stamps, histories or byte orders but the same
 * streamlines are the same; `tckgen` writes such files.
 */
export async function hashStreamlines(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const count = Buffer.alloc(4);
  await streamStreamlines(
    path,
    (points) => {
      count.writeUInt32LE(points.length / 3);
      const bytes = Buffer.from(new Float64Array(points).buffer);
      hash.update(count);
      hash.update(hostIsBig ? bytes.swap64() : bytes);
    },
    signal === undefined ? {} : { signal },
  );
  return hash.digest('hex');
}

const hostIsBig = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;
