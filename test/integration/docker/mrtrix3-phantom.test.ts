import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { mifGradients } from '../../../src/imaging/mif-gradients.js';
import { readMifHeader } from '../../../src/imaging/mif-header.js';
import { readMifVoxels } from '../../../src/imaging/mif-voxels.js';
import { hasTestData, testData } from '../../support/data.js';
import { runSkill, succeed, type SkillInputs } from '../../support/run-skill.js';
import { engineForTests, lockForTests, removeFolder, temporaryFolder } from './support.js';

const runtime = hasTestData ? await engineForTests() : undefined;
const phantom = (name: string): string => testData('phantom-tractography', name);

/** Rows of numbers, whatever separates them. */
async function rows(path: string): Promise<number[][]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) =>
      line
        .trim()
        .split(/[\s,]+/)
        .map(Number),
    );
}

const voxels = async (path: string): Promise<Float64Array> => readMifVoxels(await readMifHeader(path));

describe.skipIf(!runtime)(
  'the MRtrix3 skills on a phantom whose connectome is known',
  { timeout: 120_000 },
  () => {
    let folder: string;
    let environment: OpenEnvironment;

    beforeAll(async () => {
      folder = await temporaryFolder();
      const locked = await lockForTests(runtime!, 'mrtrix3', join(folder, 'neuroclaw.lock.json'));
      environment = await runtime!.open({ name: 'mrtrix3', env: {} }, locked);
    }, 300_000);
    afterAll(async () => {
      await runtime?.close();
      await removeFolder(folder);
    });

    const run = (id: string, call: SkillInputs): Promise<(output: string) => string> =>
      succeed(runSkill(environment, folder, id, call));

    it('count 3384 and 1616 streamlines, each assigned as in the reference', async () => {
      const inputs = { tracks: phantom('tracks.tck'), nodes: phantom('parc.mif') };
      const made = await run('mrtrix3/tck2connectome', { inputs });
      const matrix = await rows(made('matrix'));
      expect(matrix).toEqual(await rows(phantom('reference-out.csv')));
      expect(matrix.flat().filter((count) => count > 0)).toEqual([3384, 1616]);
      expect(await rows(made('assignments'))).toEqual(await rows(phantom('reference-assignments.csv')));

      const both = await run('mrtrix3/tck2connectome', { inputs, params: { symmetric: true } });
      const symmetric = await rows(both('matrix'));
      expect(symmetric).toEqual(matrix.map((row, i) => row.map((count, j) => count + (matrix[j]?.[i] ?? 0))));
    });

    it('move the counts to the new numbers when the parcellation is renumbered', async () => {
      const exported = await run('mrtrix3/mrconvert-export', { inputs: { image: phantom('parc.mif') } });
      const lutIn = join(folder, 'lut in.txt');
      const lutOut = join(folder, 'lut out.txt');
      await writeFile(
        lutIn,
        '1 north 10 0 0 255\n2 east 0 20 0 255\n3 south 0 0 30 255\n4 west 40 0 0 255\n',
      );
      await writeFile(
        lutOut,
        '1 west 40 0 0 255\n2 south 0 0 30 255\n3 east 0 20 0 255\n4 north 10 0 0 255\n',
      );
      const renumbered = await run('mrtrix3/labelconvert', {
        inputs: { labels: exported('image_nifti'), lut_in: lutIn, lut_out: lutOut },
      });
      const before = await voxels(phantom('parc.mif'));
      const after = await voxels(renumbered('nodes'));
      expect(new Set(before)).toEqual(new Set([0, 1, 2, 3, 4]));
      expect(after).toEqual(before.map((label) => (label === 0 ? 0 : 5 - label)));

      const made = await run('mrtrix3/tck2connectome', {
        inputs: { tracks: phantom('tracks.tck'), nodes: renumbered('nodes') },
      });
      // 1-2 and 3-4 were joined: now 4-3 and 2-1.
      expect(await rows(made('matrix'))).toEqual([
        [0, 1616, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 3384],
        [0, 0, 0, 0],
      ]);
    });

    it('weight every streamline, and make the sum of weights the edges', async () => {
      const sift = await run('mrtrix3/tcksift2', {
        inputs: { tracks: phantom('tracks.tck'), fod: phantom('fods.mif'), act: phantom('5tt.mif') },
      });
      const weights = (await rows(sift('weights'))).flat();
      expect(weights).toHaveLength(5000);
      expect((await rows(sift('mu'))).flat()[0]).toBeGreaterThan(0);
      const made = await run('mrtrix3/tck2connectome', {
        inputs: { tracks: phantom('tracks.tck'), nodes: phantom('parc.mif'), weights: sift('weights') },
      });
      const assigned = await rows(phantom('reference-assignments.csv'));
      const sum = (a: number, b: number): number =>
        weights.reduce((total, weight, line) => {
          const [from = 0, to = 0] = assigned[line] ?? [];
          return Math.min(from, to) === a && Math.max(from, to) === b ? total + weight : total;
        }, 0);
      const matrix = await rows(made('matrix'));
      expect(matrix[0]?.[1]).toBeCloseTo(sum(1, 2), 1);
      expect(matrix[2]?.[3]).toBeCloseTo(sum(3, 4), 1);
      // The bundles are equal in the phantom, and 3384 to 1616 in streamlines: that is what the weights make good.
      expect(sum(1, 2) / sum(3, 4)).toBeCloseTo(1, 1);
    });

    it('map two ends of each streamline, and measure its length', async () => {
      const inputs = { tracks: phantom('tracks.tck'), template: phantom('parc.mif') };
      const ends = await run('mrtrix3/tckmap', { inputs, params: { ends_only: true } });
      const total = (await voxels(ends('density'))).reduce((sum, count) => sum + count, 0);
      expect(total).toBe(10_000);
      const lengths = await run('mrtrix3/tckstats', { inputs: { tracks: phantom('tracks.tck') } });
      const millimetres = (await rows(lengths('lengths'))).flat();
      expect(millimetres).toHaveLength(5000);
      // The header of the tractogram: min_dist 4, max_dist 200.
      expect(Math.min(...millimetres)).toBeGreaterThanOrEqual(4);
      expect(Math.max(...millimetres)).toBeLessThanOrEqual(200);
    });

    it('keep every gradient over an export and an import', async () => {
      const exported = await run('mrtrix3/mrconvert-export-dwi', { inputs: { dwi: phantom('dwi.mif') } });
      const imported = await run('mrtrix3/mrconvert-import-dwi', {
        inputs: { image: exported('image'), bvec: exported('bvec'), bval: exported('bval') },
      });
      const before = mifGradients(await readMifHeader(phantom('dwi.mif')));
      const after = mifGradients(await readMifHeader(imported('dwi')));
      expect(after?.bvals).toHaveLength(68);
      before?.directions.forEach((direction, volume) => {
        direction.forEach((component, axis) => {
          if ((before.bvals[volume] ?? 0) > 50)
            expect(after?.directions[volume]?.[axis]).toBeCloseTo(component, 3);
        });
      });
    });
  },
);
