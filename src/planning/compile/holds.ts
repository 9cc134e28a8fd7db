import type { JsonObject } from '../../kernel/json.js';
import { parseCondition, type Condition } from '../references.js';
import { matchingItems, type Item } from './item.js';
import type { Located } from './located.js';

interface World {
  readonly parameters: JsonObject;
  /** By pipeline input. */
  readonly items: ReadonlyMap<string, readonly Item[]>;
  readonly fixed: ReadonlyMap<string, Located | { readonly missing: string }>;
}

/**
 * Whether a `when` holds for an item: parameters that are true, above 0 or not empty, or have that value; facts of the
 * item; inputs that have something for it (of a step that runs once: for anybody).
 */
export function holds(when: string, item: Item | undefined, world: World): boolean {
  return parseCondition(when).some((all) =>
    all.every((condition) => isSo(condition, item, world) !== condition.negated),
  );
}

function isSo(condition: Condition, item: Item | undefined, world: World): boolean {
  if ('fact' in condition) return item?.facts.has(condition.fact) ?? false;
  if ('has' in condition) return hasInput(condition.has, item, world);
  const value = world.parameters[condition.parameter];
  return condition.value === undefined ? isOn(value) : String(value) === condition.value;
}

/** Whether an input has something for an item: a file that goes with it, or one for the whole stage. */
export function hasInput(
  name: string,
  item: Item | undefined,
  { items, fixed }: Pick<World, 'items' | 'fixed'>,
): boolean {
  const one = fixed.get(name);
  if (one !== undefined) return !('missing' in one);
  const candidates = items.get(name) ?? [];
  return item === undefined ? candidates.length > 0 : matchingItems(item, candidates).length > 0;
}

function isOn(value: unknown): boolean {
  return typeof value === 'number'
    ? value > 0
    : value === true || (typeof value === 'string' && value !== '');
}
