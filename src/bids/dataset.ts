import type { Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';

/** One file of a dataset, or one folder that is data (`.ds`, `.zarr`, ...). */
export interface BidsFile {
  /** Relative to the root of the dataset, POSIX separators. */
  readonly path: string;
  /** By short key. */
  readonly entities: Readonly<Record<string, string>>;
  readonly suffix: string;
  /** With the leading dot. */
  readonly extension: string;
  readonly datatype?: string;
}

export interface Participant {
  /** Label without `sub-`. */
  readonly label: string;
  /** Row of participants.tsv, without `participant_id`; empty where there is none. */
  readonly values: Readonly<Record<string, string>>;
  /** A folder of this participant exists. */
  readonly hasFolder: boolean;
}

export interface BidsDataset {
  /** Absolute path. */
  readonly root: string;
  readonly type: 'raw' | 'derivative';
  /** dataset_description.json. */
  readonly description: JsonObject;
  /** Every file with a BIDS name, by path. */
  readonly files: readonly BidsFile[];
  readonly participants: readonly Participant[];
  readonly findings: readonly Finding[];
}
