import type { JsonValue } from '../../kernel/json.js';
import type { Descriptor, DescriptorGroup } from './schema.js';

/** A rule between inputs that a call breaks. */
export interface Conflict {
  /** The input (or first member of the group) to name. */
  readonly input: string;
  readonly message: string;
  readonly expected: string;
}

export interface ActiveInputs {
  /** Every value of the call, defaults included. */
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly conflicts: readonly Conflict[];
}

/**
 * Adds defaults to what was given and checks the rules between inputs (`requires-inputs`, `disables-inputs`,
 * `value-requires`, `value-disables`, groups).
 *
 * A default gives way: it is not used where something given excludes it, or where what it requires is absent.
 * False flags count as not given.
 */
export function activateInputs(
  descriptor: Descriptor,
  given: Readonly<Record<string, JsonValue>>,
  defaults: Readonly<Record<string, JsonValue>>,
): ActiveInputs {
  const values: Record<string, JsonValue> = { ...given };
  const active = (id: string): boolean => values[id] !== undefined && values[id] !== false;
  const satisfied = (id: string): boolean => {
    const group = descriptor.groups.find((candidate) => candidate.id === id);
    return group ? group.members.some(active) : active(id);
  };

  // Until nothing changes: a default may be what another default requires.
  for (let changed = true; changed;) {
    changed = false;
    for (const input of descriptor.inputs) {
      const fallback = defaults[input.id];
      if (fallback === undefined || values[input.id] !== undefined) continue;
      const excluded =
        excluders(descriptor, input.id).some(active) || disabledByValue(descriptor, values, input.id);
      if (excluded || !input['requires-inputs'].every(satisfied)) continue;
      values[input.id] = fallback;
      changed = true;
    }
  }
  return { values, conflicts: conflictsOf(descriptor, values, active, satisfied) };
}

/** Inputs that exclude this one: they disable it, it disables them, or both are in an exclusive group. */
function excluders(descriptor: Descriptor, id: string): string[] {
  const own = descriptor.inputs.find((input) => input.id === id)?.['disables-inputs'] ?? [];
  const others = descriptor.inputs.filter((input) => input['disables-inputs'].includes(id));
  const rivals = descriptor.groups.filter(
    (group) => group['mutually-exclusive'] && group.members.includes(id),
  );
  return [...own, ...others.map((input) => input.id), ...rivals.flatMap((group) => group.members)].filter(
    (other) => other !== id,
  );
}

function disabledByValue(
  descriptor: Descriptor,
  values: Readonly<Record<string, JsonValue>>,
  id: string,
): boolean {
  return descriptor.inputs.some((input) =>
    chosenRule(input['value-disables'], values[input.id]).includes(id),
  );
}

/** Ids that the chosen values name in `value-requires` or `value-disables`. */
function chosenRule(
  rule: Readonly<Record<string, readonly string[]>> | undefined,
  value: JsonValue | undefined,
): string[] {
  if (!rule || value === undefined) return [];
  const chosen: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  return chosen.flatMap((item) => rule[String(item)] ?? []);
}

function conflictsOf(
  descriptor: Descriptor,
  values: Readonly<Record<string, JsonValue>>,
  active: (id: string) => boolean,
  satisfied: (id: string) => boolean,
): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const input of descriptor.inputs) {
    const { id } = input;
    if (!active(id)) continue;
    const said = JSON.stringify(values[id]);
    const needed = [
      ...input['requires-inputs'].map((other) => ({ other, by: id })),
      ...chosenRule(input['value-requires'], values[id]).map((other) => ({ other, by: `${id} = ${said}` })),
    ];
    for (const { other, by } of needed) {
      if (!satisfied(other))
        conflicts.push({
          input: id,
          message: `${by} needs ${other}, which is not given`,
          expected: `${other} too`,
        });
    }
    const refused = [
      ...input['disables-inputs'].map((other) => ({ other, by: id })),
      ...chosenRule(input['value-disables'], values[id]).map((other) => ({ other, by: `${id} = ${said}` })),
    ];
    for (const { other, by } of refused) {
      if (active(other))
        conflicts.push({
          input: other,
          message: `${by} does not go with ${other}`,
          expected: 'one of the two',
        });
    }
  }
  return [
    ...conflicts,
    ...lengthConflicts(descriptor, values),
    ...descriptor.groups.flatMap((group) => groupConflicts(group, active)),
  ];
}

/** Lists of a row of `same-length` that differ in length. */
function lengthConflicts(descriptor: Descriptor, values: Readonly<Record<string, JsonValue>>): Conflict[] {
  return (descriptor.custom?.neuroclaw?.['same-length'] ?? []).flatMap((row) => {
    const lists = row.flatMap((id) => {
      const value = values[id];
      return Array.isArray(value) ? [{ id, length: value.length }] : [];
    });
    const [first] = lists;
    const other = lists.find(({ length }) => length !== first?.length);
    if (first === undefined || other === undefined) return [];
    const message = `${first.id} has ${first.length} values and ${other.id} has ${other.length}`;
    return [{ input: other.id, message, expected: `as many values in ${row.join(', ')}` }];
  });
}

function groupConflicts(group: DescriptorGroup, active: (id: string) => boolean): Conflict[] {
  const chosen = group.members.filter(active);
  const names = group.members.join(', ');
  const input = chosen.at(-1) ?? group.members[0] ?? group.id;
  const conflicts: Conflict[] = [];
  if (group['mutually-exclusive'] && chosen.length > 1)
    conflicts.push({
      input,
      message: `${chosen.join(' and ')} exclude each other`,
      expected: `one of ${names}`,
    });
  if (group['one-is-required'] && chosen.length === 0)
    conflicts.push({ input, message: 'none of a group is given', expected: `at least one of ${names}` });
  if (group['all-or-none'] && chosen.length > 0 && chosen.length < group.members.length) {
    const absent = group.members.filter((id) => !active(id)).join(', ');
    conflicts.push({
      input,
      message: `${chosen.join(', ')} is given without ${absent}`,
      expected: `all or none of ${names}`,
    });
  }
  return conflicts;
}
