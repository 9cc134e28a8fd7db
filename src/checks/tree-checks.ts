import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { parseTsv } from '../bids/tsv.js';
import type { JsonValue } from '../kernel/json.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { filesBelow } from './folder-checks.js';
import { same } from './json-values-check.js';
import { problem } from './problem.js';
import { apart, comparedImage } from './reference-image.js';

/** Decompressed bytes of one file that are looked through for words. */
const MOST = 200_000_000;

/** Checks of whole folders against one that is known to be right. */
export const treeChecks: readonly Check[] = [
  defineCheck({
    name: 'tree.close',
    version: 1,
    catches:
      'a dataset with a file too few or too many, or with the right names on the wrong images, sidecars or gradients',
    args: z.strictObject({
      /** Role of the folder that is right. */
      reference: z.string(),
      /** Files that may be there or not: `README*`. */
      ignore: z.array(z.string()).default([]),
      /** `names` compares the set of files alone, `content` what they hold, too. */
      compare: z.enum(['names', 'content']).default('content'),
      /** Files of the reference that are compared; all where absent. */
      only: z.array(z.string()).optional(),
    }),
    run: async (subject, { reference, ignore, compare, only }, facts) => {
      const check = 'tree.close';
      const root = pathOf(subject, reference);
      const counted = (name: string): boolean =>
        !ignore.some((pattern) => matches(pattern, name)) &&
        (only === undefined || only.some((pattern) => matches(pattern, name)));
      const own = (await filesBelow(subject.path)).filter(counted);
      const known = (await filesBelow(root)).filter(counted);
      const findings: Finding[] = [];
      const say = (name: string, message: string, expected: string): void =>
        void findings.push(problem(check, join(subject.path, name), message, expected));
      for (const name of known) if (!own.includes(name)) say(name, `${name} is missing`, known.join(', '));
      for (const name of own)
        if (!known.includes(name)) say(name, `${name} does not belong here`, known.join(', '));
      let compared = 0;
      if (compare === 'content')
        for (const name of known.filter((one) => own.includes(one))) {
          compared += 1;
          const difference = await differs(join(subject.path, name), join(root, name), facts);
          if (difference !== undefined) say(name, `${name}: ${difference}`, 'the content of the reference');
        }
      return {
        findings: findings.slice(0, 12),
        values: { files: own.length, compared, wrong: findings.length },
      };
    },
  }),
  defineCheck({
    name: 'tree.without',
    version: 1,
    catches:
      'a name, a birth date or a number of a person that was left in a header, a sidecar or a name of a file',
    args: z.strictObject({
      /** Role of a text with one word a line; none may stand anywhere in the bytes or names of the files. */
      words: z.string(),
    }),
    run: async (subject, { words }, facts) => {
      const check = 'tree.without';
      const list = (await facts.text(pathOf(subject, words)))
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
      const findings: Finding[] = [];
      const names = await filesBelow(subject.path);
      if (names.length === 0) findings.push(problem(check, subject.path, 'there is no file', 'files'));
      for (const name of names) {
        const text = `${name}\n${await bytesOf(join(subject.path, name))}`.toLowerCase();
        for (const word of list)
          if (text.includes(word.toLowerCase()))
            findings.push(
              problem(check, join(subject.path, name), `${name} has "${word}" in it`, 'nothing of it'),
            );
      }
      return { findings: findings.slice(0, 12), values: { files: names.length, found: findings.length } };
    },
  }),
];

/** Why one file does not say what the other says; undefined where it does. */
async function differs(path: string, reference: string, facts: FileFacts): Promise<string | undefined> {
  if (/\.nii(\.gz)?$/.test(path)) return imageDiffers(path, reference, facts);
  if (path.endsWith('.json')) return jsonDiffers(await facts.json(path), await facts.json(reference));
  if (path.endsWith('.tsv')) return tableDiffers(await facts.text(path), await facts.text(reference));
  if (/\.bv(al|ec)$/.test(path)) {
    const [a, b] = [(await facts.numbers(path)).rows, (await facts.numbers(reference)).rows];
    const near =
      a.length === b.length &&
      a.every(
        (row, i) =>
          row.length === b[i]?.length && row.every((v, j) => Math.abs(v - (b[i]?.[j] ?? NaN)) < 2e-3),
      );
    return near ? undefined : 'other numbers';
  }
  return (await readFile(path)).equals(await readFile(reference)) ? undefined : 'other bytes';
}

async function imageDiffers(path: string, reference: string, facts: FileFacts): Promise<string | undefined> {
  const [own, known] = [await comparedImage(path, facts), await comparedImage(reference, facts)];
  const place = apart(own, known);
  if (place !== undefined) return place;
  const [tr, right] = [
    (await facts.header(path)).repetitionTimeS,
    (await facts.header(reference)).repetitionTimeS,
  ];
  if (right !== undefined && right > 0 && own.volumes.length > 1 && !(Math.abs((tr ?? NaN) - right) < 1e-3))
    return `its header says a TR of ${tr ?? 'none'} s and not ${right} s`;
  for (const [volume, values] of known.volumes.entries()) {
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const bad = values.findIndex(
      (value, index) => !(Math.abs((own.volumes[volume]?.[index] ?? NaN) - value) <= 1e-4 * scale),
    );
    if (bad >= 0) return `other voxels in volume ${volume}`;
  }
  return undefined;
}

/** Every key of the reference; `null` there says that the key must be gone. */
function jsonDiffers(own: unknown, known: unknown): string | undefined {
  for (const [key, right] of Object.entries(known as Record<string, JsonValue>)) {
    const value = (own as Record<string, JsonValue>)[key];
    if (
      right === null
        ? value === undefined
        : same(value, right, typeof right === 'number' ? 1e-4 * Math.abs(right) : 1e-4)
    )
      continue;
    return `${key} is ${JSON.stringify(value)?.slice(0, 80) ?? 'missing'} and not ${JSON.stringify(right).slice(0, 80)}`;
  }
  return undefined;
}

function tableDiffers(own: string, known: string): string | undefined {
  const [a, b] = [parseTsv(own, { file: '' }), parseTsv(known, { file: '' })];
  const lines = (table: typeof a): string[] =>
    table.rows.map((row) => b.columns.map((name) => number(row[name] ?? '')).join('\t')).sort();
  const missing = b.columns.filter((name) => !a.columns.includes(name));
  if (missing.length > 0) return `column ${missing.join(', ')} is missing`;
  const [mine, theirs] = [lines(a), lines(b)];
  const bad = theirs.find((line, index) => line !== mine[index]);
  if (bad !== undefined) return `no row ${bad.replaceAll('\t', ' ')}`;
  return mine.length === theirs.length ? undefined : `${mine.length} rows and not ${theirs.length}`;
}

/** 2, 2.0 and 2.0000001 are the same time. */
function number(text: string): string {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? String(Number(Number(text).toFixed(4))) : text;
}

async function bytesOf(path: string): Promise<string> {
  const parts: string[] = [];
  let size = 0;
  const raw = createReadStream(path);
  const stream = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST) break;
    parts.push(chunk.toString('latin1'));
  }
  return parts.join('');
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}
