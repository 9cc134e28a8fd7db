import { z } from 'zod';
import { isJsonObject, type JsonValue } from '../kernel/json.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';

/** Relative: two numbers that are the same one, written with other digits. */
const DIGITS = 1e-6;

/** Values of a JSON result against known ones: names of keys are parted by dots. */
export const jsonValuesCheck: Check = defineCheck({
  name: 'json.values',
  version: 1,
  catches: 'an answer that is well-formed and wrong: another number, another reason, a value that had to go',
  args: z.strictObject({
    /** Role of a JSON object with the right values; every key of it, or those in `keys`. */
    reference: z.string().optional(),
    keys: z.array(z.string()).optional(),
    /** Largest absolute difference of a number. */
    tolerance: z.record(z.string(), z.number().min(0)).default({}),
    equals: z.record(z.string(), z.json()).default({}),
    /** Regular expressions that texts must match. */
    matches: z.record(z.string(), z.string()).default({}),
    /** Key -> key of the reference with a list of words, each of which the text must name. */
    mentions: z.record(z.string(), z.string()).default({}),
    /** Keys that must not be there. */
    absent: z.array(z.string()).default([]),
  }),
  run: async (subject, args, facts) => {
    const check = 'json.values';
    const { path } = subject;
    const own = (await facts.json(path)) as JsonValue;
    const known =
      args.reference === undefined
        ? undefined
        : ((await facts.json(pathOf(subject, args.reference))) as JsonValue);
    const findings: Finding[] = [];
    const wrong = (key: string, expected: string): void => {
      const value = at(own, key);
      const said = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 120);
      findings.push(problem(check, path, `${key} is ${said}`, expected, key));
    };
    const keys =
      args.keys ?? (args.reference === undefined || !isJsonObject(known) ? [] : Object.keys(known));
    const wanted = [
      ...keys.map((key) => [key, known === undefined ? undefined : at(known, key)] as const),
      ...Object.entries(args.equals),
    ];
    for (const [key, value] of wanted)
      if (value === undefined || !same(at(own, key), value, args.tolerance[key]))
        wrong(key, value === undefined ? 'a value of the reference' : JSON.stringify(value).slice(0, 120));
    for (const [key, pattern] of Object.entries(args.matches)) {
      const value = at(own, key);
      if (typeof value !== 'string' || !new RegExp(pattern, 'i').test(value))
        wrong(key, `a text with ${pattern}`);
    }
    for (const [key, list] of Object.entries(args.mentions)) {
      const words = known === undefined ? undefined : at(known, list);
      const text = JSON.stringify(at(own, key) ?? '');
      for (const word of Array.isArray(words) ? words : [undefined])
        if (word === undefined || !holdsWord(text, String(word))) wrong(key, `it names ${String(word)}`);
    }
    for (const key of args.absent) if (at(own, key) !== undefined) wrong(key, 'no such key');
    return { findings, values: { compared: wanted.length } };
  },
});

function at(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return key.split('.').reduce<JsonValue | undefined>((inner, name) => {
    if (Array.isArray(inner)) return inner[Number(name)] as JsonValue | undefined;
    return isJsonObject(inner) ? inner[name] : undefined;
  }, value);
}

/** Numbers within the tolerance, texts and lists exactly; of an object every key of the reference. */
export function same(own: JsonValue | undefined, reference: JsonValue, tolerance?: number): boolean {
  if (typeof reference === 'number') {
    const allowed = tolerance ?? DIGITS * Math.max(1e-9, Math.abs(reference));
    return typeof own === 'number' && Math.abs(own - reference) <= allowed;
  }
  if (Array.isArray(reference))
    return (
      Array.isArray(own) &&
      own.length === reference.length &&
      reference.every((value, index) => same(own[index] as JsonValue, value as JsonValue, tolerance))
    );
  if (isJsonObject(reference))
    return (
      isJsonObject(own) &&
      Object.entries(reference).every(([key, value]) =>
        value === undefined ? true : same(own[key], value, tolerance),
      )
    );
  return own === reference;
}

/** 37 stands in "37 volumes" and not in "1370". */
function holdsWord(text: string, word: string): boolean {
  const plain = word.replace(/[.+?^${}()|[\]\\*]/g, '\\$&');
  return new RegExp(`(?<![A-Za-z0-9.])${plain}(?![A-Za-z0-9]|\\.\\d)`, 'i').test(text);
}
