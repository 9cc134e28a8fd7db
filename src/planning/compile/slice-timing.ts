import type { JsonObject } from '../../kernel/json.js';
import type { Pipeline } from '../pipeline.js';
import { asksForFact, conditionsOf } from '../references.js';
import type { Adaptation } from './adaptation.js';
import type { ImageFacts } from './image-facts.js';
import type { Item } from './item.js';

const FACT = 'slice-timing';

/** Adds the fact `slice-timing` to items whose sidecars have SliceTiming; sidecars are read only for a pipeline that asks. */
export async function withSliceTiming(
  items: ReadonlyMap<string, readonly Item[]>,
  pipeline: Pipeline,
  images: ImageFacts | undefined,
): Promise<ReadonlyMap<string, readonly Item[]>> {
  if (images === undefined || !pipeline.steps.some(({ when }) => asksForFact(when, FACT))) return items;
  const judged = new Map<string, readonly Item[]>();
  for (const [name, list] of items) {
    const known = list.map(async (item) => {
      const sidecar = item.source === undefined ? {} : await images.sidecar(item.source);
      return sidecar['SliceTiming'] === undefined ? item : { ...item, facts: new Set([...item.facts, FACT]) };
    });
    judged.set(name, await Promise.all(known));
  }
  return judged;
}

/** Runs whose slice times would be corrected, had they any; with the number of runs. */
export function sliceTimingAdaptations(
  pipeline: Pipeline,
  items: ReadonlyMap<string, readonly Item[]>,
  parameters: JsonObject,
): { adaptation: Adaptation; of: number }[] {
  return pipeline.steps.flatMap(({ id, when, for_each }) => {
    const off = conditionsOf(when).some(
      (condition) => 'parameter' in condition && parameters[condition.parameter] === false,
    );
    if (for_each === undefined || off || !asksForFact(when, FACT)) return [];
    const all = items.get(for_each) ?? [];
    const without = all.filter(({ facts }) => !facts.has(FACT));
    if (without.length === 0) return [];
    const reason = 'SliceTiming is missing in the sidecar: slice times are not corrected';
    return [{ adaptation: { step: id, items: without.map(({ key }) => key), reason }, of: all.length }];
  });
}
