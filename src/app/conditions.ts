import type { BidsDataset } from '../bids/dataset.js';

/** Whether words may name a contrast: only then the events are worth reading. */
export function speaksOfContrasts(words: string): boolean {
  return /[<>]|\b(?:vs|versus|minus|against|compared|contrasts?|activations?|glm)\b|\w-\w/i.test(words);
}

/** So many events files are read: the conditions of a study repeat. */
const MOST = 200;

/** Every `trial_type` in the events of a dataset. */
export async function conditionsOf(dataset: BidsDataset): Promise<string[]> {
  const { readEvents } = await import('../bids/events.js');
  const files = dataset.files.filter(({ suffix, extension }) => suffix === 'events' && extension === '.tsv');
  const names = new Set<string>();
  for (const file of files.slice(0, MOST)) {
    const { events } = await readEvents(dataset, file);
    for (const { trialType } of events) if (trialType !== undefined) names.add(trialType);
  }
  names.delete('n/a');
  return [...names].sort();
}
