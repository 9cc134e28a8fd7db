import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyAffine,
  determinant,
  gridDistance,
  identityAffine,
  invertAffine,
  multiplyAffines,
  orientationCode,
  toRas,
  voxelSizesOf,
  type Affine,
  type Grid,
} from '../../../src/imaging/affine.js';
import { quaternionAffine, quaternionOf } from '../../../src/imaging/quaternion.js';
import { nibabel } from './nibabel.js';

const coordinate = fc.double({ min: -200, max: 200, noNaN: true });
const size = fc.double({ min: 0.5, max: 4, noNaN: true });
const shape = fc.tuple(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
);

/** Rotations with voxel sizes, right- and left-handed: what scanners write. */
const rigid = fc
  .record({
    quaternion: fc
      .tuple(...[0, 1, 2, 3].map(() => fc.double({ min: -1, max: 1, noNaN: true })))
      .filter((q) => Math.hypot(...q) > 0.1),
    sizes: fc.tuple(size, size, size),
    offset: fc.tuple(coordinate, coordinate, coordinate),
    left: fc.boolean(),
  })
  .map(({ quaternion, sizes, offset, left }) => {
    const length = Math.hypot(...quaternion);
    // a is not stored, and taken for positive.
    const sign = (quaternion[0] ?? 0) < 0 ? -1 : 1;
    const [, b = 0, c = 0, d = 0] = quaternion.map((value) => (value / length) * sign);
    return quaternionAffine([b, c, d], offset, sizes, left ? -1 : 1);
  });

/** The same image stored with other axes: each axis may be flipped, and two exchanged. */
function restore(grid: Grid, flips: readonly boolean[], order: readonly [number, number, number]): Grid {
  const old = grid.shape;
  const column = (voxel: number): number[] =>
    [0, 1, 2].map((row) => (row === order[voxel] ? (flips[voxel] ? -1 : 1) : 0));
  const columns = [0, 1, 2].map(column);
  const offset = [0, 1, 2].map((row) => (flips[order.indexOf(row)] ? (old[row] ?? 1) - 1 : 0));
  const at = (row: number): [number, number, number, number] => [
    columns[0]?.[row] ?? 0,
    columns[1]?.[row] ?? 0,
    columns[2]?.[row] ?? 0,
    offset[row] ?? 0,
  ];
  const change: Affine = [at(0), at(1), at(2), [0, 0, 0, 1]];
  const shape: [number, number, number] = [old[order[0]] ?? 1, old[order[1]] ?? 1, old[order[2]] ?? 1];
  return { shape, affine: multiplyAffines(grid.affine, change) };
}

describe('orientation', () => {
  it('agrees with nibabel on oblique affines: code, RAS grid and RAS affine', () => {
    expect(nibabel.orientations.length).toBe(12);
    for (const { affine, shape, code, ras, rasShape } of nibabel.orientations) {
      const grid: Grid = { shape, affine: [affine[0], affine[1], affine[2], [0, 0, 0, 1]] };
      expect(orientationCode(grid.affine)).toBe(code);
      const turned = toRas(grid);
      expect(turned.shape).toEqual(rasShape);
      turned.affine
        .slice(0, 3)
        .forEach((row, r) => row.forEach((value, c) => expect(value).toBeCloseTo(ras[r]?.[c] ?? NaN, 3)));
    }
  });

  it('names a usual scanner storage LAS and the identity RAS', () => {
    expect(orientationCode(identityAffine)).toBe('RAS');
    expect(
      orientationCode([
        [-3, 0, 0, 108],
        [0, 3, 0, -105],
        [0, 0, 12, 16],
        [0, 0, 0, 1],
      ]),
    ).toBe('LAS');
  });
});

describe('same grid', () => {
  it('takes one image for the same however its axes are stored', () => {
    fc.assert(
      fc.property(
        rigid,
        shape,
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        fc.constantFrom<[number, number, number]>([0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]),
        (affine, size, flips, order) => {
          // Turned by exactly 45 degrees, an axis is as near to one world axis as to another: either is right.
          const sizes = voxelSizesOf(affine);
          const cosines = affine
            .slice(0, 3)
            .flatMap((row) => sizes.map((one, axis) => Math.abs((row[axis] ?? 0) / one)));
          const sorted = cosines.filter((cosine) => cosine > 1e-9).sort((a, b) => a - b);
          fc.pre(
            sorted.every(
              (cosine, at) => at === 0 || cosine - (sorted[at - 1] ?? 0) > 1e-9 || cosine > 1 - 1e-9,
            ),
          );
          const grid: Grid = { shape: size, affine };
          expect(gridDistance(grid, restore(grid, flips, order)) ?? Infinity).toBeLessThan(1e-9);
        },
      ),
    );
  });

  it('sees a shift, and how far it is', () => {
    fc.assert(
      fc.property(rigid, shape, fc.double({ min: 0.01, max: 50, noNaN: true }), (affine, size, shift) => {
        const moved: Affine = [
          [affine[0][0], affine[0][1], affine[0][2], affine[0][3] + shift],
          affine[1],
          affine[2],
          affine[3],
        ];
        expect(gridDistance({ shape: size, affine }, { shape: size, affine: moved })).toBeCloseTo(shift, 6);
      }),
    );
  });

  it('sees an affine that was flipped while its voxels were not', () => {
    const affine: Affine = [
      [-2, 0, 0, 90],
      [0, 2, 0, -126],
      [0, 0, 2, -72],
      [0, 0, 0, 1],
    ];
    const flipped: Affine = [[2, 0, 0, -90], affine[1], affine[2], affine[3]];
    expect(gridDistance({ shape: [91, 109, 91], affine }, { shape: [91, 109, 91], affine: flipped })).toBe(0);
    // Not centred at 0, as no scan is: the flip moves the image.
    const off: Affine = [[-2, 0, 0, 80], affine[1], affine[2], affine[3]];
    const wrong: Affine = [[2, 0, 0, 80], affine[1], affine[2], affine[3]];
    expect(gridDistance({ shape: [91, 109, 91], affine: off }, { shape: [91, 109, 91], affine: wrong })).toBe(
      180,
    );
  });

  it('compares no grids of different shapes, and is infinitely far from an affine of NaN', () => {
    const grid: Grid = { shape: [4, 5, 6], affine: identityAffine };
    expect(gridDistance(grid, { shape: [5, 4, 6], affine: identityAffine })).toBeUndefined();
    const nan: Affine = [[NaN, 0, 0, 0], identityAffine[1], identityAffine[2], identityAffine[3]];
    expect(gridDistance(grid, { shape: [4, 5, 6], affine: nan })).toBe(Infinity);
  });
});

describe('affines', () => {
  it('are undone by their inverse', () => {
    fc.assert(
      fc.property(rigid, fc.tuple(coordinate, coordinate, coordinate), (affine, point) => {
        const back = applyAffine(invertAffine(affine), applyAffine(affine, point));
        back.forEach((value, axis) => expect(value).toBeCloseTo(point[axis as 0 | 1 | 2], 6));
      }),
    );
  });

  it('have the volume of their voxels as determinant', () => {
    fc.assert(
      fc.property(rigid, (affine) => {
        const [x, y, z] = voxelSizesOf(affine);
        expect(Math.abs(determinant(affine))).toBeCloseTo(x * y * z, 6);
      }),
    );
  });

  it('refuse to be inverted when singular', () => {
    const flat: Affine = [identityAffine[0], identityAffine[0], identityAffine[2], identityAffine[3]];
    expect(() => invertAffine(flat)).toThrow(RangeError);
  });

  it('survive the way through a quaternion, half turns and mirror images included', () => {
    fc.assert(
      fc.property(rigid, (affine) => {
        const quaternion = quaternionOf(affine);
        expect(quaternion).toBeDefined();
        const offset = [affine[0][3], affine[1][3], affine[2][3]] as const;
        const back = quaternionAffine(
          quaternion?.bcd ?? [0, 0, 0],
          offset,
          voxelSizesOf(affine),
          quaternion?.qfac ?? 1,
        );
        back.flat().forEach((value, index) => expect(value).toBeCloseTo(affine.flat()[index] ?? NaN, 5));
      }),
    );
    for (const half of [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ] as const) {
      const affine = quaternionAffine(half, [0, 0, 0], [1, 2, 3], 1);
      expect(quaternionOf(affine)?.bcd.map(Math.abs)).toEqual(half);
    }
  });

  it('with shear have no quaternion', () => {
    expect(
      quaternionOf([[1, 0.1, 0, 0], identityAffine[1], identityAffine[2], identityAffine[3]]),
    ).toBeUndefined();
  });
});
