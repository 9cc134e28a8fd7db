import { join } from 'node:path';
import { z } from 'zod';
import { diffusionProtocol, fslGradients } from '../../synthetic/dwi.js';
import { centredGrid, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { jsonText, writeMap, writeText } from './write-maps.js';

export const diffusionUnfitGenerator = defineGenerator({
  id: 'diffusion-unfit',
  about: 'a diffusion series that does not allow the fit that is asked for, and what is wrong with it',
  params: z.strictObject({ fault: z.enum(['fewer-directions', 'no-directions']) }),
  async make(folders, seed, { fault }) {
    const random = seededRandom(seed, 'series');
    const directions = 20 + Math.floor(12 * random.uniform());
    const volumes = diffusionProtocol(seededRandom(seed, 'protocol'), [{ b: 1000, directions }]);
    const grid = centredGrid([10, 10, 6], [2.5, 2.5, 2.5], 'LAS', 10);
    const data = new Float32Array(voxelCount(grid) * volumes.length);
    for (let at = 0; at < data.length; at++) {
      const { b } = volumes[Math.floor(at / voxelCount(grid))] ?? { b: 0 };
      data[at] = Math.round(600 * Math.exp(-b * 7e-4) + 20 * random.normal());
    }
    const stem = join(folders.in, 'sub-01', 'dwi', 'sub-01_dwi');
    await writeMap(`${stem}.nii.gz`, grid, data, 'int16', 6);
    const { bval, bvec } = fslGradients(volumes, grid.affine);
    await writeText(`${stem}.bval`, bval);
    await writeText(
      `${stem}.json`,
      jsonText({ Manufacturer: 'NeuroClaw', RepetitionTime: 6, EchoTime: 0.08 }),
    );
    const lost = 1 + Math.floor(3 * random.uniform());
    const kept = volumes.length - lost;
    if (fault === 'fewer-directions') {
      const rows = bvec
        .trim()
        .split('\n')
        .map((row) => row.split(' ').slice(0, kept).join(' '));
      await writeText(`${stem}.bvec`, `${rows.join('\n')}\n`);
    }
    await writeText(
      join(folders.reference, 'expected.json'),
      jsonText(
        fault === 'fewer-directions'
          ? { reason: 'inconsistent-inputs', numbers: [volumes.length, kept], files: ['sub-01_dwi.bvec'] }
          : { reason: 'missing-input', numbers: [], files: ['bvec'] },
      ),
    );
  },
});
