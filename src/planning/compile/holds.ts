import type { JsonObject } from '../../kernel/json.js';
import { parseCondition } from '../references.js';
import type { Item } from './item.js';

/**
 * Whether a `when` holds for an item: parameters that are true, above 0 or not empty, or have that
 * value, and facts of the item.
 */
export function holds(when: string, item: Item | undefined, parameters: JsonObject): boolean {
  return parseCondition(when).some((all) =>
    all.every((condition) => {
      const is =
        'fact' in condition
          ? (item?.facts.has(condition.fact) ?? false)
          : condition.value === undefined
            ? isOn(parameters[condition.parameter])
            : String(parameters[condition.parameter]) === condition.value;
      return is !== condition.negated;
    }),
  );
}

function isOn(value: unknown): boolean {
  return typeof value === 'number'
    ? value > 0
    : value === true || (typeof value === 'string' && value !== '');
}
