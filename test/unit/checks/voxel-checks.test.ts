import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject, writeImage } from './subject.js';

const image = (name = 'result.nii.gz'): string => join(temporaryFolder(), name);

describe('nifti.readable', () => {
  it('passes a sound image, plain and compressed', async () => {
    for (const name of ['result.nii', 'result.nii.gz']) {
      const path = image(name);
      await writeImage(path);
      expect(await check(subject(path), 'nifti.readable')).toMatchObject({
        ok: true,
        findings: [],
        values: { dims: [8, 7, 6], datatype: 'float32', voxels: 336 },
      });
    }
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['truncated', (bytes) => bytes.subarray(0, bytes.length - 20)],
    ['corrupted', (bytes) => Buffer.concat([bytes.subarray(0, -6), Buffer.from([0, 0, 0, 0, 0, 0])])],
    ['empty', () => Buffer.alloc(0)],
    ['replaced by an error message', () => Buffer.from('ERROR: cannot allocate memory\n')],
    ['followed by something', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
  ])('rejects an image that is %s', async (_what, damage) => {
    const path = image();
    await writeImage(path);
    writeFileSync(path, damage(readFileSync(path)));
    const result = await check(subject(path), 'nifti.readable');
    expect(result.ok).toBe(false);
    expect(result.findings).toMatchObject([
      { code: 'nifti.readable', severity: 'error', place: { file: path } },
    ]);
  });

  it('rejects an image whose name says something else of its compression', async () => {
    const folder = temporaryFolder();
    const [plain, gz] = [join(folder, 'a.nii'), join(folder, 'b.nii.gz')];
    await writeImage(plain);
    await writeImage(gz);
    const bytes = [readFileSync(plain), readFileSync(gz)] as const;
    writeFileSync(gz, bytes[0]);
    writeFileSync(plain, bytes[1]);
    expect((await check(subject(gz), 'nifti.readable')).ok).toBe(false);
    expect((await check(subject(plain), 'nifti.readable')).ok).toBe(false);
  });

  it('rejects an image that is not there', async () => {
    const result = await check(subject(image()), 'nifti.readable');
    expect([result.ok, result.findings[0]?.message]).toEqual([
      false,
      expect.stringContaining('does not exist'),
    ]);
  });
});

describe('nifti.finite', () => {
  const withNan = (bad: number): Float32Array => new Float32Array(336).fill(NaN, 0, bad).fill(1, bad);

  it('passes finite voxels, and as many others as are allowed', async () => {
    const path = image();
    await writeImage(path);
    expect((await check(subject(path), 'nifti.finite')).ok).toBe(true);
    await writeImage(path, { data: withNan(33) });
    expect(await check(subject(path), 'nifti.finite', { min_fraction: 0.9 })).toMatchObject({
      ok: true,
      values: { not_finite: 33 },
    });
  });

  it('rejects one NaN, an image full of NaN whatever is allowed, and infinity', async () => {
    const path = image();
    await writeImage(path, { data: withNan(1) });
    expect(await check(subject(path), 'nifti.finite')).toMatchObject({
      ok: false,
      findings: [{ message: '1 of 336 voxels are NaN or infinite' }],
    });
    await writeImage(path, { data: withNan(336) });
    expect((await check(subject(path), 'nifti.finite', { min_fraction: 0 })).ok).toBe(false);
    await writeImage(path, { data: new Float32Array(336).fill(-Infinity, 0, 1) });
    expect((await check(subject(path), 'nifti.finite')).ok).toBe(false);
  });
});

describe('nifti.range', () => {
  it('passes values inside, and keeps what it measured', async () => {
    const path = image();
    await writeImage(path);
    expect(await check(subject(path), 'nifti.range', { min: 0, max: 335 })).toMatchObject({
      ok: true,
      values: { minimum: 0, maximum: 335 },
    });
  });

  it('rejects values below, above, and no values at all', async () => {
    const path = image();
    await writeImage(path);
    expect((await check(subject(path), 'nifti.range', { max: 334 })).findings).toMatchObject([
      { message: 'the highest value is 335' },
    ]);
    expect((await check(subject(path), 'nifti.range', { min: 1 })).findings).toMatchObject([
      { message: 'the lowest value is 0' },
    ]);
    await writeImage(path, { data: new Float32Array(336).fill(NaN) });
    expect((await check(subject(path), 'nifti.range', { min: 0, max: 1 })).ok).toBe(false);
  });
});

describe('nifti.non-constant', () => {
  it('passes an image with something in it', async () => {
    const path = image();
    await writeImage(path);
    expect((await check(subject(path), 'nifti.non-constant')).ok).toBe(true);
  });
  it.each([
    ['zeros', 0],
    ['one value', 3.5],
    ['NaN', NaN],
  ])('rejects an image of %s', async (_what, value) => {
    const path = image();
    await writeImage(path, { data: new Float32Array(336).fill(value) });
    expect((await check(subject(path), 'nifti.non-constant')).ok).toBe(false);
  });
});

describe('nifti.binary and nifti.integer', () => {
  it('pass masks and labels', async () => {
    const path = image();
    await writeImage(path, { datatype: 'uint8', data: Uint8Array.from({ length: 336 }, (_, i) => i % 2) });
    expect((await check(subject(path), 'nifti.binary')).ok).toBe(true);
    await writeImage(path, { datatype: 'int16', data: Int16Array.from({ length: 336 }, (_, i) => i * 7) });
    expect((await check(subject(path), 'nifti.integer')).ok).toBe(true);
  });
  it('reject an interpolated mask, a label image taken for a mask, and NaN', async () => {
    const path = image();
    const mask = Float32Array.from({ length: 336 }, (_, i) => (i < 100 ? 1 : 0));
    await writeImage(path, { data: mask.with(100, 0.5) });
    expect((await check(subject(path), 'nifti.binary')).findings).toMatchObject([
      { message: '1 voxels are neither 0 nor 1' },
    ]);
    expect((await check(subject(path), 'nifti.integer')).ok).toBe(false);
    await writeImage(path, { data: mask.with(100, 2) });
    expect((await check(subject(path), 'nifti.binary')).ok).toBe(false);
    await writeImage(path, { data: mask.with(100, NaN) });
    expect((await check(subject(path), 'nifti.binary')).ok).toBe(false);
    expect((await check(subject(path), 'nifti.integer')).ok).toBe(false);
  });
  it('heed the scaling: labels stored with a slope are no labels', async () => {
    const path = image();
    await writeImage(path, { datatype: 'int16', data: new Int16Array(336).fill(1), sclSlope: 0.5 });
    expect((await check(subject(path), 'nifti.integer')).ok).toBe(false);
  });
});

describe('mask.volume', () => {
  it('measures mL from the affine, and judges them', async () => {
    const path = image();
    await writeImage(path, { datatype: 'uint8', data: new Uint8Array(336).fill(1, 0, 100) });
    const args = { min_ml: 1, max_ml: 2 };
    expect(await check(subject(path), 'mask.volume', args)).toMatchObject({
      ok: true,
      values: { volume_ml: 1.2 },
    });
    await writeImage(path, { datatype: 'uint8', data: new Uint8Array(336) });
    expect(await check(subject(path), 'mask.volume', args)).toMatchObject({
      ok: false,
      values: { volume_ml: 0 },
    });
    await writeImage(path, { datatype: 'uint8', data: new Uint8Array(336).fill(1) });
    expect((await check(subject(path), 'mask.volume', args)).findings[0]?.message).toBe(
      'the mask holds 4.0 mL',
    );
  });
});

describe.skipIf(!hasTestData)('on real images', () => {
  const labels = (name: string): string =>
    testData(
      'bids',
      'adult-t1w',
      'derivatives',
      'freesurfer-labels',
      'sub-01',
      'anat',
      `sub-01_${name}.nii.gz`,
    );

  it('a brain mask is a mask of an adult brain', async () => {
    const about = subject(labels('desc-brain_mask'));
    expect((await check(about, 'nifti.binary')).ok).toBe(true);
    const volume = await check(about, 'mask.volume', { min_ml: 900, max_ml: 2200 });
    // 262,853 voxels (counted by nibabel) of 1.8 x 1.875 x 1.875 mm.
    expect(volume.values?.['volume_ml']).toBeCloseTo((262_853 * 1.8 * 1.875 * 1.875) / 1000, 0);
    expect(volume.ok).toBe(true);
    expect((await check(about, 'mask.volume', { min_ml: 900, max_ml: 1500 })).ok).toBe(false);
  });

  it('a parcellation is whole numbers, tissue fractions are within 0 and 1 and no mask', async () => {
    expect((await check(subject(labels('atlas-desikan_dseg')), 'nifti.integer')).ok).toBe(true);
    expect((await check(subject(labels('atlas-desikan_dseg')), 'nifti.binary')).ok).toBe(false);
    expect((await check(subject(labels('desc-5tt_probseg')), 'nifti.range', { min: 0, max: 1 })).ok).toBe(
      true,
    );
    expect((await check(subject(labels('desc-5tt_probseg')), 'nifti.integer')).ok).toBe(false);
  });

  it('the reference lesion has the voxel volume that its makers state', async () => {
    const result = await check(subject(testData('pet-lesion', 'reference.nii.gz')), 'mask.volume', {
      min_ml: 1,
      max_ml: 1000,
    });
    expect(result.values?.['volume_ml']).toBeCloseTo(12_996 * 0.033175891876220706, 2);
  });

  it('a T1w scan is readable, finite, has something in it and goes below 0 by rounding only', async () => {
    const about = subject(testData('bids', 'adult-t1w', 'sub-01', 'anat', 'sub-01_T1w.nii.gz'));
    for (const name of ['nifti.readable', 'nifti.affine', 'nifti.finite', 'nifti.non-constant'])
      expect(await check(about, name)).toMatchObject({ ok: true, findings: [] });
    expect((await check(about, 'nifti.range', { min: -1e-9, max: 1000 })).ok).toBe(true);
    expect((await check(about, 'nifti.range', { min: 0 })).ok).toBe(false);
  });
});
