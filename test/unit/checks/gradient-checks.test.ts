import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckSubject } from '../../../src/checks/check.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject, writeImage } from './subject.js';

const BVAL = '0 1000 1000 2000\n';
const BVEC = '0 1 0 0\n0 0 1 0.6\n0 0 0 0.8\n';

/** An image of four volumes with gradients, as outputs `image`, `bval` and `bvec`, and the input gradients. */
async function series(
  bval = BVAL,
  bvec = BVEC,
  input = { bval: BVAL, bvec: BVEC },
): Promise<Record<'bval' | 'bvec', CheckSubject>> {
  const folder = temporaryFolder();
  const outputs = {
    image: join(folder, 'dwi.nii'),
    bval: join(folder, 'dwi.bval'),
    bvec: join(folder, 'dwi.bvec'),
  };
  await writeImage(outputs.image, { dims: [2, 2, 2, 4] });
  writeFileSync(outputs.bval, bval);
  writeFileSync(outputs.bvec, bvec);
  mkdirSync(join(folder, 'in'));
  const inputs = { in_bval: [join(folder, 'in', 'x.bval')], in_bvec: [join(folder, 'in', 'x.bvec')] };
  writeFileSync(inputs.in_bval[0] ?? '', input.bval);
  writeFileSync(inputs.in_bvec[0] ?? '', input.bvec);
  const of = (kind: 'bval' | 'bvec'): CheckSubject =>
    subject(outputs[kind], { output: kind, kind, outputs, inputs });
  return { bval: of('bval'), bvec: of('bvec') };
}

describe('gradients.count', () => {
  const args = { image: 'image' };

  it('passes one gradient per volume, in rows or columns', async () => {
    const { bval, bvec } = await series();
    expect(await check(bval, 'gradients.count', args)).toMatchObject({ ok: true, values: { volumes: 4 } });
    expect((await check(bvec, 'gradients.count', args)).ok).toBe(true);
    const columns = await series('0\n1000\n1000\n2000\n', '0 0 0\n1 0 0\n0 1 0\n0 .6 .8\n');
    expect((await check(columns.bval, 'gradients.count', args)).ok).toBe(true);
    expect((await check(columns.bvec, 'gradients.count', args)).ok).toBe(true);
  });

  it.each([
    ['a column less', '0 1 0\n0 0 1\n0 0 0\n', '3 directions for 4 volumes'],
    ['a column more', '0 1 0 0 1\n0 0 1 0.6 0\n0 0 0 0.8 0\n', '5 directions for 4 volumes'],
    ['a number missing in one row', '0 1 0 0\n0 0 1 0.6\n0 0 0\n', '3 rows of 4, 4, 3 numbers'],
    ['a row missing', '0 1 0 0\n0 0 1 0.6\n', '2 rows of 4, 4 numbers'],
    ['nothing in it', '', '0 rows of  numbers'],
  ])('rejects directions with %s', async (_what, bvec, message) => {
    const result = await check((await series(BVAL, bvec)).bvec, 'gradients.count', args);
    expect(result).toMatchObject({ ok: false, findings: [{ code: 'gradients.count', message }] });
  });

  it('rejects b-values of a volume that was dropped, and words', async () => {
    const dropped = await check((await series('0 1000 2000\n')).bval, 'gradients.count', args);
    expect(dropped).toMatchObject({
      ok: false,
      findings: [{ message: '3 b-values for 4 volumes', expected: '4 b-values' }],
    });
    expect((await check((await series('0 1000 1000 b2000\n')).bval, 'gradients.count', args)).ok).toBe(false);
  });
});

describe('gradients.unit', () => {
  const args = { bval: 'bval' };
  it('passes unit directions, zeros and nan where b is 0', async () => {
    expect((await check((await series()).bvec, 'gradients.unit', args)).ok).toBe(true);
    const nan = await series(BVAL, 'nan 1 0 0\nnan 0 1 0.6\nnan 0 0 0.8\n');
    expect((await check(nan.bvec, 'gradients.unit', args)).ok).toBe(true);
  });
  it.each([
    ['scaled by the b-value', '0 1000 0 0\n0 0 1000 1200\n0 0 0 1600\n'],
    ['rounded away', '0 1 0 0\n0 0 1 1\n0 0 0 1\n'],
    ['zero in a weighted volume', '0 1 0 0\n0 0 1 0\n0 0 0 0\n'],
    ['nan in a weighted volume', '0 1 0 nan\n0 0 1 nan\n0 0 0 nan\n'],
    ['fewer than the b-values', '0 1 0\n0 0 1\n0 0 0\n'],
  ])('rejects directions that are %s', async (_what, bvec) => {
    expect((await check((await series(BVAL, bvec)).bvec, 'gradients.unit', args)).ok).toBe(false);
  });
});

describe('gradients.same', () => {
  it('passes gradients that were kept, however they are written', async () => {
    const { bval, bvec } = await series('0 1000.0 1e3\n2000\n', '0 0 0\n1 0 0\n0 1 0\n0 0.6000001 0.8\n');
    expect((await check(bval, 'gradients.same', { input: 'in_bval' })).ok).toBe(true);
    expect((await check(bvec, 'gradients.same', { input: 'in_bvec' })).ok).toBe(true);
  });
  it.each([
    ['flipped along one axis', '0 -1 0 0\n0 0 1 0.6\n0 0 0 0.8\n'],
    ['in another order', '0 0 1 0\n0 1 0 0.6\n0 0 0 0.8\n'],
    ['one less', '0 1 0\n0 0 1\n0 0 0\n'],
    ['replaced by nan', '0 nan 0 0\n0 nan 1 0.6\n0 nan 0 0.8\n'],
  ])('rejects directions that are %s', async (_what, bvec) => {
    expect((await check((await series(BVAL, bvec)).bvec, 'gradients.same', { input: 'in_bvec' })).ok).toBe(
      false,
    );
  });
  it('rejects b-values that were exchanged', async () => {
    const { bval } = await series('1000 0 1000 2000\n');
    expect((await check(bval, 'gradients.same', { input: 'in_bval' })).findings).toMatchObject([
      { message: 'volume 0 has 1000 where in_bval has 0' },
    ]);
  });
});

describe('gradients.b0', () => {
  it('wants a volume without weighting, and tells the shells', async () => {
    expect(await check((await series('5 1000 1000 2000')).bval, 'gradients.b0')).toMatchObject({
      ok: true,
      values: {
        shells: [
          { b: 5, volumes: 1 },
          { b: 1000, volumes: 2 },
          { b: 2000, volumes: 1 },
        ],
      },
    });
    expect((await check((await series('1000 1000 1000 2000')).bval, 'gradients.b0')).ok).toBe(false);
  });
});

describe.skipIf(!hasTestData)('real gradients', () => {
  it('pass, and fail with one column cut', async () => {
    const folder = temporaryFolder();
    const outputs = {
      image: testData('dwi-small', 'small_64D.nii'),
      bval: join(folder, 'a.bval'),
      bvec: join(folder, 'a.bvec'),
    };
    copyFileSync(testData('dwi-small', 'small_64D.bval'), outputs.bval);
    copyFileSync(testData('dwi-small', 'small_64D.bvec'), outputs.bvec);
    const about = subject(outputs.bvec, { kind: 'bvec', outputs });
    expect((await check(about, 'gradients.count', { image: 'image' })).ok).toBe(true);
    expect((await check(about, 'gradients.unit', { bval: 'bval' })).ok).toBe(true);
    const lines = readFileSync(outputs.bvec, 'utf8').trim().split('\n');
    const shorter =
      lines.length === 3 ? lines.map((line) => line.trim().split(/\s+/).slice(1).join(' ')) : lines.slice(1);
    writeFileSync(outputs.bvec, shorter.join('\n'));
    expect((await check(about, 'gradients.count', { image: 'image' })).findings).toMatchObject([
      { message: '64 directions for 65 volumes' },
    ]);
    expect((await check(about, 'gradients.unit', { bval: 'bval' })).ok).toBe(false);
  });
});
