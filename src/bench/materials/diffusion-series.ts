import { join } from 'node:path';
import { z } from 'zod';
import { centredGrid } from '../../synthetic/grids.js';
import { diffusionProtocol, simulateDwi } from '../../synthetic/dwi.js';
import { makeHead } from '../../synthetic/head-phantom.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { jsonText, writeMap, writeText } from './write-maps.js';

export const diffusionSeriesGenerator = defineGenerator({
  id: 'diffusion-series',
  about:
    'a diffusion series of one simulated head with its signal before the noise, its tissues and its tensors',
  params: z.strictObject({
    /** White matter without weighting over the noise of one channel. */
    snr: z.number().positive().default(30),
    b: z.number().positive().default(1000),
    directions: z.int().min(6).default(30),
    shape: z.tuple([z.int(), z.int(), z.int()]).default([32, 32, 12]),
    voxel_mm: z.number().positive().default(6),
  }),
  async make(folders, seed, { snr, b, directions, shape, voxel_mm: mm }) {
    const head = makeHead(seed, 'sub-01');
    const volumes = diffusionProtocol(seededRandom(seed, 'protocol'), [{ b, directions }]);
    const grid = centredGrid(shape, [mm, mm, mm], 'LAS', 10);
    const scan = simulateDwi(head, volumes, seededRandom(seed, 'sub-01', 'dwi'), { grid, snr });
    const clean = simulateDwi(head, volumes, seededRandom(seed, 'clean'), { grid, snr: 1e9 });
    const stem = join(folders.in, 'sub-01', 'dwi', 'sub-01_dwi');
    await writeMap(`${stem}.nii.gz`, grid, scan.image.data, 'int16', scan.image.repetitionTimeS);
    await writeText(`${stem}.bval`, scan.bval);
    await writeText(`${stem}.bvec`, scan.bvec);
    await writeText(`${stem}.json`, jsonText(scan.sidecar));
    const { truth } = scan;
    await writeMap(join(folders.reference, 'signal.nii.gz'), grid, clean.image.data);
    await writeMap(join(folders.reference, 'labels.nii.gz'), grid, truth.labels, 'uint8');
    const brain = truth.labels.map((label) => (label >= 3 && label <= 6 ? 1 : 0));
    await writeMap(join(folders.reference, 'brain.nii.gz'), grid, brain, 'uint8');
    await writeMap(join(folders.reference, 'FA.nii.gz'), grid, truth.fa);
    await writeMap(join(folders.reference, 'V1.nii.gz'), grid, truth.v1);
    const sigma = new Float32Array(truth.labels.length).fill(truth.noise);
    await writeMap(join(folders.reference, 'sigma.nii.gz'), grid, sigma);
    // White matter, for seeds: what a segmentation would give.
    const white = truth.labels.map((label) => (label === 5 ? 1 : 0));
    await writeMap(join(folders.in, 'sub-01', 'dwi', 'sub-01_label-WM_mask.nii.gz'), grid, white, 'uint8');
  },
});
