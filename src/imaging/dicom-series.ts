import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { compareNatural } from '../bids/natural-order.js';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { readDicomHeader, type DicomHeader } from './dicom-header.js';
import { findFiles } from './find-files.js';

/** The files of one SeriesInstanceUID. */
export interface DicomSeries {
  readonly uid: string;
  readonly studyUid: string;
  readonly number: number;
  readonly description: string;
  readonly protocolName: string;
  readonly patientId: string;
  /** Absolute paths in the order of their instance numbers. */
  readonly files: readonly string[];
  /** Images over time or direction; an estimate, exact after conversion. */
  readonly volumes: number;
  /** Distinct b-values (s/mm^2), ascending; empty where no file says one. */
  readonly bValues: readonly number[];
  /** Header of the first file. */
  readonly header: DicomHeader;
}

export interface DicomScan {
  readonly root: string;
  /** By series number. */
  readonly series: readonly DicomSeries[];
  /** Files that are not DICOM. */
  readonly otherFiles: number;
  /** Files and folders that could not be read, and DICOM files that are damaged: they are in no series. */
  readonly findings: readonly Finding[];
}

const CONCURRENCY = 16;

/** Finds every DICOM file below a folder and groups them by series. Throws input.not-found for the folder itself. */
export async function scanDicomFolder(
  root: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<DicomScan> {
  const absolute = resolve(root);
  try {
    if (!(await stat(absolute)).isDirectory())
      throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (error) {
    throw fromFileSystem(error, absolute);
  }
  const { paths, findings } = await findFiles(absolute, options);
  const candidates = paths.filter((path) => basename(path) !== 'DICOMDIR');
  const headers: DicomHeader[] = [];
  let otherFiles = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let path = candidates[next++]; path !== undefined; path = candidates[next++]) {
      options.signal?.throwIfAborted();
      try {
        const header = await readDicomHeader(path);
        if (header === undefined) otherFiles += 1;
        else headers.push(header);
      } catch (error) {
        if (!(error instanceof NeuroClawError)) throw error;
        findings.push(errorFinding(error.code, error.message, error.place, error.expected));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const groups = new Map<string, DicomHeader[]>();
  for (const header of headers) {
    // A series belongs to one study; copies of a phantom's UIDs in two studies stay apart.
    const id = `${header.studyUid} ${header.seriesUid}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [header]);
    else group.push(header);
  }
  const series = [...groups.values()]
    .map(seriesOf)
    .sort(
      (a, b) => a.number - b.number || compareNatural(a.uid, b.uid) || compareNatural(a.studyUid, b.studyUid),
    );
  findings.sort((a, b) => compareNatural(a.place?.file ?? '', b.place?.file ?? ''));
  return { root: absolute, series, otherFiles, findings };
}

function seriesOf(headers: DicomHeader[]): DicomSeries {
  headers.sort((a, b) => (a.instanceNumber ?? 0) - (b.instanceNumber ?? 0) || compareNatural(a.path, b.path));
  const header = headers[0] as DicomHeader;
  const bValues = new Set(headers.flatMap((each) => (each.bValue === undefined ? [] : [each.bValue])));
  return {
    uid: header.seriesUid,
    studyUid: header.studyUid,
    number: header.seriesNumber ?? 0,
    description: header.seriesDescription,
    protocolName: header.protocolName,
    patientId: header.patientId,
    files: headers.map((each) => each.path),
    volumes: volumesOf(headers),
    bValues: [...bValues].sort((a, b) => a - b),
    header,
  };
}

/** A mosaic is a volume; slices repeat their positions once per volume. Frames of one file are not told apart here. */
function volumesOf(headers: readonly DicomHeader[]): number {
  if (headers[0]?.mosaic === true) return headers.length;
  const positions = new Set(headers.map((header) => header.imagePosition));
  return Math.max(1, Math.round(headers.length / positions.size));
}
