import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/kernel/json.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const truth = 'volume\tleft\tright\n0\t10\tn/a\n1\t12\t3\n2\t11\t5\n3\t15\t4\n';

async function verdict(
  text: string,
  args: JsonObject,
  known = truth,
): Promise<{ ok: boolean; said: string; values: JsonObject }> {
  const [path, reference] = [join(folder, 'own.tsv'), join(folder, 'truth.tsv')];
  writeFileSync(path, text);
  writeFileSync(reference, known);
  const about = subject(path, { inputs: { truth: [reference] } });
  const result = await check(about, 'series.close', { reference: 'truth', ...args });
  return {
    ok: result.ok,
    said: result.findings.map(({ message }) => message).join('; '),
    values: result.values ?? {},
  };
}

const close = { columns: { '*': { rel: 0.01 } } };

describe('series.close', () => {
  it('accepts rounding and another order of columns', async () => {
    const { ok, values } = await verdict(
      'right\tleft\tvolume\nn/a\t10.01\t0\n3\t12\t1\n5\t11\t2\n4\t15\t3\n',
      close,
    );
    expect(ok).toBe(true);
    expect(values['excess']).toBeCloseTo(0.1, 5);
  });

  it('rejects a lost row, a shift by one row, a missing column, and a number where none is known', async () => {
    expect((await verdict(truth.replace('3\t15\t4\n', ''), close)).said).toContain('3 rows, not 4');
    const shifted = 'volume\tleft\tright\n0\t12\tn/a\n1\t11\t5\n2\t15\t4\n3\t10\t3\n';
    expect((await verdict(shifted, close)).said).toContain('left is');
    expect((await verdict(truth.replace('left', 'Left'), close)).said).toContain('column left is missing');
    expect((await verdict(truth.replace('n/a', '7'), close)).ok).toBe(false);
    expect((await verdict(truth.replace('\t3\n', '\tnan\n'), close)).ok).toBe(false);
  });

  it('takes rows by their name where there is a key', async () => {
    const turned = 'volume\tleft\tright\n3\t15\t4\n2\t11\t5\n1\t12\t3\n0\t10\tn/a\n';
    expect((await verdict(turned, close)).ok).toBe(false);
    expect((await verdict(turned, { ...close, key: 'volume' })).ok).toBe(true);
    expect((await verdict(`${turned}4\t1\t1\n`, { ...close, key: 'volume' })).said).toContain('1 rows more');
    expect((await verdict(turned.replace('3\t15', '7\t15'), { ...close, key: 'volume' })).said).toContain(
      'no row 3',
    );
  });

  it('compares by correlation where scale is free, and words where words count', async () => {
    const scaled = 'volume\tleft\tright\n0\t100\tn/a\n1\t120\t3\n2\t110\t5\n3\t150\t4\n';
    expect((await verdict(scaled, { columns: { left: { r: 0.99 } } })).ok).toBe(true);
    expect((await verdict(scaled, { columns: { left: { r: 0.99, abs: 1 } } })).ok).toBe(false);
    const turned = 'volume\tleft\tright\n0\t15\tn/a\n1\t13\t3\n2\t14\t5\n3\t10\t4\n';
    expect((await verdict(turned, { columns: { left: { r: 0.99 } } })).said).toContain('correlates -1');
    expect((await verdict(scaled, { columns: { volume: { same: true } } })).ok).toBe(true);
    expect(
      (await verdict(scaled.replace('\n1\t', '\n9\t'), { columns: { volume: { same: true } } })).ok,
    ).toBe(false);
  });

  it('sees by the slope what a correlation does not: other units', async () => {
    const args = { columns: { left: { r: 0.99, slope: [0.9, 1.1] } } };
    expect((await verdict(truth, args)).ok).toBe(true);
    const scaled = 'volume\tleft\tright\n0\t10e-6\tn/a\n1\t12e-6\t3\n2\t11e-6\t5\n3\t15e-6\t4\n';
    expect((await verdict(scaled, args)).said).toContain('slope of 0.000001');
  });

  it('turns down a constant where a correlation is asked for', async () => {
    const flat = 'volume\tleft\tright\n0\t1\tn/a\n1\t1\t3\n2\t1\t5\n3\t1\t4\n';
    expect((await verdict(flat, { columns: { left: { r: 0.5 } } })).ok).toBe(false);
  });
});
