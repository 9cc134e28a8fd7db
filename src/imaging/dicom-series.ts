import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { readDicomHeader, type DicomHeader } from './dicom-header.js';

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
  /** Images over time or direction; an estimate from mosaics or echo-planar files, exact after conversion. */
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
  readonly findings: readonly Finding[];
}

const CONCURRENCY = 16;

/** Finds every DICOM file below a folder and groups them by series. Throws input.not-found for the folder itself. */
export async function scanDicomFolder(
  root: string,
  options: { signal?: AbortSignal } = {},
): Promise<DicomScan> {
  const absolute = resolve(root);
  try {
    if (!(await stat(absolute)).isDirectory())
      throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (error) {
    throw fromFileSystem(error, absolute);
  }
  const findings: Finding[] = [];
  const paths = (await readdir(absolute, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.name !== 'DICOMDIR')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const headers: DicomHeader[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
      options.signal?.throwIfAborted();
      try {
        const header = await readDicomHeader(path);
        if (header !== undefined) headers.push(header);
      } catch (error) {
        if (!(error instanceof NeuroClawError)) throw error;
        findings.push(errorFinding(error.code, error.message, error.place));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const groups = new Map<string, DicomHeader[]>();
  for (const header of headers) {
    const group = groups.get(header.seriesUid);
    if (group === undefined) groups.set(header.seriesUid, [header]);
    else group.push(header);
  }
  const series = [...groups.values()]
    .map(seriesOf)
    .sort((a, b) => a.number - b.number || (a.uid < b.uid ? -1 : 1));
  return { root: absolute, series, otherFiles: paths.length - headers.length, findings };
}

function seriesOf(headers: DicomHeader[]): DicomSeries {
  headers.sort((a, b) => (a.instanceNumber ?? 0) - (b.instanceNumber ?? 0) || (a.path < b.path ? -1 : 1));
  const header = headers[0] as DicomHeader;
  const bValues = [...new Set(headers.flatMap((each) => (each.bValue === undefined ? [] : [each.bValue])))];
  return {
    uid: header.seriesUid,
    studyUid: header.studyUid,
    number: header.seriesNumber ?? 0,
    description: header.seriesDescription,
    protocolName: header.protocolName,
    patientId: header.patientId,
    files: headers.map((each) => each.path),
    volumes: header.mosaic ? headers.length : 1,
    bValues: bValues.sort((a, b) => a - b),
    header,
  };
}
