import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Affine } from '../../../src/imaging/affine.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';

const dims = [12, 10, 8] as const;
const affine: Affine = [
  [-2, 0, 0, 80],
  [0, 2, 0, -100],
  [0, 0, 3, -40],
  [0, 0, 0, 1],
];
const size = dims[0] * dims[1] * dims[2];

/** An image beside others, by a function of the voxel. */
async function image(path: string, of: (x: number, y: number, z: number) => number): Promise<string> {
  const data = Array.from({ length: size }, (_, n) =>
    of(n % dims[0], Math.floor(n / dims[0]) % dims[1], Math.floor(n / (dims[0] * dims[1]))),
  );
  await writeNifti(path, { dims: [...dims], affine, datatype: 'float32', data });
  return path;
}
const at = (name: string): string => join(temporaryFolder(), name);

/** A linear transform as ITK writes it in text. */
function transform(matrix: readonly number[]): string {
  const path = at('transform.txt');
  writeFileSync(
    path,
    `#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\nParameters: ${matrix.join(' ')} 4 5 6\nFixedParameters: 0 0 0\n`,
  );
  return path;
}

describe('transform.affine', () => {
  const run = (matrix: readonly number[]): ReturnType<typeof check> =>
    check(subject(transform(matrix)), 'transform.affine');

  it('passes a rotation, and keeps scale and translation', async () => {
    const result = await run([0, -1, 0, 1, 0, 0, 0, 0, 1]);
    expect(result).toMatchObject({ ok: true, values: { determinant: 1, scale: 1 } });
  });

  it.each([
    ['left and right exchanged', [-1, 0, 0, 0, 1, 0, 0, 0, 1], /it mirrors/],
    ['blown up', [3, 0, 0, 0, 3, 0, 0, 0, 3], /scales by 3/],
    ['not finite', [NaN, 0, 0, 0, 1, 0, 0, 0, 1], /not finite/],
  ])('refuses a transform that is %s', async (_, matrix, message) => {
    const result = await run(matrix);
    expect([result.ok, result.findings[0]?.message]).toEqual([false, expect.stringMatching(message)]);
  });

  it('refuses a file that is no transform', async () => {
    const path = at('0GenericAffine.mat');
    writeFileSync(path, 'Killed\n');
    expect((await check(subject(path), 'transform.affine')).ok).toBe(false);
  });
});

describe('warp.invertible', () => {
  /** Displacements along x (LPS mm) by voxel. */
  async function warp(of: (x: number) => number): Promise<string> {
    const path = at('warp.nii.gz');
    const data = Array.from({ length: 3 * size }, (_, n) => (n < size ? of(n % dims[0]) : 0));
    await writeNifti(path, { dims: [...dims, 1, 3], affine, datatype: 'float32', data });
    return path;
  }

  it('finds the stretch of a linear field, in the frame of the image', async () => {
    // x falls by 2 mm RAS a voxel, so LPS grows by 2: half a millimetre a voxel is a quarter more.
    const result = await check(subject(await warp((x) => 0.5 * x)), 'warp.invertible');
    expect(result.ok).toBe(true);
    expect(result.values?.['minimum_determinant']).toBeCloseTo(1.25, 5);
  });

  it('refuses a field that folds at one place', async () => {
    const result = await check(subject(await warp((x) => (x === 6 ? 5 : 0))), 'warp.invertible');
    expect([result.ok, result.findings[0]?.message]).toEqual([
      false,
      expect.stringMatching(/space folds at/),
    ]);
  });

  it('refuses an image that is no field', async () => {
    const path = await image(at('image.nii.gz'), (x) => x);
    expect((await check(subject(path), 'warp.invertible')).ok).toBe(false);
  });
});

describe('registration.similarity', () => {
  const blob = (cx: number) => (x: number, y: number, z: number) =>
    Math.round(100 * Math.exp(-((x - cx) ** 2 + (y - 5) ** 2 + (z - 4) ** 2) / 6));

  it('tells a registration that came closer from one that ran away', async () => {
    const path = await image(at('result.nii.gz'), blob(6));
    const fixed = await image(join(dirname(path), 'fixed.nii.gz'), blob(6));
    const moving = await image(join(dirname(path), 'moving.nii.gz'), blob(8));
    const away = await image(join(dirname(path), 'away.nii.gz'), blob(11));
    const about = (file: string): ReturnType<typeof subject> =>
      subject(file, { inputs: { fixed: [fixed], moving: [moving] } });
    const args = { fixed: 'fixed', moving: 'moving' };
    const good = await check(about(path), 'registration.similarity', args);
    expect(good).toMatchObject({ ok: true, values: { correlation_after: 1 } });
    const bad = await check(about(away), 'registration.similarity', args);
    expect([bad.ok, bad.findings[0]?.message]).toEqual([false, expect.stringMatching(/fell from/)]);
  });
});

describe('checks of labels', () => {
  it('labels.subset refuses labels between two labels, and a loss of many', async () => {
    const path = await image(at('result.nii.gz'), (x) => (x < 6 ? 17 : 18));
    const folder = dirname(path);
    const input = await image(join(folder, 'atlas.nii.gz'), (x) => (x < 5 ? 17 : 18));
    const between = await image(join(folder, 'between.nii.gz'), (x) => (x < 5 ? 17 : x === 5 ? 17.5 : 18));
    const lost = await image(join(folder, 'lost.nii.gz'), () => 17);
    const run = (file: string): ReturnType<typeof check> =>
      check(subject(file, { inputs: { image: [input] } }), 'labels.subset', { input: 'image' });
    expect((await run(path)).ok).toBe(true);
    expect((await run(between)).findings[0]?.message).toMatch(/such as 17.5/);
    expect((await run(lost)).findings[0]?.message).toMatch(/1 of 2 labels of image are gone/);
  });

  it('labels.classes refuses a class that is missing, nearly empty, or one too many', async () => {
    const run = async (of: (x: number, y: number, z: number) => number): Promise<string[]> => {
      const about = subject(await image(at('result.nii.gz'), of), { params: { classes: 3 } });
      const result = await check(about, 'labels.classes', { count: 'classes' });
      return result.findings.map((finding) => finding.message);
    };
    expect(await run((x) => (x % 3) + 1)).toEqual([]);
    expect(await run((x) => (x % 2) + 1)).toEqual([expect.stringMatching(/class 3 has 0.00 %/)]);
    expect(await run((x) => (x % 4) + 1)).toEqual(['it has the label 4']);
    expect(await run((x, y, z) => (x + y + z === 0 ? 3 : (x % 2) + 1))).toHaveLength(1);
  });

  it('labels.cover refuses labels outside of the mask and holes within it', async () => {
    const path = await image(at('result.nii.gz'), (x) => (x < 6 ? 1 : 0));
    const mask = await image(join(dirname(path), 'mask.nii.gz'), (x) => (x < 6 ? 1 : 0));
    const other = await image(join(dirname(path), 'other.nii.gz'), (x) => (x > 2 ? 1 : 0));
    const run = (file: string): ReturnType<typeof check> =>
      check(subject(path, { inputs: { mask: [file] } }), 'labels.cover', { mask: 'mask' });
    expect((await run(mask)).ok).toBe(true);
    expect((await run(other)).values).toEqual({ outside: 3 * 80, holes: 6 * 80 });
  });

  it('bias.explains refuses a field that the image was not divided by', async () => {
    const path = await image(at('field.nii.gz'), (x) => 1 + x / 20);
    const folder = dirname(path);
    const input = await image(join(folder, 'image.nii.gz'), (x, y) => 100 + y);
    const corrected = await image(join(folder, 'corrected.nii.gz'), (x, y) => (100 + y) / (1 + x / 20));
    const inverse = await image(join(folder, 'inverse.nii.gz'), (x, y) => (100 + y) * (1 + x / 20));
    const run = (file: string): ReturnType<typeof check> =>
      check(subject(path, { inputs: { image: [input], corrected: [file] } }), 'bias.explains', {
        image: 'image',
        corrected: 'corrected',
      });
    expect((await run(corrected)).ok).toBe(true);
    expect((await run(inverse)).ok).toBe(false);
  });
});

describe('checks of a table of overlap', () => {
  const header = 'Label,Total/Target,Jaccard,Dice,VolumeSimilarity,FalseNegative,FalsePositive\n';
  it.each([
    ['All,1,0.5,0.6666666666666666,0,0,0\n', true],
    ['All,1,0.6666666666666666,0.5,0,0,0\n', false],
    ['All,1,nan,nan,0,0,0\n', false],
    ['', false],
  ])('overlap.table judges %j', async (rows, ok) => {
    const path = at('overlap.csv');
    writeFileSync(path, header + rows);
    expect((await check(subject(path, { kind: 'csv' }), 'overlap.table')).ok).toBe(ok);
  });

  it('overlap.grids refuses labels at other places', async () => {
    const path = at('overlap.csv');
    const source = await image(join(dirname(path), 'source.nii.gz'), () => 1);
    const target = join(dirname(path), 'target.nii.gz');
    const moved: Affine = [[-2, 0, 0, 82], affine[1], affine[2], affine[3]];
    await writeNifti(target, {
      dims: [...dims],
      affine: moved,
      datatype: 'float32',
      data: new Float32Array(size),
    });
    const run = (file: string): ReturnType<typeof check> =>
      check(subject(path, { inputs: { source: [source], target: [file] } }), 'overlap.grids', {
        source: 'source',
        target: 'target',
      });
    expect((await run(source)).ok).toBe(true);
    expect((await run(target)).findings[0]?.message).toMatch(/2.000 mm away/);
  });
});
