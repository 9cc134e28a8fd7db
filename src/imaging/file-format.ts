import { readStart } from './read-bytes.js';

/** How many decompressed bytes tell a format. */
const START = 1024;

interface Format {
  /** As a message says it: `it is …`. */
  readonly name: string;
  matches(start: Buffer, text: string): boolean;
}

const at = (start: Buffer, offset: number, ...bytes: number[]): boolean =>
  bytes.every((byte, index) => start[offset + index] === byte);
const begins =
  (...texts: string[]) =>
  (_start: Buffer, text: string): boolean =>
    texts.some((one) => text.startsWith(one));
const int32 = (start: Buffer, offset: number, value: number): boolean =>
  start.length >= offset + 4 && (start.readInt32LE(offset) === value || start.readInt32BE(offset) === value);

/**
 * Formats by what stands at the beginning of their files: NIfTI-1 and -2 (nifti1.h, nifti2.h), MRtrix3 images and
 * tracks, GIFTI, MGH (FreeSurfer load_mgh.m: version 1, big-endian), PNG, DICOM (PS3.10), EDF and BDF
 * (https://www.edfplus.info/specs/edf.html), BrainVision, MAT 5 and HDF5 (EEGLAB's .set), FIFF (first tag: file id).
 */
const formats = {
  nifti: {
    name: 'a NIfTI image',
    matches: (start) => int32(start, 0, 348) || int32(start, 0, 540),
  },
  mif: { name: 'an MRtrix image', matches: begins('mrtrix image') },
  tck: { name: 'MRtrix tracks', matches: begins('mrtrix tracks') },
  gifti: { name: 'a GIFTI file', matches: (_start, text) => /^\s*</.test(text) && text.includes('<GIFTI') },
  mgh: {
    name: 'an MGH image',
    matches: (start) => start.length >= 24 && start.readInt32BE(0) === 1 && start.readInt32BE(4) > 0,
  },
  png: { name: 'a PNG picture', matches: (start) => at(start, 0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a) },
  dicom: { name: 'a DICOM file', matches: (start) => at(start, 128, 0x44, 0x49, 0x43, 0x4d) },
  edf: {
    name: 'an EDF recording',
    matches: (start, text) =>
      text.startsWith('0       ') || (start[0] === 0xff && text.startsWith('BIOSEMI', 1)),
  },
  brainvision: {
    name: 'a BrainVision header',
    matches: (_start, text) =>
      /^;?\s*Brain ?Vision Data Exchange Header File/i.test(text.replace(/^\u00ef\u00bb\u00bf/, '')),
  },
  eeglab: {
    name: 'a MATLAB file',
    matches: (start, text) => text.startsWith('MATLAB ') || at(start, 0, 0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a),
  },
  fif: {
    name: 'a FIFF file',
    matches: (start) => start.length >= 8 && start.readInt32BE(0) === 100 && start.readInt32BE(4) === 31,
  },
  zip: { name: 'a zip archive', matches: begins('PK\u0003\u0004') },
  svg: { name: 'an SVG picture', matches: (_start, text) => /^\s*</.test(text) && /<svg[\s>]/.test(text) },
  html: { name: 'HTML', matches: (_start, text) => /^\s*<(!doctype html|html)/i.test(text) },
  json: { name: 'JSON', matches: (start, text) => isText(start) && /^\s*[[{]/.test(withoutMark(text)) },
  text: { name: 'text', matches: (start) => isText(start) },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

/** What a kind of the contract is called, and the formats that are it. A kind that is not here may be anything. */
const kinds: Readonly<Record<string, { readonly name: string; readonly formats: readonly FormatName[] }>> = {
  nifti: { name: 'a NIfTI image', formats: ['nifti'] },
  // MRtrix3 reads NIfTI and MGH wherever it reads its own format.
  mif: { name: 'an MRtrix or NIfTI image', formats: ['mif', 'nifti', 'mgh'] },
  tck: { name: 'MRtrix tracks (.tck)', formats: ['tck'] },
  gifti: { name: 'a GIFTI file', formats: ['gifti'] },
  mgh: { name: 'an MGH image (.mgh, .mgz)', formats: ['mgh'] },
  png: { name: 'a PNG picture', formats: ['png'] },
  edf: { name: 'an EDF or BDF recording', formats: ['edf'] },
  brainvision: { name: 'a BrainVision header (.vhdr)', formats: ['brainvision'] },
  eeglab: { name: 'an EEGLAB file (.set)', formats: ['eeglab'] },
  fif: { name: 'a FIFF file', formats: ['fif'] },
  svg: { name: 'an SVG picture', formats: ['svg'] },
  html: { name: 'HTML', formats: ['html'] },
  json: { name: 'JSON', formats: ['json'] },
  bval: { name: 'a text of b-values', formats: ['text'] },
  bvec: { name: 'a text of directions', formats: ['text'] },
  tsv: { name: 'a table with tabs', formats: ['text'] },
  csv: { name: 'a table with commas', formats: ['text'] },
  text: { name: 'text', formats: ['text', 'json', 'html', 'svg'] },
};

export interface FormatLook {
  /** What the file is; undefined where nothing known matches, or anything is taken. */
  readonly format: FormatName | undefined;
  /** Why it cannot be of the kind. The message follows the name of the file: `is JSON`. */
  readonly problem?: { readonly message: string; readonly expected: string };
}

/**
 * What a file is by its first bytes (decompressed, whatever its name says), and why it cannot be of a kind.
 * Throws input.not-found, input.unreadable or input.malformed (damaged gzip).
 *
 * @param kind an artifact kind of the skill contracts
 */
export async function lookAtFormat(path: string, kind: string): Promise<FormatLook> {
  const wanted = kinds[kind];
  if (wanted === undefined) return { format: undefined };
  const start = await readStart(path, START);
  const expected = wanted.name;
  if (start.length === 0) return { format: undefined, problem: { message: 'is empty', expected } };
  const text = start.toString('latin1');
  const found = Object.keys(formats).find((name): name is FormatName =>
    formats[name as FormatName].matches(start, text),
  );
  if (found !== undefined && wanted.formats.includes(found)) return { format: found };
  const message = `is ${found === undefined ? 'of no format that is known here' : formats[found].name}`;
  return { format: found, problem: { message, expected } };
}

/** UTF-8 or Latin-1 text: no control characters but white space. */
function isText(start: Buffer): boolean {
  return start.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 12 || byte === 13);
}

/** Without a byte order mark, as it reads in Latin-1. */
function withoutMark(text: string): string {
  return text.startsWith('\u00ef\u00bb\u00bf') ? text.slice(3) : text;
}
