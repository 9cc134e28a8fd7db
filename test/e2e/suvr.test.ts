import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTsv } from '../../src/bids/tsv.js';
import type { Affine } from '../../src/imaging/affine.js';
import { readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { openPythonNeuro } from '../support/python-environment.js';
import { runWish } from '../support/run-wish.js';

const environment = await openPythonNeuro();

const dims = [20, 24, 12] as const;
const voxels = 20 * 24 * 12;
const affine: Affine = [
  [-4, 0, 0, 38],
  [0, 4, 0, -46],
  [0, 0, 6, -33],
  [0, 0, 0, 1],
];
/** Reference 8 below, 2 (right) and 41 (left) above, 0 around. */
function label(voxel: number): number {
  const [x, y, z] = [voxel % 20, Math.floor(voxel / 20) % 24, Math.floor(voxel / 480)];
  if (Math.hypot((x - 9.5) / 8, (y - 11.5) / 10, (z - 5.5) / 7) > 1) return 0;
  if (z < 4) return 8;
  return x < 10 ? 2 : 41;
}
const uptake = new Map([
  [0, 20],
  [8, 1000],
  [2, 1300],
  [41, 2200],
]);

let folder: string;
let out: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-suvr-'));
  const put = (path: string, content: string | object): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  put('data/dataset_description.json', { Name: 'PET', BIDSVersion: '1.10.0', DatasetType: 'raw' });
  put('data/README', 'Synthetic PET with known ratios, made by a test.\n');
  // Frames of the protocol at the root; this scan was injected 100 s after time zero.
  const scan = { Units: 'Bq/mL', ImageDecayCorrected: true, TracerRadionuclide: 'F18', InjectionStart: 0 };
  put('data/pet.json', {
    ...scan,
    FrameTimesStart: [100, 1900, 3100, 3400],
    FrameDuration: [1800, 1200, 300, 900],
  });
  put('data/sub-01/pet/sub-01_pet.json', { InjectionStart: 100 });
  put('regions/dataset_description.json', {
    Name: 'Regions',
    BIDSVersion: '1.10.0',
    DatasetType: 'derivative',
  });
  put('names.tsv', 'index\tname\n2\tright\n8\treference\n41\tleft\n');
  mkdirSync(join(folder, 'regions', 'sub-01', 'pet'), { recursive: true });
  // In the last two frames the ratios are those above. Wrong weights show: noise of opposite sign cancels only with 300 to 900 s.
  const noise = (voxel: number): number => 60 * (((voxel * 7) % 11) - 5);
  await writeNifti(join(folder, 'data', 'sub-01', 'pet', 'sub-01_pet.nii.gz'), {
    dims: [...dims, 4],
    affine,
    datatype: 'float32',
    data: Float64Array.from({ length: voxels * 4 }, (_, index) => {
      const [frame, voxel] = [Math.floor(index / voxels), index % voxels];
      const truth = uptake.get(label(voxel)) ?? 0;
      return frame < 2 ? 3000 - truth : truth + (frame === 2 ? 3 * noise(voxel) : -noise(voxel));
    }),
  });
  await writeNifti(join(folder, 'regions', 'sub-01', 'pet', 'sub-01_dseg.nii.gz'), {
    dims,
    affine,
    datatype: 'uint8',
    data: Uint8Array.from({ length: voxels }, (_, voxel) => label(voxel)),
  });
  if (environment === undefined) return;
  out = await runWish('SUVR', join(folder, 'data'), folder, 'out', [
    ...['--input', `labels=${join(folder, 'regions')}`, `lookup=${join(folder, 'names.tsv')}`],
    ...['--set', 'reference_labels=8', 'start_s=3000', 'end_s=4200'],
  ]);
}, 300_000);
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe.skipIf(!environment)('pet-asl/suvr, by the command line', { timeout: 300_000 }, () => {
  const published = (name: string): string =>
    join(out, 'derivatives', 'pet-asl-suvr', 'sub-01', 'pet', `sub-01_${name}`);

  it('gives the ratios of the frames in the window, weighted by duration, left and right as they lie', async () => {
    const header = await readNiftiHeader(published('desc-suvr_pet.nii.gz'));
    const ratios = await readVoxels(header, 0);
    expect(header.affine).toEqual(affine);
    for (let voxel = 0; voxel < voxels; voxel++)
      expect(Math.abs((ratios[voxel] ?? NaN) - (uptake.get(label(voxel)) ?? 0) / 1000)).toBeLessThan(1e-3);
  });

  it('writes a table by region, with names', async () => {
    const file = published('desc-suvr_regions.tsv');
    const { rows } = parseTsv(await readFile(file, 'utf8'), { file });
    expect(rows.map((row) => [row['name'], Number(row['suvr_mean']).toFixed(3)])).toEqual([
      ['right', '1.300'],
      ['reference', '1.000'],
      ['left', '2.200'],
    ]);
  });

  it('counted the window from the injection, which the sidecar of the scan tells and the root does not', async () => {
    const mean = await readVoxels(await readNiftiHeader(published('desc-mean_pet.nii.gz')), 0);
    const inside = mean.findIndex((_value, voxel) => label(voxel) === 41);
    expect(mean[inside]).toBeCloseTo(2200, 1);
  });
});
