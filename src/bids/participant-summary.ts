import type { BidsFile } from './dataset.js';
import { compareNatural } from './natural-order.js';

export interface ParticipantSummary {
  /** Label without `sub-`. */
  readonly participant: string;
  readonly sessions: readonly string[];
  /** Number of files. */
  readonly files: number;
  /** Data type -> suffix -> number of recordings and tables; a recording of several files counts once. */
  readonly datatypes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly tasks: readonly string[];
  /** Task -> number of runs over all sessions; the echoes and parts of a run, and what is recorded at once, count once. */
  readonly runs: Readonly<Record<string, number>>;
}

/** Suffixes of what a task is recorded with. */
const RUN_SUFFIXES = new Set([
  'bold',
  'cbv',
  'asl',
  'eeg',
  'ieeg',
  'meg',
  'nirs',
  'emg',
  'pet',
  'svs',
  'mrsi',
]);
/** Entities that tell files of one run apart. */
const WITHIN_RUN = new Set([
  'echo',
  'part',
  'split',
  'chunk',
  'tracksys',
  'proc',
  'rec',
  'space',
  'res',
  'den',
  'desc',
]);
/** Extensions that describe another file. */
const DESCRIBING = /^\.(json|bval|bvec|vmrk|fdt)$/;

/** Counts the files of one participant. */
export function summarizeParticipant(participant: string, files: readonly BidsFile[]): ParticipantSummary {
  const datatypes: Record<string, Record<string, number>> = {};
  const runs = new Map<string, Set<string>>();
  const counted = new Set<string>();
  for (const file of files) {
    const { datatype, suffix, entities, extension } = file;
    if (datatype === undefined || suffix === '' || DESCRIBING.test(extension)) continue;
    const recording = file.path.slice(0, file.path.length - extension.length);
    if (counted.has(recording)) continue;
    counted.add(recording);
    const counts = (datatypes[datatype] ??= {});
    counts[suffix] = (counts[suffix] ?? 0) + 1;
    if (entities['task'] === undefined || !RUN_SUFFIXES.has(suffix)) continue;
    const run = Object.entries(entities).filter(([key]) => !WITHIN_RUN.has(key));
    const known = runs.get(entities['task']) ?? new Set();
    runs.set(entities['task'], known.add(JSON.stringify(run)));
  }
  return {
    participant,
    sessions: labelsOf(files, 'ses'),
    files: files.length,
    datatypes,
    tasks: labelsOf(files, 'task'),
    runs: Object.fromEntries([...runs].map(([task, of]) => [task, of.size])),
  };
}

/** The labels of an entity in natural order. */
export function labelsOf(files: readonly BidsFile[], entity: 'ses' | 'task'): string[] {
  const labels = new Set<string>();
  for (const { entities } of files) if (entities[entity] !== undefined) labels.add(entities[entity]);
  return [...labels].sort(compareNatural);
}
