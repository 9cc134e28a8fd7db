import type { QualityRow, QualityTable } from './quality-numbers.js';

/** Modified z-scores beyond this are called outliers (Iglewicz and Hoaglin 1993, How to detect and handle outliers). */
export const OUTLIER_LIMIT = 3.5;
/** With fewer values a median and a spread say too little. */
const FEWEST = 8;

/** What tells people and their repeats apart; rows that differ in anything else (the task) are not compared. */
const OF_PEOPLE: ReadonlySet<string> = new Set(['sub', 'ses', 'run']);

/** How a number of a row lies among those of the group. */
export interface Standing {
  readonly median: number;
  /** Modified z-score; undefined where the group is too small or all values are equal. */
  readonly z?: number;
}

/**
 * Where each number of a table lies among the comparable ones: `0.6745 (x - median) / MAD`, or, where more than half of
 * the values are equal, `(x - median) / (1.253314 mean absolute deviation)` (Iglewicz and Hoaglin 1993).
 */
export function standingsOf(table: QualityTable): Map<QualityRow, Map<string, Standing>> {
  const standings = new Map(table.rows.map((row) => [row, new Map<string, Standing>()]));
  for (const rows of groupsOf(table)) {
    for (const { name } of table.columns) {
      const numbers = rows.flatMap((row) => {
        const value = row.values[name];
        return typeof value === 'number' ? [{ row, value }] : [];
      });
      const values = numbers.map(({ value }) => value);
      const center = median(values);
      const spread = values.length < FEWEST ? 0 : spreadOf(values, center);
      for (const { row, value } of numbers)
        standings
          .get(row)
          ?.set(name, { median: center, ...(spread > 0 ? { z: (value - center) / spread } : {}) });
    }
  }
  return standings;
}

export function isOutlier(standing: Standing | undefined): boolean {
  return Math.abs(standing?.z ?? 0) > OUTLIER_LIMIT;
}

function groupsOf({ rows }: QualityTable): QualityRow[][] {
  const groups = new Map<string, QualityRow[]>();
  for (const row of rows) {
    const kind = JSON.stringify(Object.entries(row.entities).filter(([key]) => !OF_PEOPLE.has(key)));
    groups.set(kind, [...(groups.get(kind) ?? []), row]);
  }
  return [...groups.values()];
}

function spreadOf(values: readonly number[], center: number): number {
  const deviations = values.map((value) => Math.abs(value - center));
  const mad = median(deviations);
  if (mad > 0) return mad / 0.6745;
  return (1.253314 * deviations.reduce((sum, each) => sum + each, 0)) / deviations.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = NaN, high = NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
