import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/kernel/json.js';
import type { CheckResult } from '../../../src/checks/catalog.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { floats, writeMif, type MifText } from '../imaging/write-mrtrix.js';
import { check, subject } from './subject.js';

async function of(
  values: readonly number[],
  name: string,
  args: Record<string, JsonValue> = {},
  text: MifText = {},
): Promise<CheckResult> {
  const path = join(temporaryFolder(), 'result.mif');
  writeMif(path, floats(values), text);
  return check(subject(path, { kind: 'mif' }), name, args);
}

const ramp = Array.from({ length: 24 }, (_, index) => index);
const flat = new Array<number>(24).fill(0.5);
const but = (index: number, value: number): number[] => ramp.map((own, at) => (at === index ? value : own));

describe('mif.readable', () => {
  it('passes a whole image and tells what it is', async () => {
    expect(await of(ramp, 'mif.readable')).toMatchObject({
      ok: true,
      values: { dims: [4, 3, 2], datatype: 'Float32LE', voxels: 24 },
    });
  });

  it.each<[string, readonly number[], MifText]>([
    ['a voxel less than the header says', ramp.slice(1), {}],
    ['a voxel more', [...ramp, 1], {}],
    ['a header without layout', ramp, { layout: '' }],
    ['complex numbers', ramp, { datatype: 'CFloat64LE', dim: '1,1,1' }],
  ])('rejects %s', async (_what, values, text) => {
    const result = await of(values, 'mif.readable', {}, text);
    expect(result).toMatchObject({ ok: false, findings: [{ code: 'mif.readable' }] });
  });

  it('rejects a compressed image whose name does not say so, and the reverse', async () => {
    const folder = temporaryFolder();
    writeMif(join(folder, 'a.mif.gz'), floats(ramp));
    writeMif(join(folder, 'b.mif'), floats(ramp));
    expect((await check(subject(join(folder, 'a.mif.gz')), 'mif.readable')).ok).toBe(true);
    renameSync(join(folder, 'a.mif.gz'), join(folder, 'a.mif'));
    renameSync(join(folder, 'b.mif'), join(folder, 'b.mif.gz'));
    for (const name of ['a.mif', 'b.mif.gz'])
      expect((await check(subject(join(folder, name)), 'mif.readable')).ok).toBe(false);
  });
});

describe('mif.finite', () => {
  it('rejects a voxel that is NaN or infinite, and allows a share of them where asked', async () => {
    expect((await of(ramp, 'mif.finite')).ok).toBe(true);
    for (const value of [NaN, Infinity, -Infinity])
      expect(await of(but(5, value), 'mif.finite')).toMatchObject({ ok: false, values: { not_finite: 1 } });
    expect((await of(but(5, NaN), 'mif.finite', { min_fraction: 0.9 })).ok).toBe(true);
    expect(
      (
        await of(
          ramp.map(() => NaN),
          'mif.finite',
          { min_fraction: 0 },
        )
      ).ok,
    ).toBe(false);
  });
});

describe('mif.range', () => {
  it('rejects FA above 1 and negative values', async () => {
    expect((await of(flat, 'mif.range', { minimum: 0, maximum: 1 })).ok).toBe(true);
    expect(await of(but(3, -0.1), 'mif.range', { minimum: 0 })).toMatchObject({ ok: false });
    const high = await of(but(3, 1.5), 'mif.range', { maximum: 23 });
    expect(high.ok).toBe(true);
    expect(await of(ramp, 'mif.range', { maximum: 22 })).toMatchObject({
      ok: false,
      values: { maximum: 23, outside: 1 },
    });
  });

  it('allows a share of voxels out of range, where a fit leaves some', async () => {
    const args = { minimum: 0, maximum: 21, min_fraction: 0.9 };
    expect(await of(ramp, 'mif.range', args)).toMatchObject({ ok: true, values: { outside: 2 } });
    expect((await of(ramp, 'mif.range', { ...args, min_fraction: 0.95 })).ok).toBe(false);
  });

  it('rejects an image without any finite voxel', async () => {
    expect(
      (
        await of(
          ramp.map(() => NaN),
          'mif.range',
          { minimum: 0 },
        )
      ).ok,
    ).toBe(false);
  });
});

describe('mif.non-constant', () => {
  it('rejects an image of one value', async () => {
    expect((await of(ramp, 'mif.non-constant')).ok).toBe(true);
    expect((await of(flat, 'mif.non-constant')).ok).toBe(false);
  });
});

describe('mif.binary', () => {
  it('passes a mask as numbers or bits, and rejects an interpolated one', async () => {
    const mask = ramp.map((value) => value % 2);
    expect((await of(mask, 'mif.binary')).ok).toBe(true);
    expect((await of(mask.with(4, 0.5), 'mif.binary')).ok).toBe(false);
    expect((await of(mask.with(4, NaN), 'mif.binary')).ok).toBe(false);
    const path = join(temporaryFolder(), 'bits.mif');
    writeMif(path, Buffer.from([1, 2, 3]), { datatype: 'Bit' });
    expect((await check(subject(path), 'mif.binary')).ok).toBe(true);
  });
});

describe('mif.labels', () => {
  it('rejects a parcellation that was interpolated, negated or is empty', async () => {
    expect(await of(ramp, 'mif.labels')).toMatchObject({ ok: true, values: { highest_label: 23 } });
    expect((await of(but(2, 1.5), 'mif.labels')).ok).toBe(false);
    expect((await of(but(2, -1), 'mif.labels')).ok).toBe(false);
    expect(
      (
        await of(
          ramp.map(() => 0),
          'mif.labels',
        )
      ).ok,
    ).toBe(false);
  });
});

describe('mif.volume', () => {
  it('counts voxels of 2 x 2 x 3 mm in mL', async () => {
    const mask = ramp.map((value) => (value < 10 ? 1 : 0));
    const args = { minimum_ml: 0.1, maximum_ml: 0.2 };
    expect(await of(mask, 'mif.volume', args)).toMatchObject({ ok: true, values: { volume_ml: 0.12 } });
    expect(
      (
        await of(
          ramp.map(() => 0),
          'mif.volume',
          args,
        )
      ).ok,
    ).toBe(false);
    expect(
      (
        await of(
          ramp.map(() => 1),
          'mif.volume',
          args,
        )
      ).ok,
    ).toBe(false);
  });
});

describe.skipIf(!hasTestData)('images of MRtrix3', () => {
  it.each<[string, string, Record<string, JsonValue>]>([
    ['mask.mif', 'mif.binary', {}],
    ['parc.mif', 'mif.labels', {}],
    ['fods.mif', 'mif.finite', {}],
    ['5tt.mif', 'mif.range', { minimum: 0, maximum: 1 }],
    ['dwi.mif', 'mif.non-constant', {}],
    ['index.mif', 'mif.readable', {}],
  ])('%s passes %s', async (file, name, args) => {
    const path = testData('phantom-tractography', file);
    expect(await check(subject(path, { kind: 'mif' }), name, args)).toMatchObject({ ok: true, findings: [] });
  });
});
