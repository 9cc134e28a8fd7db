import { NeuroClawError } from '../kernel/errors.js';
import { readStart } from './read-bytes.js';

/** The text part of an MRtrix file (image or tracks): its lines between the first and END. */
export interface MrtrixText {
  readonly lines: readonly string[];
  /** Bytes up to and with the line END. */
  readonly bytes: number;
}

/** A header of 64 KiB is usual for 200 directions; command histories grow, but not beyond this. */
const READS = [65_536, 1_048_576, 16_777_216] as const;

/** Reads the text header, decompressed where the file is gzip. Throws input.malformed where it is none. */
export async function readMrtrixText(
  path: string,
  firstLine: 'mrtrix image' | 'mrtrix tracks' | 'mrtrix track scalars',
): Promise<MrtrixText> {
  const bad = (message: string, expected: string): NeuroClawError =>
    new NeuroClawError('input.malformed', `${path} is not an MRtrix file: ${message}`, {
      place: { file: path, field: 'header' },
      expected,
    });
  for (const size of READS) {
    const start = await readStart(path, size);
    const text = start.toString('latin1');
    // Older versions pad the first line with blanks.
    const first = text.slice(0, text.search(/\n|$/)).trimEnd();
    if (first !== firstLine)
      throw bad(`it begins with ${JSON.stringify(first.slice(0, 40))}`, `"${firstLine}" in its first line`);
    const end = /\nEND[ \t]*\r?\n/.exec(text);
    if (end !== null) {
      const bytes = end.index + end[0].length;
      const lines = start.toString('utf8', 0, end.index).split('\n').slice(1);
      return { lines, bytes };
    }
    if (start.length < size) throw bad('its header has no END', 'a line END behind the header');
  }
  throw bad(`no END in its first ${READS[2]} bytes`, 'a line END behind the header');
}

/** Lines that MRtrix3 itself needs; their case does not matter, that of others does. */
const compulsory = new Set(['dim', 'vox', 'layout', 'datatype', 'scaling', 'transform', 'file', 'count']);

/** `key: value` lines by key, in order; `#` begins a comment, and what has no colon is passed over, as MRtrix3 does. */
export function mrtrixKeyValues(lines: readonly string[]): {
  keyvals: ReadonlyMap<string, readonly string[]>;
  of: (key: string) => readonly string[];
} {
  const own = new Map<string, string[]>();
  const keyvals = new Map<string, string[]>();
  for (const line of lines) {
    const hash = line.indexOf('#');
    const text = (hash < 0 ? line : line.slice(0, hash)).trim();
    const colon = text.indexOf(':');
    if (colon < 1) continue;
    const key = text.slice(0, colon).trim();
    const [into, name] = compulsory.has(key.toLowerCase()) ? [own, key.toLowerCase()] : [keyvals, key];
    const values = into.get(name);
    const value = text.slice(colon + 1).trim();
    if (values === undefined) into.set(name, [value]);
    else values.push(value);
  }
  return { keyvals, of: (key) => own.get(key) ?? [] };
}
