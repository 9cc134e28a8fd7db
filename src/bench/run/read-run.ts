import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromFileSystem } from '../../kernel/errors.js';
import type { Finding } from '../../kernel/findings.js';
import { readResults } from '../read-results.js';
import type { TrialResult } from '../result.js';
import { readRunRecord, type RunRecord } from './run-record.js';

export interface StoredRun {
  readonly folder: string;
  readonly record: RunRecord;
  /** As they were graded last. */
  readonly results: readonly TrialResult[];
  readonly findings: readonly Finding[];
}

/** Reads a run of the benchmark from its folder. Throws input.not-found, task.invalid. */
export async function readRun(folder: string): Promise<StoredRun> {
  const record = await readRunRecord(folder);
  const graded = join(folder, 'graded.jsonl');
  const file = existsSync(graded) ? graded : join(folder, 'results.jsonl');
  try {
    return { folder, record, ...readResults(await readFile(file, 'utf8'), file) };
  } catch (error) {
    throw fromFileSystem(error, file);
  }
}
