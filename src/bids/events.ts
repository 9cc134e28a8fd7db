import { errorFinding, type Finding, type Place } from '../kernel/findings.js';
import { parseTsv } from './tsv.js';

export interface TaskEvent {
  /** Seconds from the first volume of the run; may be negative. */
  readonly onset: number;
  /** Seconds; 0 for an impulse; undefined for `n/a`. */
  readonly duration: number | undefined;
  readonly trialType: string | undefined;
}

/** Reads an events.tsv (BIDS specification, "Task events"). Rows that cannot be read are findings with their line. */
export function parseEvents(
  text: string,
  place: Place,
): { events: TaskEvent[]; columns: readonly string[]; findings: Finding[] } {
  const table = parseTsv(text, place);
  const findings = [...table.findings];
  for (const column of ['onset', 'duration']) {
    if (table.columns.length > 0 && !table.columns.includes(column)) {
      findings.push(
        errorFinding(
          'input.invalid',
          `column ${column} is missing`,
          { ...place, line: 1, field: column },
          'onset and duration, in seconds',
        ),
      );
    }
  }
  const events: TaskEvent[] = [];
  let last = -Infinity;
  for (const [index, row] of table.rows.entries()) {
    const line = index + 2;
    const onset = Number(row['onset']);
    const duration = row['duration'] === 'n/a' ? undefined : Number(row['duration']);
    if (row['onset'] === undefined || row['onset'] === '' || !Number.isFinite(onset)) {
      findings.push(
        errorFinding(
          'input.invalid',
          `onset is ${JSON.stringify(row['onset'])}`,
          { ...place, line, field: 'onset' },
          'seconds',
        ),
      );
      continue;
    }
    if (duration !== undefined && !(duration >= 0)) {
      findings.push(
        errorFinding(
          'input.invalid',
          `duration is ${JSON.stringify(row['duration'])}`,
          { ...place, line, field: 'duration' },
          'seconds, 0 or more, or n/a',
        ),
      );
      continue;
    }
    if (onset < last) {
      findings.push({
        code: 'input.invalid',
        severity: 'warning',
        message: `onset ${onset} comes after ${last}`,
        place: { ...place, line, field: 'onset' },
        expected: 'events in the order of their onsets',
      });
    }
    last = Math.max(last, onset);
    const trialType = row['trial_type'];
    events.push({
      onset,
      duration,
      trialType: trialType === 'n/a' || trialType === '' ? undefined : trialType,
    });
  }
  return { events, columns: table.columns, findings };
}
