import { join } from 'node:path';
import { errorFinding, type Finding, type Place } from '../kernel/findings.js';
import type { BidsDataset, BidsFile } from './dataset.js';
import { unreadable } from './json-file.js';
import { readText } from './read-text.js';
import { parseTsv } from './tsv.js';

export interface TaskEvent {
  /** Seconds from the first volume or sample of the run; negative before it. */
  readonly onset: number;
  /** Seconds; 0 for an impulse; undefined for `n/a`. */
  readonly duration: number | undefined;
  readonly trialType: string | undefined;
}

export interface TaskEvents {
  readonly events: readonly TaskEvent[];
  readonly columns: readonly string[];
  readonly findings: readonly Finding[];
}

/** Reads an events file of a dataset; that it cannot be read is a finding too. */
export async function readEvents(dataset: BidsDataset, file: BidsFile): Promise<TaskEvents> {
  const absolute = join(dataset.root, file.path);
  try {
    return parseEvents(await readText(absolute), { file: file.path });
  } catch (error) {
    return { events: [], columns: [], findings: [await unreadable(error, absolute, file.path)] };
  }
}

/**
 * Reads the text of an events.tsv (BIDS specification, "Task events"): `onset` and `duration` in seconds, `trial_type`
 * where there is one. Rows that cannot be read are left out, each with a finding that names line and column; events
 * keep the order of the file.
 */
export function parseEvents(text: string, place: Place): TaskEvents {
  const table = parseTsv(text, place);
  const findings = [...table.findings];
  const missing = ['onset', 'duration'].filter((column) => !table.columns.includes(column));
  if (table.columns.length > 0) {
    for (const column of missing) {
      const at = { ...place, line: 1, field: column };
      findings.push(
        errorFinding('input.invalid', `the column ${column} is missing`, at, 'onset and duration in seconds'),
      );
    }
  }
  if (missing.length > 0) return { events: [], columns: table.columns, findings };

  const events: TaskEvent[] = [];
  let last = -Infinity;
  let unsorted = false;
  for (const [index, row] of table.rows.entries()) {
    const line = table.lines[index] ?? 0;
    const onset = seconds(row['onset']);
    const duration = row['duration'] === 'n/a' ? undefined : seconds(row['duration']);
    if (Number.isNaN(onset)) {
      findings.push(wrongValue('onset', row['onset'], 'a number of seconds', { ...place, line }));
    }
    if (duration !== undefined && !(duration >= 0)) {
      const expected = 'a number of seconds that is not negative, or n/a';
      findings.push(wrongValue('duration', row['duration'], expected, { ...place, line }));
    }
    if (Number.isNaN(onset) || (duration !== undefined && !(duration >= 0))) continue;
    if (onset < last && !unsorted) {
      unsorted = true;
      findings.push({
        code: 'input.invalid',
        severity: 'warning',
        message: `the onset ${onset} comes after ${last}`,
        place: { ...place, line, field: 'onset' },
        expected: 'events in the order of their onsets',
        suggestion: 'make sure that onsets count from the start of this run',
      });
    }
    last = Math.max(last, onset);
    const trialType = row['trial_type'];
    const named = trialType !== undefined && trialType !== '' && trialType !== 'n/a';
    events.push({ onset, duration, trialType: named ? trialType : undefined });
  }
  return { events, columns: table.columns, findings };
}

/** NaN for anything but a decimal number: no hexadecimal, no `Infinity`, no empty text. */
function seconds(text: string | undefined): number {
  return text !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
}

function wrongValue(column: string, value: string | undefined, expected: string, place: Place): Finding {
  const message = `${column} is ${JSON.stringify(value ?? '')}`;
  return errorFinding('input.invalid', message, { ...place, field: column }, expected);
}
