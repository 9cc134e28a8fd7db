import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { openPythonNeuro, pythonLock } from '../support/python-environment.js';
import { pythonVariables, runWish } from '../support/run-wish.js';

const environment = await openPythonNeuro();

let folder: string;
let out: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-deface-'));
  if (environment === undefined || !hasTestData) return;
  const data = join(folder, 'data');
  cpSync(testData('bids', 'adult-t1w'), data, { recursive: true });
  // As a converter without an anonymiser writes it: at the root and beside the image.
  writeFileSync(
    join(data, 'T1w.json'),
    JSON.stringify({ PatientName: 'Planted^Name', MagneticFieldStrength: 3 }),
  );
  const anat = join(data, 'sub-01', 'anat');
  rmSync(join(anat, 'sub-01_T1w.json'));
  writeFileSync(
    join(anat, 'sub-01_T1w.json'),
    JSON.stringify({
      PatientBirthDate: '19610203',
      AcquisitionDateTime: '2019-08-07T11:22:33',
      EchoTime: 0.003,
    }),
  );
  out = await runWish('deface the anatomical images', data, folder, 'out');
}, 300_000);
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe.skipIf(!environment || !hasTestData)(
  'curation/deface, by the command line',
  { timeout: 120_000 },
  () => {
    const anat = (name: string): string => join(out, 'bids', 'sub-01', 'anat', `sub-01_${name}`);

    it('leaves every voxel of the brain as it was, and nothing of nose and mouth', async () => {
      const [before, after, brain] = await Promise.all(
        [
          testData('bids', 'adult-t1w', 'sub-01', 'anat', 'sub-01_T1w.nii.gz'),
          anat('T1w.nii.gz'),
          testData(
            'bids',
            'adult-t1w',
            'derivatives',
            'freesurfer-labels',
            'sub-01',
            'anat',
            'sub-01_desc-brain_mask.nii.gz',
          ),
        ].map(async (path) => readVoxels(await readNiftiHeader(path))),
      );
      let changed = 0;
      brain?.forEach((inside, voxel) => {
        if (inside > 0 && before?.[voxel] !== after?.[voxel]) changed++;
      });
      expect(changed).toBe(0);
      // RAS+, 96 x 128 x 128: the mouth in front and below, the back of the head at the same height.
      const at = (x: number, y: number, z: number): number => x + 96 * (y + 128 * z);
      expect(before?.[at(48, 100, 40)]).toBeGreaterThan(20);
      expect(after?.[at(48, 100, 40)]).toBe(0);
      expect(after?.[at(48, 20, 60)]).toBe(before?.[at(48, 20, 60)]);
    });

    it('writes one sidecar with what was inherited, and no name, date or header text', async () => {
      expect(JSON.parse(await readFile(anat('T1w.json'), 'utf8'))).toEqual({
        EchoTime: 0.003,
        MagneticFieldStrength: 3,
      });
      const header = gunzipSync(readFileSync(anat('T1w.nii.gz'))).subarray(0, 348);
      // descrip, aux_file and intent_name of the NIfTI header hold what a scanner or a converter liked to say.
      for (const [from, to] of [
        [14, 32],
        [148, 252],
        [328, 344],
      ] as const)
        expect(header.subarray(from, to).every((byte) => byte === 0)).toBe(true);
    });

    it('makes a dataset that is valid', async () => {
      const { code, stdout } = await runCli(
        ['bids', 'validate', join(out, 'bids'), '--json'],
        pythonVariables(folder),
      );
      expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
    });

    it('rejects a mask that would have the plane leave the face', async () => {
      const data = join(folder, 'low');
      cpSync(testData('bids', 'adult-t1w'), data, { recursive: true });
      mkdirSync(join(folder, 'state'), { recursive: true });
      const { code, stdout, stderr } = await runCli(
        [
          ...[
            'run',
            'deface',
            '--data',
            data,
            '--out',
            join(folder, 'low-out'),
            '--yes',
            '--set',
            'margin_mm=40',
          ],
          ...['--runtime', 'venv', '--lock', pythonLock],
        ],
        pythonVariables(folder),
      );
      expect(code).not.toBe(0);
      expect(stdout + stderr).toMatch(
        /% of the head in front of and below the brain is still there|face_region_removed/,
      );
    });
  },
);
