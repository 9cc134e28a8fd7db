import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { compareNatural } from '../bids/natural-order.js';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { readDicomHeader, type DicomHeader } from './dicom-header.js';
import { findFiles } from './find-files.js';

/** What of a series is meant, where one holds several echoes, or magnitude and phase: each becomes an image of its own. */
export interface SeriesPart {
  /** Number of the echo from 1, by echo time; absent: there is one. */
  readonly echo?: number;
  readonly isPhase: boolean;
  /** Both magnitude and phase are there. */
  readonly hasBoth: boolean;
}

/** The files of one SeriesInstanceUID, or of one of its parts. */
export interface DicomSeries {
  /** SeriesInstanceUID; of a part with `#e2`, `#phase` behind it. */
  readonly uid: string;
  readonly part?: SeriesPart;
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
    .flatMap(partsOf)
    .sort(
      (a, b) => a.number - b.number || compareNatural(a.uid, b.uid) || compareNatural(a.studyUid, b.studyUid),
    );
  findings.sort((a, b) => compareNatural(a.place?.file ?? '', b.place?.file ?? ''));
  return { root: absolute, series, otherFiles, findings };
}

/** Whether an image holds phase, by its ImageType. */
export function isPhaseImage({ imageType }: Pick<DicomHeader, 'imageType'>): boolean {
  return imageType.some((part) => /^(?:P|PHASE|PHASE MAP)$/i.test(part));
}

/** What people call a series in a map: its number, of a part `5.e2`, `5.phase` or `5.e2.phase`. */
export function seriesKey({ number, part }: Pick<DicomSeries, 'number' | 'part'>): string {
  return `${number}${part === undefined ? '' : partName(part, '.')}`;
}

function partName({ echo, isPhase, hasBoth }: SeriesPart, mark: string): string {
  const words = [echo === undefined ? '' : `e${echo}`, hasBoth && isPhase ? 'phase' : ''];
  return words.flatMap((word) => (word === '' ? [] : [`${mark}${word}`])).join('');
}

/**
 * A converter writes a file for each echo, and for magnitude and phase: so does the plan. Files of many frames stay whole,
 * since no part of them can be given to a converter. Echo times within 0.1 ms are one echo.
 */
function partsOf(headers: DicomHeader[]): DicomSeries[] {
  const echoOf = (header: DicomHeader): number => Math.round((header.echoTimeMs ?? 0) * 10) / 10;
  const echoes = [...new Set(headers.map(echoOf))].sort((a, b) => a - b);
  const hasBoth = new Set(headers.map(isPhaseImage)).size > 1;
  const isWhole = headers.some(({ frames }) => frames !== undefined && frames > 1);
  if ((echoes.length === 1 && !hasBoth) || isWhole) return [seriesOf(headers)];
  const parts = new Map<string, { part: SeriesPart; headers: DicomHeader[] }>();
  for (const header of headers) {
    const echo = echoes.length > 1 ? { echo: echoes.indexOf(echoOf(header)) + 1 } : {};
    const part: SeriesPart = { ...echo, isPhase: isPhaseImage(header), hasBoth };
    const name = partName(part, '#');
    const known = parts.get(name);
    if (known === undefined) parts.set(name, { part, headers: [header] });
    else known.headers.push(header);
  }
  return [...parts].map(([name, { part, headers: own }]) => {
    const series = seriesOf(own);
    return { ...series, uid: `${series.uid}${name}`, part };
  });
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
