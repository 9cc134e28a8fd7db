import { join } from 'node:path';
import { companionFor } from '../../bids/inheritance.js';
import { B0_THRESHOLD, readNumberRows, shellsOf } from '../../imaging/gradients.js';
import { asksForFact } from '../references.js';
import type { FindingList } from './finding-list.js';
import type { Item } from './item.js';
import type { StageContext } from './stage-data.js';

/**
 * Adds the fact `multi-shell` to items whose b-values (of the .bval that applies) lie on two or more shells above b=0.
 * Files are read only for a pipeline that asks.
 */
export async function withShells(
  items: ReadonlyMap<string, readonly Item[]>,
  { pipeline, input }: StageContext,
  findings: FindingList,
): Promise<ReadonlyMap<string, readonly Item[]>> {
  const requires = Object.values(pipeline.inputs).some(
    (each) => 'query' in each && each.requires.some(({ check }) => check === 'multi-shell'),
  );
  const asks = requires || pipeline.steps.some(({ when }) => asksForFact(when, 'multi-shell'));
  if (!asks || 'dicom' in input) return items;
  const judged = new Map<string, readonly Item[]>();
  for (const [name, list] of items) {
    const known: Item[] = [];
    for (const item of list) {
      const bval = item.source && companionFor(input.bids, item.source, 'bval');
      if (bval === undefined) {
        known.push(item);
        continue;
      }
      const { rows, findings: wrong } = await readNumberRows(join(input.bids.root, bval.path));
      findings.add(...wrong);
      const weighted = rows.flat().filter((b) => b > B0_THRESHOLD);
      const several = shellsOf(weighted).length > 1;
      known.push(several ? { ...item, facts: new Set([...item.facts, 'multi-shell']) } : item);
    }
    judged.set(name, known);
  }
  return judged;
}
