import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../src/checks/catalog.js';
import type { JsonValue } from '../../../src/kernel/json.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { floats, writeMif, writeTck } from '../imaging/write-mrtrix.js';
import { check, subject } from './subject.js';

/** A matrix beside a parcellation of labels 0 to 3 (role `nodes`) and a tractogram of two streamlines (`tracks`). */
async function of(
  text: string,
  name: string,
  args: Record<string, JsonValue> = {},
  params: Record<string, JsonValue> = {},
): Promise<CheckResult> {
  const folder = temporaryFolder();
  const paths = { nodes: join(folder, 'nodes.mif'), tracks: join(folder, 'tracks.tck') };
  writeMif(paths.nodes, floats(Array.from({ length: 24 }, (_, index) => index % 4)));
  const line = [
    [0, 0, 0],
    [1, 0, 0],
  ] as const;
  writeTck(paths.tracks, [line, line]);
  const path = join(folder, 'connectome.csv');
  writeFileSync(path, text);
  const inputs = { nodes: [paths.nodes], tracks: [paths.tracks] };
  return check(subject(path, { kind: 'csv', inputs, params }), name, args);
}

const upper = '0,3,1\n0,2,5\n0,0,0\n';
const full = '0 3 1\n3 2 5\n1 5 0\n';

describe('matrix.square', () => {
  it('passes matrices with commas, blanks and tabs, and their comments', async () => {
    expect(await of(upper, 'matrix.square')).toMatchObject({ ok: true, values: { rows: 3, sum: 11 } });
    expect(
      (await of(`# command_history: x\n${full}`, 'matrix.square', { symmetric: true, integers: true })).ok,
    ).toBe(true);
    expect((await of(full.replaceAll(' ', '\t'), 'matrix.square', { size_from: 'nodes' })).ok).toBe(true);
  });

  it.each<[string, string, Record<string, JsonValue>, RegExp]>([
    ['cut', '0,3,1\n0,2,5\n', {}, /row 1 of 2 has 3 numbers/],
    ['ragged', '0,3,1\n0,2\n0,0,0\n', {}, /row 2 of 3 has 2 numbers/],
    ['empty', '\n', {}, /no row/],
    ['with a word in it', '0,3,1\n0,nan,5\n0,0,0\n', {}, /"nan" in line 2/],
    ['of fewer regions than the parcellation', '0,1\n0,0\n', { size_from: 'nodes' }, /labels up to 3/],
    ['not symmetric', full.replace('3 2 5', '4 2 5'), { symmetric: true }, /row 1 differs from column 1/],
    ['of weights where counts are due', full.replace('5', '5.5'), { integers: true }, /5\.5 is no count/],
    ['of negative counts', upper.replace('5', '-5'), { integers: true }, /-5 is no count/],
  ])('rejects a matrix that is %s', async (_what, text, args, message) => {
    const result = await of(text, 'matrix.square', args);
    expect(result.ok).toBe(false);
    expect(result.findings.map((finding) => finding.message).join('; ')).toMatch(message);
  });
});

describe('connectome.shape', () => {
  it('holds the matrix against the parcellation, and its symmetry against the parameter', async () => {
    expect((await of(upper, 'connectome.shape', { nodes: 'nodes' })).ok).toBe(true);
    expect((await of('0,1\n0,0\n', 'connectome.shape', { nodes: 'nodes' })).ok).toBe(false);
    expect((await of(full, 'connectome.shape', { nodes: 'nodes' }, { symmetric: true })).ok).toBe(true);
    expect((await of(upper, 'connectome.shape', { nodes: 'nodes' }, { symmetric: true })).ok).toBe(false);
  });
});

describe('connectome.assignments', () => {
  it('has one pair of labels per streamline', async () => {
    const args = { tracks: 'tracks' };
    expect(await of('# comment\n1 2\n0 3\n', 'connectome.assignments', args)).toMatchObject({
      ok: true,
      values: { streamlines: 2, assigned: 1 },
    });
    for (const text of [
      '1 2\n',
      '1 2\n2 3\n1 1\n',
      '1 2\n2\n',
      '1 2\n-1 2\n',
      '1 2\n1.5 2\n',
      '1 2\nx y\n',
      '0 0\n0 3\n',
    ])
      expect((await of(text, 'connectome.assignments', args)).ok).toBe(false);
  });
});

describe('numbers.range', () => {
  it('rejects words, infinite values, values out of range and an empty list', async () => {
    const args = { minimum: 0, maximum: 10 };
    expect(await of('# w\n1 2.5e0 .5\n3\n', 'numbers.range', args)).toMatchObject({
      ok: true,
      values: { numbers: 4 },
    });
    for (const text of ['', '1 -0.1', '1 11', '1 inf', '1 nan', '1 two', '1 0x10z'])
      expect([text, (await of(text, 'numbers.range', args)).ok]).toEqual([text, false]);
  });
});

describe.skipIf(!hasTestData)('the connectome of the SIFT phantom', () => {
  it('has as many regions as its parcellation, and 3384 and 1616 streamlines', async () => {
    const path = testData('phantom-tractography', 'reference-out.csv');
    const inputs = { nodes: [testData('phantom-tractography', 'parc.mif')] };
    const args = { integers: true, size_from: 'nodes' };
    expect(await check(subject(path, { kind: 'csv', inputs }), 'matrix.square', args)).toMatchObject({
      ok: true,
      values: { rows: 4, sum: 5000 },
    });
    const assignments = testData('phantom-tractography', 'reference-assignments.csv');
    const tracks = { tracks: [testData('phantom-tractography', 'tracks.tck')] };
    expect(
      await check(subject(assignments, { inputs: tracks }), 'connectome.assignments', { tracks: 'tracks' }),
    ).toMatchObject({ ok: true, values: { streamlines: 5000 } });
  });
});

describe('connectome.table', () => {
  const names = ['left', 'right', 'top'];
  const rows = full
    .trim()
    .split('\n')
    .map((row) => row.split(' '));
  async function table(
    head: readonly string[],
    left: readonly string[],
    values = rows,
  ): Promise<CheckResult> {
    const folder = temporaryFolder();
    const [path, matrix] = [join(folder, 'connectome.tsv'), join(folder, 'matrix.csv')];
    writeFileSync(matrix, full);
    const lines = values.map((row, at) => [left[at] ?? '', ...row].join('\t'));
    writeFileSync(path, [['region', ...head].join('\t'), ...lines, ''].join('\n'));
    return check(subject(path, { kind: 'tsv', inputs: { matrix: [matrix] } }), 'connectome.table', {
      matrix: 'matrix',
    });
  }

  it('passes the matrix with its names, and sees names in another order and other values', async () => {
    expect(await table(names, names)).toMatchObject({ ok: true, values: { regions: 3 } });
    expect((await table(names, ['right', 'left', 'top'])).findings[0]?.message).toBe(
      'row 1 is right, its column left',
    );
    const changed = rows.map((row, at) => (at === 2 ? ['1', '6', '0'] : row));
    expect((await table(names, names, changed)).findings[0]?.message).toBe('row 3 differs from the matrix');
    expect((await table(names, ['left', 'right', ''])).ok).toBe(false);
    expect((await table(names.slice(0, 2), names.slice(0, 2), rows.slice(0, 2))).ok).toBe(false);
  });
});
