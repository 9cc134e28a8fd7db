import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Affine } from '../../../src/imaging/affine.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';

const dims = [16, 24, 20] as const;
const count = dims[0] * dims[1] * dims[2];
type Axes = 'RAS' | 'PIL';

/** Places of a voxel along right, front and up, from 0 to 1, of an image that is stored in other orders of axes. */
function place(voxel: number, axes: Axes): [number, number, number] {
  if (axes === 'RAS') {
    const [x, y, z] = [voxel % 16, Math.floor(voxel / 16) % 24, Math.floor(voxel / (16 * 24))];
    return [x / 15, y / 23, z / 19];
  }
  // Back, down, left: 24 x 20 x 16.
  const [p, i, l] = [voxel % 24, Math.floor(voxel / 24) % 20, Math.floor(voxel / (24 * 20))];
  return [1 - l / 15, 1 - p / 23, 1 - i / 19];
}
const affines: Record<Axes, Affine> = {
  RAS: [
    [6, 0, 0, -45],
    [0, 6, 0, -69],
    [0, 0, 6, -57],
    [0, 0, 0, 1],
  ],
  PIL: [
    [0, 0, -6, 45],
    [-6, 0, 0, 69],
    [0, -6, 0, 57],
    [0, 0, 0, 1],
  ],
};
const sizes: Record<Axes, readonly number[]> = { RAS: dims, PIL: [24, 20, 16] };

const isBrain = ([r, a, s]: readonly number[]): boolean =>
  Math.hypot(((r ?? 0) - 0.5) / 0.35, ((a ?? 0) - 0.45) / 0.4, ((s ?? 0) - 0.65) / 0.3) < 1;
/** Head: the brain with its skull, and a face that reaches down in front. */
const isHead = ([r = 0, a = 0, s = 0]: readonly number[]): boolean =>
  Math.abs(r - 0.5) < 0.45 && (s > 0.3 ? a < 0.95 : a > 0.5 && s > 0.02);
const isFace = (at: readonly number[]): boolean => (at[2] ?? 0) < 0.55 && (at[1] ?? 0) > 0.6 && !isBrain(at);

async function judge(axes: Axes, defaced: (at: readonly number[], signal: number) => number) {
  const root = temporaryFolder();
  const write = async (name: string, value: (at: readonly number[], voxel: number) => number) => {
    const path = join(root, `${axes}-${name}.nii.gz`);
    const data = Float64Array.from({ length: count }, (_, voxel) => value(place(voxel, axes), voxel));
    await writeNifti(path, { dims: sizes[axes], affine: affines[axes], datatype: 'int16', data });
    return path;
  };
  const signal = (at: readonly number[], voxel: number): number =>
    isBrain(at) ? 500 + (voxel % 90) : isHead(at) ? 300 : voxel % 7;
  const image = await write('image', signal);
  const brain = await write('brain', (at) => (isBrain(at) ? 1 : 0));
  const after = await write('after', (at, voxel) => defaced(at, signal(at, voxel)));
  return check(subject(after, { inputs: { image: [image], brain: [brain] } }), 'deface.brain-and-face', {
    image: 'image',
    brain: 'brain',
    max_face_left: 0.25,
  });
}

describe('deface.brain-and-face', () => {
  it.each<Axes>(['RAS', 'PIL'])(
    'passes a face that is gone and a brain that is as it was, stored as %s',
    async (axes) => {
      const result = await judge(axes, (at, signal) => (isFace(at) ? 0 : signal));
      expect(result.findings).toEqual([]);
      expect(result.values).toMatchObject({ brain_voxels_changed: 0, face_left: 0 });
      expect(Number(result.values?.['face_voxels'])).toBeGreaterThan(100);
    },
  );

  it.each<Axes>(['RAS', 'PIL'])('sees that nothing was done, stored as %s', async (axes) => {
    const result = await judge(axes, (_at, signal) => signal);
    expect(result.findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^100 % of the head in front of and below the brain is still there/),
    ]);
  });

  it('sees that the back of the head was taken in place of the face', async () => {
    const result = await judge('RAS', (at, signal) =>
      isFace([at[0] ?? 0, 1 - (at[1] ?? 0), at[2] ?? 0]) && !isBrain(at) ? 0 : signal,
    );
    expect(result.ok).toBe(false);
  });

  it('sees a plane that cut into the brain, and a brain that was smoothed', async () => {
    const cut = await judge('RAS', (at, signal) => ((at[2] ?? 0) < 0.45 ? 0 : signal));
    expect(cut.findings[0]?.message).toMatch(/voxels of the brain changed/);
    const scaled = await judge('RAS', (at, signal) => (isFace(at) ? 0 : signal - (signal % 2)));
    expect(scaled.findings[0]?.message).toMatch(/voxels of the brain changed/);
  });
});
