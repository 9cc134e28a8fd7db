import type { BidsDataset, BidsFile } from './dataset.js';
import { fieldmapLinks } from './fieldmaps.js';
import { companionFor, sidecarFor } from './inheritance.js';
import { compareNatural } from './natural-order.js';

export interface ParticipantSummary {
  /** Label without `sub-`. */
  readonly participant: string;
  readonly sessions: readonly string[];
  /** Number of data files. */
  readonly files: number;
  /** Data type -> suffix -> number of recordings. */
  readonly datatypes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly tasks: readonly string[];
}

/** What a person wants to know of a dataset at a glance. Plain JSON: the shape of `bids summary --json`. */
export interface DatasetSummary {
  readonly name: string;
  readonly bids_version: string;
  readonly type: 'raw' | 'derivative';
  readonly root: string;
  readonly participants: readonly ParticipantSummary[];
  readonly sessions: readonly string[];
  readonly tasks: readonly string[];
  /** Data type -> number of recordings. */
  readonly totals: Readonly<Record<string, number>>;
  /** Notes on what is not there and usually is. */
  readonly missing: readonly string[];
  /** Notes on what is there and looks wrong. */
  readonly odd: readonly string[];
}

/** Extensions that stand for one recording, so that a recording of several files counts once. */
const RECORDING =
  /^\.(nii|nii\.gz|vhdr|edf|bdf|set|fif|ds|snirf|zarr|ome\.tif|ome\.zarr|mefd|kdf|con|sqd|pdf|tsv|tck|gii|mif)$/;
const TABULAR_SUFFIXES = new Set([
  'events',
  'channels',
  'electrodes',
  'coordsystem',
  'scans',
  'sessions',
  'participants',
  'optodes',
  'aslcontext',
  'blood',
]);

export async function summarizeDataset(dataset: BidsDataset): Promise<DatasetSummary> {
  const recordings = dataset.files.filter(
    (file) =>
      file.datatype !== undefined &&
      file.entities['sub'] !== undefined &&
      RECORDING.test(file.extension) &&
      !TABULAR_SUFFIXES.has(file.suffix),
  );
  const bySubject = groupBy(recordings, (file) => file.entities['sub'] ?? '');
  const participants = dataset.participants.map(({ label }) =>
    summarizeParticipant(label, bySubject.get(label) ?? []),
  );
  const totals: Record<string, number> = {};
  for (const file of recordings) totals[file.datatype ?? ''] = (totals[file.datatype ?? ''] ?? 0) + 1;
  const { description } = dataset;
  return {
    name: typeof description['Name'] === 'string' ? description['Name'] : '(no name)',
    bids_version: typeof description['BIDSVersion'] === 'string' ? description['BIDSVersion'] : '(not said)',
    type: dataset.type,
    root: dataset.root,
    participants,
    sessions: distinct(recordings, 'ses'),
    tasks: distinct(recordings, 'task'),
    totals,
    missing: [...missingDatatypes(participants), ...(await missingFieldmaps(dataset, recordings))],
    odd: await oddities(dataset, recordings),
  };
}

function summarizeParticipant(participant: string, files: readonly BidsFile[]): ParticipantSummary {
  const datatypes: Record<string, Record<string, number>> = {};
  for (const file of files) {
    const counts = (datatypes[file.datatype ?? ''] ??= {});
    counts[file.suffix] = (counts[file.suffix] ?? 0) + 1;
  }
  return {
    participant,
    sessions: distinct(files, 'ses'),
    files: files.length,
    datatypes,
    tasks: distinct(files, 'task'),
  };
}

/** A data type that at least three of four participants have and some lack. */
function missingDatatypes(participants: readonly ParticipantSummary[]): string[] {
  const present = participants.filter((participant) => participant.files > 0);
  const notes: string[] = [];
  for (const datatype of new Set(present.flatMap((participant) => Object.keys(participant.datatypes)))) {
    const without = present.filter((participant) => participant.datatypes[datatype] === undefined);
    if (without.length > 0 && without.length <= present.length / 4) {
      notes.push(`no ${datatype} for ${list(without.map(({ participant }) => `sub-${participant}`))}`);
    }
  }
  return notes;
}

async function missingFieldmaps(dataset: BidsDataset, recordings: readonly BidsFile[]): Promise<string[]> {
  const epi = recordings.filter((file) => file.suffix === 'bold' || file.suffix === 'dwi');
  if (epi.length === 0 || dataset.type === 'derivative') return [];
  if (!recordings.some((file) => file.datatype === 'fmap'))
    return ['no field map: distortion of EPI images cannot be corrected by one'];
  const corrected = new Set((await fieldmapLinks(dataset)).flatMap((link) => link.targets));
  const without = epi.filter((file) => !corrected.has(file));
  return without.length === 0
    ? []
    : [`field maps say IntendedFor nothing of ${without.length} EPI images, among them ${without[0]?.path}`];
}

async function oddities(dataset: BidsDataset, recordings: readonly BidsFile[]): Promise<string[]> {
  if (dataset.type === 'derivative') return [];
  const noGradients = recordings.filter(
    (file) =>
      file.suffix === 'dwi' &&
      file.extension.startsWith('.nii') &&
      (!companionFor(dataset, file, 'bval') || !companionFor(dataset, file, 'bvec')),
  );
  const bold = recordings.filter((file) => file.suffix === 'bold');
  const noTiming: BidsFile[] = [];
  for (const file of bold) {
    if (typeof (await sidecarFor(dataset, file)).values['RepetitionTime'] !== 'number') noTiming.push(file);
  }
  const noEvents = bold.filter(
    (file) =>
      !/^rest/i.test(file.entities['task'] ?? '') && companionFor(dataset, file, 'events') === undefined,
  );
  const note = (files: readonly BidsFile[], what: string): string[] =>
    files.length === 0 ? [] : [`${what}: ${list(files.map((file) => file.path))}`];
  return [
    ...note(noGradients, 'DWI without bval or bvec'),
    ...note(noTiming, 'BOLD without RepetitionTime in a sidecar'),
    ...note(noEvents, 'task BOLD without events'),
  ];
}

function list(items: readonly string[]): string {
  return items.length <= 4
    ? items.join(', ')
    : `${items.slice(0, 3).join(', ')} and ${items.length - 3} more`;
}

function distinct(files: readonly BidsFile[], entity: string): string[] {
  return [...new Set(files.flatMap((file) => file.entities[entity] ?? []))].sort(compareNatural);
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
