import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../src/checks/catalog.js';
import type { CheckSubject } from '../../../src/checks/check.js';
import type { JsonValue } from '../../../src/kernel/json.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import {
  floats,
  withDelimiters,
  writeMif,
  writeTck,
  type Line,
  type TckText,
} from '../imaging/write-mrtrix.js';
import { check, subject, writeImage } from './subject.js';

const straight = (mm: number, from: readonly [number, number, number] = [0, 0, 0]): Line =>
  Array.from({ length: mm + 1 }, (_, i): [number, number, number] => [from[0] + i, from[1], from[2]]);

async function of(
  lines: readonly Line[] | { readonly numbers: readonly number[] },
  name: string,
  args: Record<string, JsonValue> = {},
  text: TckText = {},
  more: Partial<CheckSubject> = {},
): Promise<CheckResult> {
  const path = join(temporaryFolder(), 'tracks.tck');
  writeTck(path, lines, text);
  return check(subject(path, { kind: 'tck', ...more }), name, args);
}

const lines = [straight(10), straight(20), straight(30)];

describe('tck.readable', () => {
  it('passes a whole tractogram', async () => {
    expect(await of(lines, 'tck.readable')).toMatchObject({
      ok: true,
      values: { streamlines: 3, points: 63 },
    });
  });

  it('rejects a header that counts other streamlines, or none', async () => {
    const wrong = await of(lines, 'tck.readable', {}, { count: '0000000004' });
    expect(wrong.findings[0]?.message).toBe('the header counts 4 streamlines, the file holds 3');
    expect((await of(lines, 'tck.readable', {}, { count: '' })).ok).toBe(false);
  });

  it.each<[string, readonly number[]]>([
    ['is cut', withDelimiters(lines).slice(0, 100)],
    ['has a NaN in a point', withDelimiters(lines).with(7, NaN)],
    ['has an infinite coordinate', withDelimiters(lines).with(7, Infinity)],
  ])('rejects a tractogram that %s', async (_what, numbers) => {
    expect(await of({ numbers }, 'tck.readable', {}, { count: '3' })).toMatchObject({
      ok: false,
      findings: [{ code: 'tck.readable' }],
    });
  });

  it('rejects streamlines without a point', async () => {
    expect((await of([...lines, []], 'tck.readable')).ok).toBe(false);
  });
});

describe('tck.count', () => {
  it('rejects too few and too many', async () => {
    expect((await of(lines, 'tck.count')).ok).toBe(true);
    expect((await of([], 'tck.count')).ok).toBe(false);
    expect((await of(lines, 'tck.count', { min: 4 })).ok).toBe(false);
    expect((await of(lines, 'tck.count', { max: 2 })).ok).toBe(false);
    expect((await of(lines, 'tck.count', { min: 3, max: 3 })).ok).toBe(true);
  });

  it('holds the number against the parameter that asked for it', async () => {
    const asked = (select: number): Promise<CheckResult> =>
      of(lines, 'tck.count', { param: 'select' }, {}, { params: { select } });
    expect((await asked(3)).ok).toBe(true);
    // 0: as many as a number of seeds gives.
    expect((await asked(0)).ok).toBe(true);
    const gaveUp = await asked(5000);
    expect(gaveUp.findings[0]).toMatchObject({ message: '3 streamlines', expected: '5000, as select asks' });
    expect((await of([], 'tck.count', { param: 'select' })).ok).toBe(false);
  });
});

describe('tck.lengths', () => {
  it('rejects streamlines out of range, and allows a share of them where asked', async () => {
    expect(await of(lines, 'tck.lengths', { min_mm: 10, max_mm: 30 })).toMatchObject({
      ok: true,
      values: { shortest_mm: 10, mean_mm: 20, longest_mm: 30 },
    });
    expect((await of(lines, 'tck.lengths', { min_mm: 11 })).ok).toBe(false);
    expect((await of(lines, 'tck.lengths', { max_mm: 29 })).ok).toBe(false);
    expect((await of(lines, 'tck.lengths', { min_mm: 11, max_fraction: 0.4 })).ok).toBe(true);
    expect((await of([], 'tck.lengths')).ok).toBe(false);
  });

  it('rejects coordinates in metres', async () => {
    const metres = lines.map((line) => line.map(([x, y, z]) => [x / 1000, y, z] as const));
    expect((await of(metres, 'tck.lengths', { min_mm: 5, max_mm: 250 })).ok).toBe(false);
  });
});

describe('tck.inside', () => {
  /** 4x3x2 voxels of 2 x 2 x 3 mm, the first at (-8, -10, -12); all in the mask but the last slice. */
  async function inside(
    line: Line,
    nifti: boolean,
    args: Record<string, JsonValue> = {},
  ): Promise<CheckResult> {
    const folder = temporaryFolder();
    const mask = join(folder, nifti ? 'mask.nii' : 'mask.mif');
    const voxels = Array.from({ length: 24 }, (_, index) => (index < 12 ? 1 : 0));
    if (nifti)
      await writeImage(mask, {
        dims: [4, 3, 2],
        data: voxels,
        affine: [
          [2, 0, 0, -8],
          [0, 2, 0, -10],
          [0, 0, 3, -12],
          [0, 0, 0, 1],
        ],
      });
    else writeMif(mask, floats(voxels));
    return of([line], 'tck.inside', { mask: 'mask', ...args }, {}, { inputs: { mask: [mask] } });
  }

  it.each([true, false])(
    'passes streamlines in the mask and names the share of others (NIfTI: %s)',
    async (nifti) => {
      expect(await inside(straight(6, [-8, -8, -12]), nifti)).toMatchObject({
        ok: true,
        values: { inside_fraction: 1 },
      });
      // Half a voxel beyond the last centre is still the last voxel; further is outside.
      const out = await inside(straight(9, [-8, -8, -12]), nifti);
      expect(out).toMatchObject({ ok: false, values: { inside_fraction: 0.7 } });
      expect((await inside(straight(9, [-8, -8, -12]), nifti, { min_fraction: 0.7 })).ok).toBe(true);
      // In the grid but not in the mask.
      expect((await inside(straight(6, [-8, -8, -9]), nifti)).ok).toBe(false);
      // Voxel indices in place of mm.
      expect((await inside(straight(3, [0, 1, 0]), nifti)).ok).toBe(false);
    },
  );

  it('has nothing to say where an optional mask was not given', async () => {
    const result = await of(lines, 'tck.inside', { mask: 'mask' }, {}, { inputs: { mask: [] } });
    expect(result).toMatchObject({ ok: true, findings: [] });
  });
});

describe.skipIf(!hasTestData)('the tractogram of the SIFT phantom', () => {
  const path = testData('phantom-tractography', 'tracks.tck');
  const mask = testData('phantom-tractography', 'mask.mif');

  it('passes; its header says 4 to 200 mm', async () => {
    const about = subject(path, { kind: 'tck', inputs: { mask: [mask] }, params: { select: 5000 } });
    expect((await check(about, 'tck.readable')).ok).toBe(true);
    expect((await check(about, 'tck.count', { param: 'select' })).ok).toBe(true);
    expect((await check(about, 'tck.lengths', { min_mm: 4, max_mm: 200 })).ok).toBe(true);
    // The version that made it took the mask as interpolated: some points lie in the next voxel.
    expect(await check(about, 'tck.inside', { mask: 'mask', min_fraction: 0.9 })).toMatchObject({
      ok: true,
      values: { inside_fraction: 0.9055 },
    });
  });

  it('is rejected in another space: shifted by 10 mm', async () => {
    const bytes = readFileSync(path);
    for (let at = 684; at + 12 <= bytes.length; at += 12)
      bytes.writeFloatLE(bytes.readFloatLE(at + 4) + 10, at + 4);
    const moved = join(temporaryFolder(), 'moved.tck');
    writeFileSync(moved, bytes);
    const about = subject(moved, { kind: 'tck', inputs: { mask: [mask] } });
    expect((await check(about, 'tck.inside', { mask: 'mask', min_fraction: 0.9 })).ok).toBe(false);
  });
});
