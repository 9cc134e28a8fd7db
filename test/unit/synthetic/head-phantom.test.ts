import { describe, expect, it } from 'vitest';
import type { Grid } from '../../../src/imaging/affine.js';
import { centredGrid, forEachVoxel } from '../../../src/synthetic/grids.js';
import { labeller, labelsOn, makeHead } from '../../../src/synthetic/head-phantom.js';
import { label } from '../../../src/synthetic/tissues.js';

const head = makeHead(1, 'sub-01');

/** Mean world position of a label, computed from the affine and the indices alone. */
function centreOf(grid: Grid, labels: Uint8Array, wanted: number): number[] {
  const [nx, ny] = grid.shape;
  const found = [...labels.keys()].filter((index) => labels[index] === wanted);
  expect(found.length).toBeGreaterThan(0);
  return [0, 1, 2].map((row) => {
    const r = grid.affine[row as 0 | 1 | 2];
    const positions = found.map((index) => {
      const [i, j, k] = [index % nx, Math.floor(index / nx) % ny, Math.floor(index / (nx * ny))];
      return r[0] * i + r[1] * j + r[2] * k + r[3];
    });
    return positions.reduce((sum, value) => sum + value, 0) / positions.length;
  });
}

describe('the head', () => {
  it.each(['RAS', 'LAS', 'LPS', 'PSR', 'SAL'])(
    'stored as %s has its capsule on the left and its eyes in front and below, in world coordinates',
    (orientation) => {
      const shape = [...orientation].map((letter) => ('SI'.includes(letter) ? 48 : 64)) as [
        number,
        number,
        number,
      ];
      const grid = centredGrid(shape, [3, 3, 3], orientation);
      const labels = labelsOn(grid, head);
      const [markerX, markerY] = centreOf(grid, labels, label.marker);
      expect(markerX).toBeLessThan(-75);
      expect(Math.abs(markerY!)).toBeLessThan(5);
      const [eyesX, eyesY, eyesZ] = centreOf(grid, labels, label.vitreous);
      expect(Math.abs(eyesX!)).toBeLessThan(5);
      expect(eyesY).toBeGreaterThan(60);
      expect(eyesZ).toBeLessThan(-15);
    },
  );

  it('reads mirrored when the first axis of the affine is wrong: the capsule proves the mistake', () => {
    const grid = centredGrid([64, 64, 48], [3, 3, 3], 'LAS');
    const labels = labelsOn(grid, head);
    const mirrored = centredGrid([64, 64, 48], [3, 3, 3], 'RAS');
    expect(centreOf(mirrored, labels, label.marker)[0]).toBeGreaterThan(75);
  });

  it('has the volumes of its ellipsoids', () => {
    const grid = centredGrid([96, 96, 72], [2, 2, 2], 'RAS');
    const labels = labelsOn(grid, head);
    const stretch = head.scale[0] * head.scale[1] * head.scale[2];
    const volume = (...wanted: number[]): number =>
      labels.filter((value) => wanted.includes(value)).length * 8;
    const ball = (4 / 3) * Math.PI * stretch;
    expect(volume(label.white, label.ventricle) / (ball * 54 * 67 * 45)).toBeCloseTo(1, 1.7);
    expect(volume(label.ventricle) / (2 * ball * 6 * 24 * 8)).toBeCloseTo(1, 1.3);
    expect(volume(label.marker) / (ball * 6 ** 3)).toBeCloseTo(1, 0.7);
  });

  it('is the same head in world coordinates on every grid', () => {
    const labelAt = labeller(head);
    const grid = centredGrid([40, 40, 20], [5, 5, 6], 'LAS', 17);
    const labels = labelsOn(grid, head);
    let different = 0;
    forEachVoxel(grid, (index, x, y, z) => (different += labelAt(x, y, z) === labels[index] ? 0 : 1));
    expect(different).toBe(0);
  });

  it('differs a little between people and between seeds, and fits the field of view', () => {
    expect(makeHead(1, 'sub-02')).not.toEqual(head);
    expect(makeHead(2, 'sub-01')).not.toEqual(head);
    for (let seed = 0; seed < 50; seed++) {
      const { scale, centreMm } = makeHead(seed, 'sub-01');
      expect(88 * scale[0] + Math.abs(centreMm[0])).toBeLessThan(96);
      expect(90 * scale[1] + Math.abs(centreMm[1])).toBeLessThan(96);
      expect(66 * scale[2] + Math.abs(centreMm[2])).toBeLessThan(72);
    }
  });

  it('a grid in an orientation that does not exist is refused', () => {
    expect(() => centredGrid([2, 2, 2], [1, 1, 1], 'RAX')).toThrow('RAX');
  });
});
