import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { makeHead } from '../../../src/synthetic/head-phantom.js';
import { seededRandom } from '../../../src/synthetic/random.js';
import { simulateT1w } from '../../../src/synthetic/t1w.js';
import { label } from '../../../src/synthetic/tissues.js';
import { temporaryFolder } from '../../support/temporary.js';
import { mean } from './fits.js';

const head = makeHead(1, 'sub-01');

describe('the T1w image', () => {
  it('read back from its file has the contrast, noise and voxel size it was made with', async () => {
    const { image, truth } = simulateT1w(head, seededRandom(1, 't1w'));
    const path = join(temporaryFolder(), 'T1w.nii.gz');
    await writeNifti(path, image);
    const header = await readNiftiHeader(path);
    expect(header.dims).toEqual([64, 64, 48]);
    expect(header.voxelSizes).toEqual([3, 3, 3]);
    expect(header.affine).toEqual(truth.grid.affine);
    const voxels = await readVoxels(header);
    const inside = (wanted: number): number[] =>
      [...voxels.keys()].filter((i) => deep(truth.labels, i, wanted));
    const of = (wanted: number): number[] => inside(wanted).map((i) => voxels[i]!);
    const [white, grey, air] = [of(label.white), of(label.grey), of(label.air)];
    expect(mean(white) / mean(grey)).toBeGreaterThan(1.3);
    expect(mean(white) / truth.signals['white']!).toBeCloseTo(1, 2);
    expect(mean(grey) / truth.signals['grey']!).toBeCloseTo(1, 2);
    const level = mean(white);
    const deviation = Math.sqrt(mean(white.map((value) => (value - level) ** 2)));
    expect(deviation / truth.noise).toBeCloseTo(1, 1.3);
    // Rayleigh: the mean of the air is sigma sqrt(pi / 2).
    expect(mean(air) / (truth.noise * Math.sqrt(Math.PI / 2))).toBeCloseTo(1, 1.5);
  });

  it('mixes the signals of tissues that share a voxel', () => {
    const { image, truth } = simulateT1w(head, seededRandom(1, 't1w'), { snr: 1e6 });
    const pure = new Set(Object.values(truth.signals).map(Math.round));
    const mixed = Array.from(image.data).filter((value) => !pure.has(value));
    expect(mixed.length / image.data.length).toBeGreaterThan(0.03);
    expect(mixed.length / image.data.length).toBeLessThan(0.5);
  });
});

/** All neighbours have the label too: no partial volume. */
function deep(labels: Uint8Array, index: number, wanted: number): boolean {
  if (labels[index] !== wanted) return false;
  for (const dk of [-1, 0, 1])
    for (const dj of [-1, 0, 1])
      for (const di of [-1, 0, 1]) if (labels[index + di + 64 * (dj + 64 * dk)] !== wanted) return false;
  return true;
}
