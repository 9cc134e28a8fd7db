import type { BidsFile } from '../../bids/dataset.js';
import type { BidsName } from '../../bids/entities.js';
import type { JsonObject } from '../../kernel/json.js';
import type { InputFile } from '../job.js';

/**
 * What `when: fact:...` may ask of an item: gradients beside the image, two or more shells above b=0 in them, events
 * beside it, SliceTiming in its sidecar, keys to add to its sidecar.
 */
export const itemFacts: readonly string[] = [
  'gradients',
  'multi-shell',
  'events',
  'slice-timing',
  'sidecar-additions',
];

/** One thing that a step runs for: an image of a dataset, or a DICOM series. */
export interface Item {
  /** BIDS name without extension: unique among the items of one input, and part of job ids. */
  readonly key: string;
  /** By short key. */
  readonly entities: Readonly<Record<string, string>>;
  /** What derived files are named after. */
  readonly name: BidsName & { readonly datatype?: string };
  readonly files: readonly InputFile[];
  readonly facts: ReadonlySet<string>;
  /** Keys to add to the sidecar, of DICOM series. */
  readonly additions: JsonObject;
  /** The file of the dataset; absent for DICOM series. */
  readonly source?: BidsFile;
  /** Of a group: the items that it gathers, in natural order. */
  readonly members?: readonly Item[];
}

/** `sub-03`, or `the dataset`, for messages. */
export function subjectOf(entities: Readonly<Record<string, string>>): string {
  const { sub, ses } = entities;
  if (sub === undefined) return 'the dataset';
  return ses === undefined ? `sub-${sub}` : `sub-${sub} ses-${ses}`;
}

/**
 * The item of another input that goes with this one: of the same participant and, where it has one, session; of those
 * the ones that share most entities. More than one is returned where they share equally many.
 */
export function matchingItems(item: Pick<Item, 'entities'>, candidates: readonly Item[]): readonly Item[] {
  let best: Item[] = [];
  let most = -1;
  for (const candidate of candidates) {
    if (candidate.entities['sub'] !== item.entities['sub']) continue;
    const { ses } = candidate.entities;
    if (ses !== undefined && item.entities['ses'] !== undefined && ses !== item.entities['ses']) continue;
    const shared = Object.entries(candidate.entities).filter(
      ([key, value]) => item.entities[key] === value,
    ).length;
    if (shared > most) [best, most] = [[candidate], shared];
    else if (shared === most) best.push(candidate);
  }
  return best;
}
