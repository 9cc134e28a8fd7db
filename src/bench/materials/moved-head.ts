import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Affine } from '../../imaging/affine.js';
import { writeNifti } from '../../imaging/nifti-write.js';
import { centredGrid } from '../../synthetic/grids.js';
import { fromStandardHead, makeHead } from '../../synthetic/head-phantom.js';
import { seededRandom } from '../../synthetic/random.js';
import { simulateT1w } from '../../synthetic/t1w.js';
import { defineGenerator } from './generator.js';
import { tsv } from './series.js';

type Point = readonly [number, number, number];
type Matrix = readonly [Point, Point, Point];

const SHAPE = [54, 58, 46] as const;
const VOXEL = [4, 4, 4] as const;
/** Places in the standard head, mm RAS. */
const landmarks: Readonly<Record<string, Point>> = {
  'eye-left': [-28, 70, -22],
  'eye-right': [28, 70, -22],
  'ventricle-left': [-12, 18, 8],
  'ventricle-right': [12, -26, 8],
  vertex: [0, -6, 54],
  'occipital-pole': [4, -76, 0],
  'hand-knob-left': [-37, -19, 37],
  'temporal-right': [58, -10, -12],
};

/**
 * Two scans of one head, before and after it moved by a known rotation and translation: the second is measured on a
 * grid that moved the other way and written with the affine of the first.
 */
export const movedHeadGenerator = defineGenerator({
  id: 'moved-head',
  about: 'two T1w scans of a head that moved in between by a known rigid motion, and where landmarks went',
  params: z.strictObject({}),
  async make(folders, seed) {
    const head = makeHead(seed, 'sub-01');
    const random = seededRandom(seed, 'moved-head');
    // At least half of the largest motion along and about every axis: no part of it is too small to be seen.
    const drawn = (most: number): number =>
      (random.uniform() < 0.5 ? -1 : 1) * most * (0.5 + random.uniform() / 2);
    const rotation = rotationOf([drawn(10), drawn(8), drawn(12)]);
    const shift: Point = [drawn(8), drawn(9), drawn(7)];
    const grid = centredGrid(SHAPE, VOXEL, 'RAS');
    // A head that went from x to Rx + s looks as the still one does from R'(x - s).
    const back = transposed(rotation);
    const seen = multiplied(back, grid.affine, shift);
    for (const [session, affine] of [
      ['ses-1', grid.affine],
      ['ses-2', seen],
    ] as const) {
      const scan = simulateT1w(head, seededRandom(seed, 'moved-head', session), {
        grid: { shape: SHAPE, affine },
      });
      const folder = join(folders.in, 'sub-01', session, 'anat');
      await mkdir(folder, { recursive: true });
      await writeNifti(join(folder, `sub-01_${session}_T1w.nii.gz`), { ...scan.image, affine: grid.affine });
    }
    const columns = ['name', 'x', 'y', 'z'];
    const places = Object.entries(landmarks).map(
      ([name, place]) => [name, fromStandardHead(head, place)] as const,
    );
    await mkdir(folders.reference, { recursive: true });
    await writeFile(
      join(folders.in, 'landmarks.tsv'),
      tsv(
        columns,
        places.map(([name, place]) => [name, ...place]),
      ),
    );
    await writeFile(
      join(folders.reference, 'landmarks.tsv'),
      tsv(
        columns,
        places.map(([name, place]) => [
          name,
          ...rotation.map((row, axis) =>
            row.reduce((sum, value, k) => sum + value * at3(place, k), at3(shift, axis)),
          ),
        ]),
      ),
    );
  },
});

/** The affine of a grid whose places p become R(p - s). */
function multiplied(matrix: Matrix, [x, y, z, last]: Affine, shift: Point): Affine {
  const column = (at: 0 | 1 | 2 | 3): Point =>
    [x, y, z].map((row, axis) => row[at] - (at === 3 ? at3(shift, axis) : 0)) as unknown as Point;
  const columns = [column(0), column(1), column(2), column(3)] as const;
  const row = (weights: Point): Affine[0] =>
    columns.map((place) =>
      weights.reduce((sum, weight, k) => sum + weight * at3(place, k), 0),
    ) as unknown as Affine[0];
  return [row(matrix[0]), row(matrix[1]), row(matrix[2]), last];
}

/** About x, then y, then z, degrees. */
function rotationOf(degrees: Point): Matrix {
  const [a, b, c] = degrees.map((angle) => (angle * Math.PI) / 180) as [number, number, number];
  const [ca, sa, cb, sb, cc, sc] = [
    Math.cos(a),
    Math.sin(a),
    Math.cos(b),
    Math.sin(b),
    Math.cos(c),
    Math.sin(c),
  ];
  return [
    [cc * cb, cc * sb * sa - sc * ca, cc * sb * ca + sc * sa],
    [sc * cb, sc * sb * sa + cc * ca, sc * sb * ca - cc * sa],
    [-sb, cb * sa, cb * ca],
  ];
}

function transposed([a, b, c]: Matrix): Matrix {
  return [
    [a[0], b[0], c[0]],
    [a[1], b[1], c[1]],
    [a[2], b[2], c[2]],
  ];
}

function at3<T>(values: readonly [T, T, T], index: number): T {
  return values[index as 0 | 1 | 2];
}
