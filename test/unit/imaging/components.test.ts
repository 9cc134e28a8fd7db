import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Affine } from '../../../src/imaging/affine.js';
import { componentsOf } from '../../../src/imaging/components.js';
import { lesionOverlap, overlapOf } from '../../../src/imaging/lesion-overlap.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { readMask } from '../../../src/imaging/read-mask.js';
import { hasTestData, testData } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';

type Spot = readonly [number, number, number];
const SHAPE = [6, 5, 4] as const;
const at = ([x, y, z]: Spot): number => x + 6 * (y + 5 * z);
const maskOf = (...spots: Spot[]): Uint8Array => {
  const mask = new Uint8Array(6 * 5 * 4);
  for (const spot of spots) mask[at(spot)] = 1;
  return mask;
};

describe('connected components', () => {
  // A step over a face, over an edge, over a corner.
  const diagonal = maskOf([0, 0, 0], [1, 0, 0], [2, 1, 0], [3, 2, 1]);

  it.each([
    [6, [2, 1, 1]],
    [18, [3, 1]],
    [26, [4]],
  ] as const)('of a diagonal, %d neighbours', (connectivity, sizes) => {
    expect(componentsOf(diagonal, SHAPE, connectivity).map(({ length }) => length)).toEqual(sizes);
  });

  it('do not join over the border of the grid', () => {
    // Neighbours in memory: the end of a row and the start of the next, of a slice and the next.
    const border = maskOf([5, 1, 1], [0, 2, 1], [5, 4, 1], [0, 0, 2]);
    expect(componentsOf(border, SHAPE, 26)).toHaveLength(4);
  });

  it('hold every voxel once, in the order of their first, and leave the mask as it is', () => {
    const mask = maskOf([4, 4, 3], [0, 0, 0], [0, 1, 0], [4, 3, 3]);
    const components = componentsOf(mask, SHAPE, 6).map((each) => [...each].sort((a, b) => a - b));
    expect(components).toEqual([
      [at([0, 0, 0]), at([0, 1, 0])],
      [at([4, 3, 3]), at([4, 4, 3])],
    ]);
    expect(mask.reduce((sum, value) => sum + value, 0)).toBe(4);
    expect(componentsOf(new Uint8Array(120), SHAPE, 18)).toEqual([]);
  });
});

describe('overlap of lesions', () => {
  it('tells 6, 18 and 26 neighbours apart: what touches by an edge is found, by a corner is not', () => {
    // Lesions: one of two voxels joined by an edge, one apart. The prediction hits one voxel of the first.
    const reference = maskOf([1, 1, 1], [2, 2, 1], [3, 3, 2]);
    const prediction = maskOf([1, 1, 1]);
    const missed = ([6, 18, 26] as const).map(
      (connectivity) => overlapOf(reference, prediction, SHAPE, 1, connectivity).falseNegativeMl,
    );
    expect(missed).toEqual([2, 1, 0]);
    // The challenge uses 18, and so does who says nothing.
    expect(overlapOf(reference, prediction, SHAPE, 1)).toEqual({
      dsc: 2 / 4,
      falsePositiveMl: 0,
      falseNegativeMl: 1,
      referenceLesions: 2,
      predictedLesions: 1,
      detectedLesions: 1,
    });
  });

  it('has only a false-positive volume where the reference has no lesion', () => {
    expect(overlapOf(maskOf(), maskOf([1, 1, 1]), SHAPE, 0.5)).toMatchObject({
      dsc: undefined,
      falsePositiveMl: 0.5,
      falseNegativeMl: undefined,
    });
    expect(overlapOf(maskOf([1, 1, 1]), maskOf(), SHAPE, 0.5)).toMatchObject({
      dsc: 0,
      falsePositiveMl: 0,
      falseNegativeMl: 0.5,
    });
  });

  it.skipIf(!hasTestData).each([
    ['a', 0.66042525136, 4.976383781, 18.711203018],
    ['b', 0.696734059098, 2.753599026, 25.014622475],
  ])('of a real case, prediction %s, is that of the challenge to 1e-9', async (name, dsc, fpv, fnv) => {
    const found = await lesionOverlap(
      testData('pet-lesion', 'reference.nii.gz'),
      testData('pet-lesion', `prediction-${name}.nii.gz`),
    );
    expect(Math.abs((found.dsc ?? 0) - dsc)).toBeLessThan(1e-9);
    expect(Math.abs(found.falsePositiveMl - fpv)).toBeLessThan(1e-9);
    expect(Math.abs((found.falseNegativeMl ?? 0) - fnv)).toBeLessThan(1e-9);
  });

  it.skipIf(!hasTestData)('with 6 neighbours would be another on that case', async () => {
    const found = await lesionOverlap(
      testData('pet-lesion', 'reference.nii.gz'),
      testData('pet-lesion', 'prediction-b.nii.gz'),
      6,
    );
    expect(found.falseNegativeMl).toBeCloseTo(25.91, 2);
  });
});

describe('masks in files', () => {
  let folder = '';
  beforeEach(() => {
    folder = temporaryFolder();
  });
  const write = async (
    name: string,
    affine: Affine,
    data: ArrayLike<number>,
    dims = [6, 5, 4],
  ): Promise<string> => {
    const path = join(folder, name);
    await writeNifti(path, { dims, affine, datatype: 'float32', data });
    return path;
  };
  const affine: Affine = [
    [2, 0, 0, -5],
    [0, 2, 0, -4],
    [0, 0, 3, -3],
    [0, 0, 0, 1],
  ];
  const spots: Spot[] = [
    [1, 2, 3],
    [4, 0, 1],
  ];

  it('are compared where they lie, not as they are stored', async () => {
    const plain = await write('plain.nii.gz', affine, maskOf(...spots));
    // The same image with x from right to left, stored y fastest.
    const other = new Float32Array(120);
    for (const [x, y, z] of spots) other[y + 5 * (5 - x + 6 * z)] = 2;
    const turned: Affine = [
      [0, -2, 0, -5 + 2 * 5],
      [2, 0, 0, -4],
      [0, 0, 3, -3],
      [0, 0, 0, 1],
    ];
    const stored = await write('turned.nii.gz', turned, other, [5, 6, 4]);
    expect((await readMask(stored)).voxels).toEqual((await readMask(plain)).voxels);
    expect(await lesionOverlap(plain, stored)).toMatchObject({
      dsc: 1,
      falsePositiveMl: 0,
      falseNegativeMl: 0,
    });
  });

  it('are refused on another grid, with several volumes, with values below 0', async () => {
    const plain = await write('plain.nii.gz', affine, maskOf(...spots));
    const moved: Affine = [[2, 0, 0, -4.9], affine[1], affine[2], affine[3]];
    await expect(
      lesionOverlap(plain, await write('moved.nii', moved, maskOf(...spots))),
    ).rejects.toMatchObject({
      code: 'input.invalid',
      expected: 'one place, not 0.100 mm away',
    });
    const small = await write('small.nii', affine, new Uint8Array(60), [6, 5, 2]);
    await expect(lesionOverlap(plain, small)).rejects.toThrow('lies on another grid');
    const series = await write('series.nii', affine, new Uint8Array(240), [6, 5, 4, 2]);
    await expect(readMask(series)).rejects.toThrow('it has 2 volumes');
    const signed = await write('signed.nii', affine, new Float32Array(120).fill(-1));
    await expect(readMask(signed)).rejects.toThrow('120 values are below 0');
  });
});
