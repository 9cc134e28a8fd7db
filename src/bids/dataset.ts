import type { Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';

/** One file of a dataset, or one folder that is a recording (`.ds`, `.zarr`, ...). */
export interface BidsFile {
  /** Relative to the root of the dataset, POSIX separators. */
  readonly path: string;
  /** By short key, from the name. Empty where the name is not a BIDS name. */
  readonly entities: Readonly<Record<string, string>>;
  /** Empty where the name is not a BIDS name. */
  readonly suffix: string;
  /** With the leading dot, empty if there is none. */
  readonly extension: string;
  /** The folder of the data type that it lies in. */
  readonly datatype?: string;
  /** Bytes; only where the index was asked for sizes, and the content is there. */
  readonly size?: number;
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
  /** dataset_description.json; empty where it is missing or cannot be read. */
  readonly description: JsonObject;
  /** Every file of the dataset in natural order of the paths; `walk-files.ts` says what is left out. */
  readonly files: readonly BidsFile[];
  /** Of the folders and of participants.tsv, in natural order. */
  readonly participants: readonly Participant[];
  readonly findings: readonly Finding[];
}
