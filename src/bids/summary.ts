import type { BidsDataset, BidsFile } from './dataset.js';
import { labelsOf, summarizeParticipant, type ParticipantSummary } from './participant-summary.js';
import { missingNotes, oddNotes } from './summary-notes.js';

/** What a person wants to know of a dataset at a glance. Plain JSON: the shape of `bids summary --json`. */
export interface DatasetSummary {
  readonly name: string;
  readonly bids_version: string;
  readonly type: 'raw' | 'derivative';
  readonly root: string;
  readonly participants: readonly ParticipantSummary[];
  readonly sessions: readonly string[];
  readonly tasks: readonly string[];
  readonly totals: {
    readonly participants: number;
    readonly files: number;
    /** As of a participant, summed. */
    readonly datatypes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  /** Notes on what is not there and usually is. */
  readonly missing: readonly string[];
  /** Notes on what is there and looks wrong. */
  readonly odd: readonly string[];
}

/** Counts what is in a dataset and notes what is missing or odd. Reads the sidecars of functional images only. */
export async function summarizeDataset(dataset: BidsDataset): Promise<DatasetSummary> {
  const byParticipant = new Map<string, BidsFile[]>(dataset.participants.map(({ label }) => [label, []]));
  for (const file of dataset.files)
    byParticipant.get(file.entities['sub'] ?? folderLabel(file.path))?.push(file);
  const participants = [...byParticipant].map(([label, files]) => summarizeParticipant(label, files));
  const { description } = dataset;
  return {
    name: typeof description['Name'] === 'string' ? description['Name'] : '(no name)',
    bids_version: typeof description['BIDSVersion'] === 'string' ? description['BIDSVersion'] : '(not said)',
    type: dataset.type,
    root: dataset.root,
    participants,
    sessions: labelsOf(dataset.files, 'ses'),
    tasks: labelsOf(dataset.files, 'task'),
    totals: {
      participants: dataset.participants.filter(({ hasFolder }) => hasFolder).length,
      files: dataset.files.length,
      datatypes: summed(participants.map(({ datatypes }) => datatypes)),
    },
    missing: missingNotes(dataset, participants),
    odd: await oddNotes(dataset, participants),
  };
}

function folderLabel(path: string): string {
  return /^sub-([^/]+)\//.exec(path)?.[1] ?? '';
}

function summed(counts: readonly ParticipantSummary['datatypes'][]): Record<string, Record<string, number>> {
  const sums: Record<string, Record<string, number>> = {};
  for (const [datatype, suffixes] of counts.flatMap((of) => Object.entries(of))) {
    const sum = (sums[datatype] ??= {});
    for (const [suffix, count] of Object.entries(suffixes)) sum[suffix] = (sum[suffix] ?? 0) + count;
  }
  return sums;
}
