import { open, type FileHandle } from 'node:fs/promises';
import type { DataSet } from 'dicom-parser';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { csaValues } from './csa-header.js';
import { dicomText } from './dicom-text.js';
import { phaseEncodingOnBody, type BodyDirection } from './phase-encoding.js';

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
  /** `YYYYMMDD` and `HHMMSS.ffffff`, as DICOM says them; empty where absent. */
  readonly studyDate: string;
  readonly studyTime: string;
  readonly instanceNumber: number | undefined;
  /** Milliseconds, as DICOM says it. */
  readonly echoTimeMs: number | undefined;
  readonly repetitionTimeMs: number | undefined;
  readonly inversionTimeMs: number | undefined;
  /** `2D` or `3D`. */
  readonly acquisitionType: string;
  readonly rows: number | undefined;
  readonly columns: number | undefined;
  readonly frames: number | undefined;
  /** ImagePositionPatient as text: where a slice lies. */
  readonly imagePosition: string;
  /** s/mm^2; from the standard tag or the private one of Siemens, Philips or GE. */
  readonly bValue: number | undefined;
  /** NONE, DIRECTIONAL, ISOTROPIC, BMATRIX; empty where absent. */
  readonly diffusionDirectionality: string;
  /** Direction of phase encoding on the body; from the headers of Siemens, as no standard tag says its sign. */
  readonly phaseEncoding: BodyDirection | undefined;
  /** A whole volume tiled into one picture (Siemens mosaic). */
  readonly mosaic: boolean;
  readonly transferSyntax: string;
}

/** Bytes to try: enough for nearly every header; for private ones of hundreds of kB; then the whole file. */
const READS = [262_144, 4_194_304, Infinity];

/**
 * Reads the header of a DICOM file, without its pixels where they come after 256 kB. Undefined for a file that is not
 * DICOM (no `DICM` behind the preamble, PS3.10), or that belongs to no series, such as a DICOMDIR.
 * Throws input.unreadable for one that may not be read, input.malformed for one that is damaged.
 */
export async function readDicomHeader(path: string): Promise<DicomHeader | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw fromFileSystem(error, path);
  }
  try {
    const { size } = await handle.stat();
    return await readAsFarAsNeeded(handle, size, path);
  } catch (error) {
    throw fromFileSystem(error, path);
  } finally {
    await handle.close();
  }
}

async function readAsFarAsNeeded(
  handle: FileHandle,
  size: number,
  path: string,
): Promise<DicomHeader | undefined> {
  const { default: dicomParser } = await import('dicom-parser');
  for (const most of READS) {
    const bytes = Buffer.allocUnsafe(Math.min(most, size));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytesRead < 132 || bytes.toString('latin1', 128, 132) !== 'DICM') return undefined;
    try {
      return headerOf(path, dicomParser.parseDicom(bytes.subarray(0, bytesRead), { untilTag: 'x7fe00010' }));
    } catch (error) {
      // Cut inside an element: once more with more of the file.
      if (most < size) continue;
      throw new NeuroClawError(
        'input.malformed',
        `${path} begins as DICOM but cannot be read to its pixels`,
        {
          place: { file: path },
          expected: 'a complete DICOM file',
          hint: 'copy it again from the scanner or the archive',
          cause: error,
        },
      );
    }
  }
  return undefined;
}

function headerOf(path: string, data: DataSet): DicomHeader | undefined {
  const code = (tag: string): string => (data.string(tag) ?? '').trim();
  const text = (tag: string): string => dicomText(bytesOf(data, tag) ?? new Uint8Array(), code('x00080005'));
  const seriesUid = code('x0020000e');
  if (seriesUid === '') return undefined;
  const imageType = code('x00080008')
    .split('\\')
    .filter((part) => part !== '');
  return {
    path,
    studyUid: code('x0020000d'),
    seriesUid,
    seriesNumber: data.intString('x00200011'),
    seriesDescription: text('x0008103e'),
    protocolName: text('x00181030'),
    sequenceName: text('x00180024'),
    scanningSequence: code('x00180020'),
    modality: code('x00080060'),
    manufacturer: text('x00080070'),
    imageType,
    patientId: text('x00100020'),
    studyDate: code('x00080020'),
    studyTime: code('x00080030'),
    instanceNumber: data.intString('x00200013'),
    echoTimeMs: data.floatString('x00180081'),
    repetitionTimeMs: data.floatString('x00180080'),
    inversionTimeMs: data.floatString('x00180082'),
    acquisitionType: code('x00180023'),
    rows: data.uint16('x00280010'),
    columns: data.uint16('x00280011'),
    frames: data.intString('x00280008'),
    imagePosition: code('x00200032'),
    bValue: bValueOf(data, text('x00080070').toUpperCase()),
    diffusionDirectionality: code('x00189075') || (isSiemens(data) ? code('x0019100d') : ''),
    phaseEncoding: phaseEncodingOf(data, code('x00181312')),
    mosaic: imageType.includes('MOSAIC'),
    transferSyntax: code('x00020010'),
  };
}

/** (0018,9087), or where the makers put it before there was one. */
function bValueOf(data: DataSet, manufacturer: string): number | undefined {
  const standard = data.elements['x00189087']?.length === 8 ? data.double('x00189087') : undefined;
  if (standard !== undefined) return standard;
  if (isSiemens(data)) return data.intString('x0019100c');
  if (manufacturer.includes('PHILIPS') && data.elements['x20011003']?.length === 4)
    return data.float('x20011003');
  if (manufacturer.startsWith('GE')) {
    // The first of several; some versions add 10^9.
    const value = data.intString('x00431039', 0);
    return value === undefined ? undefined : value % 100_000;
  }
  return undefined;
}

/** Element (0019,10xx) belongs to whom (0019,0010) says. */
function isSiemens(data: DataSet): boolean {
  return (data.string('x00190010') ?? '').trim() === 'SIEMENS MR HEADER';
}

function phaseEncodingOf(data: DataSet, axis: string): BodyDirection | undefined {
  const csa = (data.string('x00290010') ?? '').startsWith('SIEMENS') ? bytesOf(data, 'x00291010') : undefined;
  const sign = csa === undefined ? undefined : csaValues(csa, 'PhaseEncodingDirectionPositive')?.[0];
  const positive = sign === '1' ? true : sign === '0' ? false : undefined;
  const orientation = (data.string('x00200037') ?? '').split('\\').map(Number);
  return phaseEncodingOnBody(axis, positive, orientation);
}

function bytesOf(data: DataSet, tag: string): Uint8Array | undefined {
  const element = data.elements[tag];
  if (element === undefined || element.length <= 0) return undefined;
  return data.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
}
