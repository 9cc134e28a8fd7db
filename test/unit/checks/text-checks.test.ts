import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../src/checks/catalog.js';
import type { JsonValue } from '../../../src/kernel/json.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';

function of(
  content: string | Buffer,
  name: string,
  args: Record<string, JsonValue> = {},
): Promise<CheckResult> {
  const path = join(temporaryFolder(), 'sub-01_x.json');
  writeFileSync(path, content);
  return check(subject(path, { kind: 'text' }), name, args);
}

describe('files', () => {
  it('file.nonempty rejects an empty file and one that is not there', async () => {
    expect(await of('x', 'file.nonempty')).toMatchObject({ ok: true, values: { bytes: 1 } });
    expect((await of('', 'file.nonempty')).ok).toBe(false);
    expect((await check(subject(join(temporaryFolder(), 'no')), 'file.nonempty')).ok).toBe(false);
  });

  it('text.utf8 rejects Latin-1', async () => {
    expect((await of('gr\u00fcn', 'text.utf8')).ok).toBe(true);
    expect((await of(Buffer.from('gr\u00fcn', 'latin1'), 'text.utf8')).ok).toBe(false);
  });
});

describe('JSON', () => {
  it.each([
    ['cut', '{"Name": "x"'],
    ['with NaN', '{"Name": NaN}'],
    ['with a comment', '{"Name": "x" /* why */}'],
    ['empty', ''],
    ['in Latin-1', Buffer.from('{"Name": "\u00fc"}', 'latin1')],
  ])('json.valid and json.keys reject a file %s', async (_what, content) => {
    for (const name of ['json.valid', 'json.keys'])
      expect(await of(content, name)).toMatchObject({ ok: false, findings: [{ code: name }] });
  });

  it('json.keys names what is missing; null is missing', async () => {
    expect((await of('{"a": 0, "b": false}', 'json.keys', { required: ['a', 'b'] })).ok).toBe(true);
    const result = await of('{"a": null}', 'json.keys', { required: ['a', 'b'] });
    expect(result.findings.map((finding) => finding.place?.field)).toEqual(['a', 'b']);
    expect((await of('[]', 'json.keys')).ok).toBe(false);
    expect((await of('[]', 'json.valid')).ok).toBe(true);
  });

  it('json.range rejects numbers that the quantity cannot have, and words in their place', async () => {
    const values = { dice: { min: 0, max: 1 }, 'labels.*.volume_ml': { min: 0 } };
    const text = (dice: unknown, volume: unknown): string =>
      JSON.stringify({ dice, labels: [{ volume_ml: 1 }, { volume_ml: volume }] });
    expect((await of(text(0.5, 2), 'json.range', { values })).ok).toBe(true);
    expect((await of('{"dice": 1, "labels": []}', 'json.range', { values })).ok).toBe(true);
    for (const dice of [-0.1, 1.1, '0.5', null])
      expect((await of(text(dice, 2), 'json.range', { values })).findings).toMatchObject([
        { place: { field: 'dice' }, expected: 'a number from 0 to 1' },
      ]);
    expect((await of(text(0.5, -2), 'json.range', { values })).findings).toMatchObject([
      { place: { field: 'labels.1.volume_ml' } },
    ]);
    expect((await of('{"dice": 1}', 'json.range', { values })).ok).toBe(false);
    const nullable = { dice: { min: 0, max: 1, nullable: true } };
    expect((await of('{"dice": null}', 'json.range', { values: nullable })).ok).toBe(true);
    expect((await of('{}', 'json.range', { values: nullable })).ok).toBe(false);
  });
});

describe('tables', () => {
  it('tsv.range rejects values that the quantity cannot have', async () => {
    const columns = { p: { min: 0, max: 1 } };
    expect((await of('p\n0.5\nn/a\n', 'tsv.range', { columns })).ok).toBe(true);
    for (const bad of ['1.5', '-1', 'nan'])
      expect((await of(`p\n0.5\n${bad}\n`, 'tsv.range', { columns })).ok).toBe(false);
    expect((await of('q\n0.5\n', 'tsv.range', { columns })).ok).toBe(false);
  });

  const table = 'onset\tduration\tvalue\n0\t1.5\tn/a\n2.5\t1e0\t-.5\n';

  it('pass with their columns, rows and numbers', async () => {
    expect(await of(table, 'tsv.columns', { required: ['onset', 'duration'], min_rows: 2 })).toMatchObject({
      ok: true,
      values: { rows: 2 },
    });
    expect((await of(table, 'tsv.numeric', { columns: ['onset', 'duration', 'value'] })).ok).toBe(true);
  });

  it.each<[string, string, string, Record<string, JsonValue>]>([
    ['a missing column', 'tsv.columns', table, { required: ['trial_type'] }],
    ['commas instead of tabs', 'tsv.columns', table.replaceAll('\t', ','), { required: ['onset'] }],
    ['too few rows', 'tsv.columns', table, { required: ['onset'], min_rows: 3 }],
    ['a ragged row', 'tsv.columns', `${table}3\n`, { required: ['onset'] }],
    ['nothing', 'tsv.columns', '', { required: ['onset'] }],
    ['a word where a number is due', 'tsv.numeric', table.replace('1.5', 'Error'), { columns: ['duration'] }],
    ['an empty value', 'tsv.numeric', table.replace('1.5', ''), { columns: ['duration'] }],
    ['a decimal comma', 'tsv.numeric', table.replace('1.5', '1,5'), { columns: ['duration'] }],
    ['NaN', 'tsv.numeric', table.replace('1.5', 'nan'), { columns: ['duration'] }],
    ['a numeric column that is missing', 'tsv.numeric', table, { columns: ['score'] }],
  ])('are rejected for %s', async (_what, name, content, args) => {
    expect((await of(content, name, args)).ok).toBe(false);
  });

  it.skipIf(!hasTestData)('pass as real events', async () => {
    const path = testData(
      'bids',
      'haxby-slice',
      'sub-1',
      'func',
      'sub-1_task-objectviewing_run-01_events.tsv',
    );
    expect(
      (await check(subject(path), 'tsv.columns', { required: ['onset', 'duration'], min_rows: 8 })).ok,
    ).toBe(true);
    expect((await check(subject(path), 'tsv.numeric', { columns: ['onset', 'duration'] })).ok).toBe(true);
    expect((await check(subject(path), 'tsv.numeric', { columns: ['trial_type'] })).ok).toBe(false);
  });
});

describe('bids.name', () => {
  const name = (published: string): Promise<CheckResult> =>
    check(subject('/x/result.nii.gz', { kind: 'nifti' }), 'bids.name', { name: published });

  it('passes names that BIDS readers understand', async () => {
    expect((await name('sub-01/func/sub-01_task-rest_run-2_desc-smoothed_bold.nii.gz')).ok).toBe(true);
    expect((await check(subject('/x/sub-01_T1w.nii.gz'), 'bids.name')).ok).toBe(true);
  });

  it.each([
    'result.nii.gz',
    'task-rest_bold.nii.gz',
    'sub-01_bold',
    'sub-01_task-.nii.gz',
    'sub-a b_T1w.nii.gz',
  ])('rejects %s', async (bad) => {
    expect((await name(bad)).ok).toBe(false);
  });
});

describe('dataset.valid', () => {
  const finding = (severity: string): JsonValue => ({ code: 'BAD', severity, message: 'm' });
  it('passes warnings, and hands on errors', async () => {
    expect(await of(JSON.stringify({ findings: [finding('warning')] }), 'dataset.valid')).toMatchObject({
      ok: true,
      values: { errors: 0, others: 1 },
    });
    expect(
      await of(JSON.stringify({ findings: [finding('warning'), finding('error')] }), 'dataset.valid'),
    ).toMatchObject({
      ok: false,
      findings: [{ code: 'BAD', severity: 'error' }],
    });
  });
  it.each(['{}', '[]', '{"findings": "none"}', '{"findings": [1]}', ''])(
    'rejects a report of %s',
    async (report) => {
      expect((await of(report, 'dataset.valid')).ok).toBe(false);
    },
  );
});
