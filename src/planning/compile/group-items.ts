import { entityKey, formatBidsName } from '../../bids/entities.js';
import type { Pipeline } from '../pipeline.js';
import { groupedFan } from '../references.js';
import type { Item } from './item.js';

/** Adds the groups that steps with `per` run for, each under its fan (see groupedFan). */
export function withGroups(
  items: ReadonlyMap<string, readonly Item[]>,
  pipeline: Pipeline,
): ReadonlyMap<string, readonly Item[]> {
  const all = new Map(items);
  for (const { for_each: input, per } of pipeline.steps) {
    if (input === undefined || per === undefined) continue;
    const fan = groupedFan(input, per);
    if (!all.has(fan)) all.set(fan, groupItems(items.get(input) ?? [], per));
  }
  return all;
}

/**
 * Items that share entities, gathered: one group for each combination, in the order of their first items. Items without
 * one of the entities (no session) form groups without it.
 *
 * @param per entities by short or long name
 */
export function groupItems(items: readonly Item[], per: readonly string[]): Item[] {
  const keys = per.map((name) => entityKey(name) ?? name);
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const shared = JSON.stringify(keys.map((key) => item.entities[key] ?? null));
    const group = groups.get(shared);
    if (group === undefined) groups.set(shared, [item]);
    else group.push(item);
  }
  return [...groups.values()].map((members) => groupOf(members, keys));
}

function groupOf(members: readonly Item[], keys: readonly string[]): Item {
  const [first] = members as [Item];
  const entities = Object.fromEntries(Object.entries(first.entities).filter(([key]) => keys.includes(key)));
  const name = { ...first.name, entities };
  return {
    key: formatBidsName({ ...name, extension: '' }),
    entities,
    name,
    files: members.flatMap((member) => member.files),
    facts: new Set([...first.facts].filter((fact) => members.every(({ facts }) => facts.has(fact)))),
    additions: {},
    ...(first.source === undefined ? {} : { source: first.source }),
    members,
  };
}
