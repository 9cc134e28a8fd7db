import { open } from 'node:fs/promises';
import { fromFileSystem } from '../kernel/errors.js';

/** What planning needs of one DICOM file. Texts are data: they are shown and matched, never obeyed. */
export interface DicomHeader {
  readonly path: string;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly seriesNumber: number | undefined;
  readonly seriesDescription: string;
  readonly protocolName: string;
  readonly sequenceName: string;
  readonly scanningSequence: string;
  readonly modality: string;
  readonly manufacturer: string;
  readonly imageType: readonly string[];
  readonly patientId: string;
  readonly instanceNumber: number | undefined;
  /** Milliseconds, as DICOM says it. */
  readonly echoTimeMs: number | undefined;
  readonly repetitionTimeMs: number | undefined;
  readonly inversionTimeMs: number | undefined;
  readonly acquisitionType: string;
  readonly rows: number | undefined;
  readonly columns: number | undefined;
  /** s/mm^2; from the standard tag or the private one of Siemens. */
  readonly bValue: number | undefined;
  /** A whole volume tiled into one picture (Siemens mosaic). */
  readonly mosaic: boolean;
  readonly transferSyntax: string;
}

/** Enough for every header seen short of pixel data; read further only where it is not. */
const FIRST_READ = 262_144;

/**
 * Reads the header of a DICOM file, without its pixels. Undefined for a file that is not DICOM.
 * Throws input.unreadable for one that may not be read.
 */
export async function readDicomHeader(path: string): Promise<DicomHeader | undefined> {
  const { default: dicomParser } = await import('dicom-parser');
  const start = await readBytes(path, FIRST_READ);
  if (start === undefined) return undefined;
  for (const bytes of [start, undefined]) {
    try {
      const data = dicomParser.parseDicom(bytes ?? (await readWhole(path)), { untilTag: 'x7fe00010' });
      return headerOf(path, data);
    } catch {
      // Cut inside an element: once more with the whole file, then it is not DICOM that can be read.
      if (bytes === undefined) return undefined;
    }
  }
  return undefined;
}

interface DataSet {
  readonly elements: Readonly<Record<string, unknown>>;
  string(tag: string): string | undefined;
  intString(tag: string): number | undefined;
  floatString(tag: string): number | undefined;
  uint16(tag: string): number | undefined;
  double(tag: string): number | undefined;
}

function headerOf(path: string, data: DataSet): DicomHeader | undefined {
  const text = (tag: string): string => (data.string(tag) ?? '').trim();
  const seriesUid = text('x0020000e');
  if (seriesUid === '') return undefined;
  const imageType = text('x00080008')
    .split('\\')
    .filter((part) => part !== '');
  return {
    path,
    studyUid: text('x0020000d'),
    seriesUid,
    seriesNumber: data.intString('x00200011'),
    seriesDescription: text('x0008103e'),
    protocolName: text('x00181030'),
    sequenceName: text('x00180024'),
    scanningSequence: text('x00180020'),
    modality: text('x00080060'),
    manufacturer: text('x00080070'),
    imageType,
    patientId: text('x00100020'),
    instanceNumber: data.intString('x00200013'),
    echoTimeMs: data.floatString('x00180081'),
    repetitionTimeMs: data.floatString('x00180080'),
    inversionTimeMs: data.floatString('x00180082'),
    acquisitionType: text('x00180023'),
    rows: data.uint16('x00280010'),
    columns: data.uint16('x00280011'),
    bValue: bValueOf(data),
    mosaic: imageType.includes('MOSAIC'),
    transferSyntax: text('x00020010'),
  };
}

function bValueOf(data: DataSet): number | undefined {
  if (data.elements['x00189087'] !== undefined) return data.double('x00189087');
  const siemens = Number(data.string('x0019100c')?.trim());
  return data.elements['x0019100c'] !== undefined && Number.isFinite(siemens) ? siemens : undefined;
}

/** The start of a file; undefined where it is too short, or lacks the preamble that PS3.10 asks for. */
async function readBytes(path: string, length: number): Promise<Uint8Array | undefined> {
  let handle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw fromFileSystem(error, path);
  }
  try {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await handle.read(bytes, 0, length, 0);
    if (bytesRead < 132 || bytes.toString('latin1', 128, 132) !== 'DICM') return undefined;
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function readWhole(path: string): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
