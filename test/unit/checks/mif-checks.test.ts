import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/kernel/json.js';
import type { CheckResult } from '../../../src/checks/catalog.js';
import { temporaryFolder } from '../../support/temporary.js';
import { floats, writeMif, type MifText } from '../imaging/write-mrtrix.js';
import { check, headAffine, subject, writeImage } from './subject.js';

const zeros = (count: number): Buffer => floats(new Array<number>(count).fill(0));

/** The grid of `writeImage`, 8x7x6 LAS, as MRtrix3 writes it: axes near the world's, the file runs against x. */
const las: MifText = {
  dim: '8,7,6',
  vox: '2,2,3',
  layout: '-0,+1,+2',
  transform: ['1,0,0,66', '0,1,0,-100', '0,0,1,-40'],
};

async function against(
  text: MifText,
  args: Record<string, JsonValue> = {},
  volumes = 1,
): Promise<CheckResult> {
  const folder = temporaryFolder();
  const path = join(folder, 'result.mif');
  const dims = (text.dim ?? '').split(',').map(Number);
  writeMif(path, zeros(dims.reduce((product, n) => product * n, 1)), text);
  await writeImage(join(folder, 'input.nii.gz'), volumes === 1 ? {} : { dims: [8, 7, 6, volumes] });
  return check(subject(path, { kind: 'mif' }), 'mif.same-grid', { input: 'image', ...args });
}

describe('mif.same-grid', () => {
  it('sees one grid in a NIfTI image that is stored from right to left and its MRtrix form', async () => {
    expect(headAffine[0][0]).toBe(-2);
    expect(await against(las)).toMatchObject({ ok: true });
  });

  it('sees it whatever the order of the file', async () => {
    expect((await against({ ...las, layout: '+2,-0,-1' })).ok).toBe(true);
    // Axes in another order, with the transform that goes with it.
    const turned = {
      dim: '6,8,7',
      vox: '3,2,2',
      layout: '+0,+1,+2',
      transform: ['0,1,0,66', '0,0,1,-100', '1,0,0,-40'],
    };
    expect((await against(turned)).ok).toBe(true);
  });

  it.each<[string, MifText, RegExp]>([
    ['flipped left to right', { transform: ['-1,0,0,66', '0,1,0,-100', '0,0,1,-40'] }, /mm away/],
    ['shifted by half a voxel', { transform: ['1,0,0,67', '0,1,0,-100', '0,0,1,-40'] }, /1\.000 mm away/],
    ['of other voxel sizes', { vox: '2,2,3.5' }, /mm away/],
    ['cropped', { dim: '7,7,6' }, /7x7x6 \(RAS\) voxels, but that of image has 8x7x6 \(LAS\)/],
    [
      'tilted by a degree',
      { transform: ['1,0,0,66', '0,0.99985,-0.01745,-100', '0,0.01745,0.99985,-40'] },
      /mm away/,
    ],
  ])('rejects an image that is %s', async (_what, change, message) => {
    const result = await against({ ...las, ...change });
    expect(result.ok).toBe(false);
    expect(result.findings[0]?.message).toMatch(message);
  });

  it('compares numbers of volumes where asked', async () => {
    const four = { ...las, dim: '8,7,6,3', vox: '2,2,3,nan', layout: '-0,+1,+2,+3' };
    expect((await against(four, { volumes: true }, 3)).ok).toBe(true);
    expect((await against(four, { volumes: true }, 4)).ok).toBe(false);
    expect((await against(four, {}, 4)).ok).toBe(true);
  });

  it('compares two MRtrix images', async () => {
    const folder = temporaryFolder();
    writeMif(join(folder, 'a.mif'), zeros(24));
    writeMif(join(folder, 'b.mif.gz'), zeros(24), { layout: '-2,-0,-1' });
    const about = subject(join(folder, 'a.mif'), { inputs: { dwi: [join(folder, 'b.mif.gz')] } });
    expect((await check(about, 'mif.same-grid', { input: 'dwi' })).ok).toBe(true);
  });
});

describe('mif.affine', () => {
  it('rejects axes that are no independent directions', async () => {
    const path = join(temporaryFolder(), 'a.mif');
    writeMif(path, zeros(24));
    expect(await check(subject(path), 'mif.affine')).toMatchObject({
      ok: true,
      values: { orientation: 'RAS' },
    });
    writeMif(path, zeros(24), { transform: ['1,1,0,0', '0,0,0,0', '0,0,1,0'] });
    expect((await check(subject(path), 'mif.affine')).ok).toBe(false);
  });
});

describe('mif.dimensions', () => {
  it('tells a volume from a series', async () => {
    const folder = temporaryFolder();
    writeMif(join(folder, 'one.mif'), zeros(24));
    writeMif(join(folder, 'three.mif'), zeros(72), { dim: '4,3,2,3', layout: '+0,+1,+2,+3' });
    const ok = async (file: string, args: Record<string, JsonValue>): Promise<boolean> =>
      (await check(subject(join(folder, file)), 'mif.dimensions', args)).ok;
    expect(await ok('one.mif', { dims: 3 })).toBe(true);
    expect(await ok('one.mif', { dims: 4 })).toBe(false);
    expect(await ok('three.mif', { dims: 3 })).toBe(false);
    expect(await ok('three.mif', { dims: 4, min_volumes: 3 })).toBe(true);
    expect(await ok('three.mif', { dims: 4, min_volumes: 4 })).toBe(false);
  });
});

describe('mif.gradients', () => {
  const scheme = ['0,0,0,0', '1,0,0,1000', '0,0.6,0.8,1000'];

  async function dwi(rows: readonly string[], input: readonly string[] = scheme): Promise<CheckResult> {
    const folder = temporaryFolder();
    const image = (name: string, lines: readonly string[]): string => {
      writeMif(join(folder, name), zeros(72), {
        dim: '4,3,2,3',
        layout: '+0,+1,+2,+3',
        lines: lines.map((row) => `dw_scheme: ${row}`),
      });
      return join(folder, name);
    };
    const about = subject(image('result.mif', rows), { inputs: { dwi: [image('input.mif', input)] } });
    return check(about, 'mif.gradients', { input: 'dwi' });
  }

  it('passes the same gradients, in six digits and with either sign', async () => {
    expect(await dwi(scheme)).toMatchObject({ ok: true, values: { volumes: 3 } });
    expect((await dwi(['0,0,1,0', '-1,0,0,1000', '0.00001,0.60001,0.79999,1001'])).ok).toBe(true);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['lost', [], /no gradients/],
    ['one short', scheme.slice(1), /2 gradients for 3 volumes/],
    ['in another order', [scheme[1] ?? '', scheme[0] ?? '', scheme[2] ?? ''], /volume 0/],
    [
      'with an axis flipped',
      [scheme[0] ?? '', scheme[1] ?? '', '0,0.6,-0.8,1000'],
      /volume 2 .* says b=1000/,
    ],
    ['turned by a degree', [scheme[0] ?? '', '0.99985,0.01745,0,1000', scheme[2] ?? ''], /volume 1/],
    ['of another b-value', [scheme[0] ?? '', '1,0,0,1100', scheme[2] ?? ''], /b=1100/],
    ['not of unit length', [scheme[0] ?? '', '2,0,0,1000', scheme[2] ?? ''], /unit length/],
  ])('rejects gradients that are %s', async (_what, rows, message) => {
    const result = await dwi(rows);
    expect(result.ok).toBe(false);
    expect(result.findings.map((finding) => finding.message).join('; ')).toMatch(message);
  });

  it('is not satisfied by an input without gradients', async () => {
    expect(await dwi(scheme, [])).toMatchObject({ ok: false });
  });

  it('turns the directions of FSL into the world by the image, and finds one that was not', async () => {
    const folder = temporaryFolder();
    const inputs = {
      image: [join(folder, 'input.nii.gz')],
      bval: [join(folder, 'x.bval')],
      bvec: [join(folder, 'x.bvec')],
    };
    await writeImage(join(folder, 'input.nii.gz'), { dims: [8, 7, 6, 3] });
    writeFileSync(join(folder, 'x.bval'), '0 1000 1000\n');
    writeFileSync(join(folder, 'x.bvec'), '0 0.8 0.6\n0 0.6 0\n0 0 0.8\n');
    const result = async (rows: readonly string[]): Promise<CheckResult> => {
      writeMif(join(folder, 'result.mif'), zeros(1008), {
        ...las,
        dim: '8,7,6,3',
        vox: '2,2,3,nan',
        layout: '-0,+1,+2,+3',
        lines: rows.map((row) => `dw_scheme: ${row}`),
      });
      const args = { bval: 'bval', bvec: 'bvec' };
      return check(subject(join(folder, 'result.mif'), { inputs }), 'mif.gradients', args);
    };
    // The image is stored LAS: its x axis runs to the left, and FSL's components along it do, too.
    expect((await result(['0,0,0,0', '-0.8,0.6,0,1000', '-0.6,0,0.8,1000'])).ok).toBe(true);
    expect((await result(['0,0,0,0', '0.8,0.6,0,1000', '0.6,0,0.8,1000'])).ok).toBe(false);
    expect((await result(['0,0,0,0', '-0.8,0.6,0,1000'])).ok).toBe(false);
  });
});
