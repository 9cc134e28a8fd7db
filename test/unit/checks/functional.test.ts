import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import type { JsonObject } from '../../../src/kernel/json.js';
import { temporaryFolder } from '../../support/temporary.js';

const names = ['left', 'right', 'middle'];
const series = Array.from({ length: 40 }, (_, t) => [Math.sin(t), Math.sin(t + 0.5), Math.cos(2 * t)]);

function tsv(columns: readonly string[], rows: readonly (readonly (number | string)[])[]): string {
  return [columns, ...rows].map((row) => row.join('\t')).join('\n') + '\n';
}

/** Pearson's, by the sums of squares. */
function correlate(a: number, b: number): number {
  const sum = (f: (row: readonly number[]) => number): number => series.reduce((s, row) => s + f(row), 0);
  const n = series.length;
  const x = (row: readonly number[]): number => row[a] ?? NaN;
  const y = (row: readonly number[]): number => row[b] ?? NaN;
  const cov = n * sum((row) => x(row) * y(row)) - sum(x) * sum(y);
  const varX = n * sum((row) => x(row) ** 2) - sum(x) ** 2;
  const varY = n * sum((row) => y(row) ** 2) - sum(y) ** 2;
  return cov / Math.sqrt(varX * varY);
}

const sound = names.map((_, row) =>
  names.map((_name, column) => (row === column ? 1 : correlate(row, column))),
);

async function matrixVerdict(matrix: string, params: JsonObject = { kind: 'pearson' }): Promise<string> {
  const at = temporaryFolder();
  writeFileSync(join(at, 'matrix.tsv'), matrix);
  writeFileSync(join(at, 'series.tsv'), tsv(names, series));
  const results = await runChecks(
    {
      output: 'matrix',
      kind: 'tsv',
      path: join(at, 'matrix.tsv'),
      inputs: { timeseries: [join(at, 'series.tsv')] },
      outputs: {},
      params,
      sidecar: {},
    },
    [{ check: 'correlation.matrix', args: { timeseries: 'timeseries' } }],
  );
  return results.flatMap(({ findings }) => findings.map(({ message }) => message)).join('; ');
}

function changed(row: number, column: number, value: number | string): string {
  return tsv(
    names,
    sound.map((line, i) => line.map((each, j) => (i === row && j === column ? value : each))),
  );
}

describe('a connectivity matrix', () => {
  it('passes where it is right, as r and as z', async () => {
    expect(await matrixVerdict(tsv(names, sound))).toBe('');
    const z = sound.map((line, i) => line.map((each, j) => (i === j ? 0 : Math.atanh(each))));
    expect(await matrixVerdict(tsv(names, z), { kind: 'pearson', fisher_z: true })).toBe('');
  });

  it('is refused where it is not symmetric, not finite, beyond 1, or has another diagonal', async () => {
    expect(await matrixVerdict(changed(0, 1, 0.1))).toContain('not what it is the other way round');
    expect(await matrixVerdict(changed(0, 1, 'nan'))).toContain('row 1 of right is "nan"');
    expect(await matrixVerdict(changed(2, 2, 0))).toContain('middle with itself is 0');
    const beyond = tsv(
      names,
      sound.map((line) => line.map((each) => each * 1.5)),
    );
    expect(await matrixVerdict(beyond)).toContain('an entry is 1.5');
  });

  it('is refused with its regions in another order, which no look at the numbers would show', async () => {
    expect(await matrixVerdict(tsv(['right', 'left', 'middle'], sound))).toContain(
      'the regions are right, left',
    );
  });

  it('is refused where entries are no correlations of the series (z for r, rows exchanged)', async () => {
    const z = sound.map((line, i) => line.map((each, j) => (i === j ? 1 : Math.tanh(each))));
    expect(await matrixVerdict(tsv(names, z))).toContain('right with left is');
  });
});

describe('time series of regions', () => {
  async function verdict(rows: readonly (readonly (number | string)[])[]): Promise<string> {
    const at = temporaryFolder();
    writeFileSync(join(at, 'series.tsv'), tsv(names, rows));
    writeFileSync(
      join(at, 'bold.nii'),
      niftiBytes({
        dims: [1, 1, 1, series.length],
        affine: [
          [3, 0, 0, 0],
          [0, 3, 0, 0],
          [0, 0, 3, 0],
          [0, 0, 0, 1],
        ],
        datatype: 'int16',
        repetitionTimeS: 2,
        data: new Float32Array(series.length),
      }),
    );
    const results = await runChecks(
      {
        output: 'timeseries',
        kind: 'tsv',
        path: join(at, 'series.tsv'),
        inputs: { bold: [join(at, 'bold.nii')] },
        outputs: {},
        params: {},
        sidecar: {},
      },
      [{ check: 'timeseries.complete', args: { image: 'bold' } }],
    );
    return results.flatMap(({ findings }) => findings.map(({ message }) => message)).join('; ');
  }

  it('pass where they are complete', async () => {
    expect(await verdict(series)).toBe('');
  });

  it('are refused where volumes are lost, one stands still, or there is a gap', async () => {
    expect(await verdict(series.slice(1))).toContain('39 rows');
    expect(await verdict(series.map(([a = 0, , c = 0]) => [a, 0, c]))).toContain(
      'right is 0 in every volume',
    );
    expect(await verdict(series.map((row, t) => (t === 3 ? [1, 'n/a', 2] : row)))).toContain(
      'row 4 of right is "n/a"',
    );
  });
});
