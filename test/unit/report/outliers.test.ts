import { describe, expect, it } from 'vitest';
import { isOutlier, standingsOf } from '../../../src/report/outliers.js';
import type { QualityRow, QualityTable } from '../../../src/report/quality-numbers.js';

const row = (sub: number, value: number | null, more: Record<string, string> = {}): QualityRow => ({
  entities: { sub: String(sub), ...more },
  values: { snr: value },
  outside: [],
});
const tableOf = (rows: QualityRow[]): QualityTable => ({
  stage: 'work',
  pipeline: 'test/pipeline',
  columns: [{ name: 'snr', about: 'x' }],
  rows,
});
const marked = (table: QualityTable): (string | undefined)[] =>
  [...standingsOf(table)].flatMap(([each, standing]) =>
    isOutlier(standing.get('snr')) ? [each.entities['sub']] : [],
  );

describe('outliers of a group', () => {
  it('lie beyond 3.5 modified z-scores: those of the worked example of the paper', () => {
    // Iglewicz and Hoaglin 1993, the data 2.1 ... 6.9: 6.9 alone lies beyond.
    const values = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3];
    const table = tableOf(values.map((value, index) => row(index, value)));
    const standings = [...standingsOf(table).values()].map((standing) => standing.get('snr'));
    expect(standings[0]?.median).toBeCloseTo(2.45, 12);
    // MAD: the median of the distances from 2.45.
    expect(standings[8]?.z).toBeCloseTo((0.6745 * (8.2 - 2.45)) / 0.15, 9);
    expect(marked(table)).toEqual(['8', '9']);
  });

  it('are found where most values are equal, by the mean absolute deviation', () => {
    const table = tableOf([...Array.from({ length: 30 }, (_, index) => row(index, 5)), row(99, 6)]);
    expect(marked(table)).toEqual(['99']);
    expect(marked(tableOf(Array.from({ length: 30 }, (_, index) => row(index, 5))))).toEqual([]);
  });

  it('are not called such in a small group, nor among other tasks', () => {
    expect(marked(tableOf([1, 2, 3, 2, 1, 2, 100].map((value, index) => row(index, value))))).toEqual([]);
    const rest = Array.from({ length: 10 }, (_, index) => row(index, 10 + (index % 3), { task: 'rest' }));
    const words = Array.from({ length: 10 }, (_, index) => row(index, 50 + (index % 3), { task: 'words' }));
    expect(marked(tableOf([...rest, ...words]))).toEqual([]);
    // The same numbers under one task: half of them would be far from the median of the other half.
    expect(marked(tableOf([...rest, row(77, 52, { task: 'rest' })]))).toEqual(['77']);
  });

  it('do not count what was not measured', () => {
    const table = tableOf([...Array.from({ length: 9 }, (_, index) => row(index, index)), row(50, null)]);
    expect([...standingsOf(table).values()].at(-1)?.get('snr')).toBeUndefined();
  });
});
