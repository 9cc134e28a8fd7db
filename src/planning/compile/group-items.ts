import { formatBidsName } from '../../bids/entities.js';
import { fanName } from '../references.js';
import type { Pipeline } from '../pipeline.js';
import type { Item } from './item.js';

/**
 * Adds the groups that steps with `per` run for to the items, under the name of their fan-out. A group is named after
 * the entities that make it, in the order in which its first member stands; its files are those of all its members.
 * An item without one of the entities belongs to the group of those without it.
 */
export function withGroups(
  items: ReadonlyMap<string, readonly Item[]>,
  pipeline: Pipeline,
): ReadonlyMap<string, readonly Item[]> {
  const all = new Map(items);
  for (const step of pipeline.steps) {
    const fan = fanName(step);
    if (fan === undefined || step.for_each === undefined || step.per === undefined || all.has(fan)) continue;
    all.set(fan, groupsOf(items.get(step.for_each) ?? [], groupKeys(fan)));
  }
  return all;
}

function groupsOf(items: readonly Item[], keys: readonly string[]): Item[] {
  const groups = new Map<string, Item>();
  for (const item of items) {
    const entities = Object.fromEntries(Object.entries(item.entities).filter(([key]) => keys.includes(key)));
    const name = { ...item.name, entities };
    const key = formatBidsName({ ...name, extension: '' });
    const known = groups.get(key);
    groups.set(key, {
      key,
      entities,
      name,
      files: [...(known?.files ?? []), ...item.files],
      // What holds for a group holds for each of its members.
      facts: new Set([...item.facts].filter((fact) => known === undefined || known.facts.has(fact))),
      additions: {},
      members: [...(known?.members ?? []), item],
    });
  }
  return [...groups.values()];
}

/** The short keys of the entities of a grouped fan-out. */
function groupKeys(fan: string): string[] {
  return fan.slice(fan.lastIndexOf(' ') + 1).split(',');
}
