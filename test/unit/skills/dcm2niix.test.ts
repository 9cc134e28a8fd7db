import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/kernel/json.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { resolveCall } from '../../../src/skills/resolve.js';
import { hasTestData, projectFolder, testData } from '../../support/data.js';
import { largestDifference, readVolumes } from './volumes.js';
import { runDcm2niix, type ToolRun } from './wasm-tools.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);

/** Resolves a call, runs dcm2niix for real, and sees that exactly the declared outputs appear. */
async function convert(folder: string, params: JsonObject = {}): Promise<ToolRun> {
  const skill = skills.get('dcm2niix/convert');
  if (!skill) throw new Error('no skill');
  const { argv, outputs, findings } = resolveCall(skill, { params, inputs: { dicoms: '/in/dicoms' } });
  expect(findings).toEqual([]);
  const run = await runDcm2niix(argv, folder);
  expect(run.status).toBe(0);
  const declared = outputs.map((output) => output.path);
  for (const path of run.files.keys()) expect(declared).toContain(path);
  for (const output of outputs) if (!output.optional) expect(run.files.has(output.path)).toBe(true);
  return run;
}

function json(run: ToolRun): JsonObject {
  return JSON.parse(run.files.get('image.json')?.toString() ?? '') as JsonObject;
}

describe.skipIf(!hasTestData)('converting real DICOM series', () => {
  it('diffusion gives image, sidecar, and a unit vector for each of 40 weighted volumes', async () => {
    const run = await convert(testData('dicom', 'siemens-trio-dti20'));
    const image = readVolumes(run.files.get('image.nii') ?? Buffer.alloc(0));
    expect(image.shape).toEqual([102, 102, 60, 42]);
    const numbers = (name: string): number[][] =>
      (run.files.get(name)?.toString() ?? '')
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).map(Number));
    const [bvals = []] = numbers('image.bval');
    expect(bvals.map((b) => b > 500)).toEqual(bvals.map((b) => b === 1000));
    expect([bvals.length, bvals.filter((b) => b === 1000).length]).toEqual([42, 40]);
    const [x = [], y = [], z = []] = numbers('image.bvec');
    bvals.forEach((b, volume) => {
      const length = Math.hypot(x[volume] ?? NaN, y[volume] ?? NaN, z[volume] ?? NaN);
      expect(length).toBeCloseTo(b === 0 ? 0 : 1, 3);
    });
    expect(json(run)).toMatchObject({ RepetitionTime: 7.6, PhaseEncodingDirection: 'j-', Modality: 'MR' });
    expect(Object.keys(json(run)).filter((key) => key.startsWith('Patient'))).toEqual(['PatientPosition']);
  });

  it.each([
    ['mr_0003', 'AP_3', 'j-'],
    ['mr_0004', 'PA_4', 'j'],
    ['mr_0005', 'RL_5', 'i'],
    ['mr_0006', 'LR_6', 'i-'],
  ])('%s agrees with the reference voxel by voxel and has the right phase encoding', async (folder, name) => {
    const run = await convert(testData('dicom', 'siemens-epi-four-pe', folder));
    const reference = testData('dicom', 'siemens-epi-four-pe-reference', `EPI_PE=${name}`);
    const expected = readVolumes(readFileSync(`${reference}.nii`));
    const image = readVolumes(run.files.get('image.nii') ?? Buffer.alloc(0));
    expect([image.shape, image.affine]).toEqual([expected.shape, expected.affine]);
    expect(largestDifference(image.data, expected.data)).toBe(0);
    const { PhaseEncodingDirection } = JSON.parse(readFileSync(`${reference}.json`, 'utf8')) as JsonObject;
    expect(json(run)).toMatchObject({ PhaseEncodingDirection });
    expect(run.files.has('image.bval')).toBe(false);
  });

  it('gives the same bytes again: the sidecar holds no time of conversion', async () => {
    const folder = testData('dicom', 'siemens-prisma-rest');
    const [first, second] = [await convert(folder), await convert(folder)];
    expect([...first.files.keys()]).toEqual(['image.json', 'image.nii']);
    for (const [name, bytes] of first.files)
      expect(bytes.equals(second.files.get(name) ?? Buffer.alloc(0))).toBe(true);
  });

  it('keeps the stored orientation and skips derived series when asked', async () => {
    const folder = testData('dicom', 'siemens-epi-four-pe', 'mr_0003');
    const run = await convert(folder, { crop: 'i', merge: 'n', ignore_derived: 'y' });
    expect(readVolumes(run.files.get('image.nii') ?? Buffer.alloc(0)).shape.length).toBeGreaterThanOrEqual(3);
  });
});
