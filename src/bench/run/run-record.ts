import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomic } from '../../engine/durable.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { canonicalJson } from '../../kernel/json.js';
import { readDocument } from '../task/read-document.js';

/** `run.json` of a run of the benchmark: what was compared, with what, where. */
export const runRecordSchema = z.strictObject({
  schema: z.literal('neurobench/run@1'),
  suite: z.string(),
  version: z.string(),
  started: z.string(),
  host: z.strictObject({ platform: z.string(), arch: z.string(), node: z.string(), cpus: z.number() }),
  agents: z
    .array(
      z.strictObject({
        provider: z.string(),
        arm: z.string(),
        model: z.string().nullable(),
        command: z.string().nullable(),
      }),
    )
    .min(1),
  trials: z.int().positive(),
  /** Of the order of trials; instances of tasks have seeds of their own. */
  seed: z.int().positive(),
  /** Another instance of every task that has a generator. */
  instance: z.int().positive().nullable(),
  tasks: z.array(z.strictObject({ id: z.string(), version: z.string() })),
  /** Tasks whose data are not here: reported, never failed. */
  missing: z.array(z.strictObject({ id: z.string(), why: z.string() })),
  /** SHA-256 of the price file; null without one. */
  prices: z.string().nullable(),
});

export type RunRecord = z.infer<typeof runRecordSchema>;

/** What must be the same where a run is continued. */
const FIXED = ['suite', 'agents', 'trials', 'seed', 'instance', 'tasks', 'version', 'prices'] as const;

/** Writes the record of a new run, or reads that of one that is continued. Throws usage.arguments where they differ. */
export async function keepRunRecord(folder: string, record: RunRecord): Promise<RunRecord> {
  const file = join(folder, 'run.json');
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true });
    await writeAtomic(file, `${JSON.stringify(record, undefined, 1)}\n`);
    return record;
  }
  const before = await readDocument(file, runRecordSchema);
  const changed = FIXED.filter((field) => canonicalJson(before[field]) !== canonicalJson(record[field]));
  if (changed.length === 0) return before;
  throw new NeuroClawError('usage.arguments', `${folder} holds a run with other ${changed.join(', ')}`, {
    place: { file },
    expected: 'the same command, to go on with it',
    hint: 'choose another folder with --out',
  });
}

/** The record of a run that is there. */
export async function readRunRecord(folder: string): Promise<RunRecord> {
  return readDocument(join(folder, 'run.json'), runRecordSchema);
}
