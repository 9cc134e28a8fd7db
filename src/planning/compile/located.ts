import type { BidsFile } from '../../bids/dataset.js';
import type { InputFile } from '../job.js';

/** What a role is given: its files, and the image of the dataset that they go back to. */
export interface Located {
  readonly shape: 'file' | 'list' | 'folder';
  readonly files: readonly InputFile[];
  /** Whose sidecar speaks for it. */
  readonly origin: BidsFile | undefined;
  /** Of a list: the image of the dataset behind each file. */
  readonly origins?: readonly BidsFile[];
}

/** Where an output of a step is found, for one item. */
export interface MadeOutput {
  readonly located: Located;
  /** The output that it is in truth, where a left-out step passes on what it was given. */
  readonly producer?: { readonly job: string; readonly output: string };
}

/** What a step made for one item; `leftOut` says why it made nothing (outputs may stand in all the same). */
export interface Made {
  readonly outputs: ReadonlyMap<string, MadeOutput>;
  readonly job?: string;
  readonly leftOut?: string;
}
