import { z } from 'zod';
import { isJsonObject, type JsonValue } from '../kernel/json.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { problem } from './problem.js';

const bounds = z
  .strictObject({
    min: z.number().optional(),
    max: z.number().optional(),
    /** `null` is a result, too: a measure that these data leave undefined. */
    nullable: z.boolean().default(false),
  })
  .refine(({ min = -Infinity, max = Infinity }) => min <= max, 'min is above max');

/** Numbers in a JSON result: names of keys are parted by dots, `*` stands for every member of an object or list. */
export const jsonRangeCheck: Check = defineCheck({
  name: 'json.range',
  version: 1,
  catches: 'a measure that its quantity cannot have: wrong units, a sign turned round, a fit that failed',
  args: z.strictObject({ values: z.record(z.string().min(1), bounds) }),
  run: async ({ path }, { values }, facts) => {
    const document = (await facts.json(path)) as JsonValue;
    const findings: Finding[] = [];
    for (const [name, { min = -Infinity, max = Infinity, nullable }] of Object.entries(values)) {
      for (const [place, value] of membersOf(document, name.split('.'))) {
        if (value === null && nullable) continue;
        if (typeof value === 'number' && value >= min && value <= max) continue;
        const said = value === undefined ? 'missing' : JSON.stringify(value);
        findings.push(problem('json.range', path, `${place} is ${said}`, rangeText(min, max), place));
      }
    }
    return { findings };
  },
});

function rangeText(min: number, max: number): string {
  if (min === -Infinity) return max === Infinity ? 'a number' : `a number, at most ${max}`;
  return max === Infinity ? `a number, at least ${min}` : `a number from ${min} to ${max}`;
}

/** Values at a path with their places; undefined where there is none. Nothing below an empty list is a problem. */
function membersOf(
  value: JsonValue | undefined,
  [key, ...rest]: readonly string[],
  place = '',
): [string, JsonValue | undefined][] {
  if (key === undefined) return [[place, value]];
  const below = (name: string, member: JsonValue | undefined): [string, JsonValue | undefined][] =>
    membersOf(member, rest, place === '' ? name : `${place}.${name}`);
  if (key !== '*') return below(key, isJsonObject(value) ? value[key] : undefined);
  if (!isJsonObject(value) && !Array.isArray(value)) return below(key, undefined);
  return Object.entries(value as Record<string, JsonValue>).flatMap(([name, member]) => below(name, member));
}
