import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { createRuntimes, type RuntimeSet } from '../../../src/environments/runtime-set.js';
import { parseNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { hasTestData, testData } from '../../support/data.js';
import { Attempts, inputsOf, productEnvironment, runCall, type Ran } from './support.js';

const argv = ['dcm2niix', '-b', 'y', '-ba', 'y', '-z', 'n', '-f', 'image', '-o', '/out', '/in/dicoms'];

function voxels(image: Buffer): Buffer {
  return image.subarray(parseNiftiHeader(image, 'image').voxOffset);
}

function json(bytes: Buffer): Record<string, unknown> {
  return JSON.parse(bytes.toString()) as Record<string, unknown>;
}

describe.skipIf(!hasTestData)('dcm2niix in the embedded runtime', () => {
  const attempts = new Attempts();
  let runtimes: RuntimeSet;
  let dcm2niix: OpenEnvironment;

  beforeAll(async () => {
    runtimes = createRuntimes({ allowHost: false, workers: 2 });
    dcm2niix = await runtimes.open(await productEnvironment('dcm2niix'));
  });
  afterAll(async () => {
    await runtimes.close();
    attempts.remove();
  });

  it.each([
    ['mr_0003', 'EPI_PE=AP_3', 'j-'],
    ['mr_0004', 'EPI_PE=PA_4', 'j'],
    ['mr_0005', 'EPI_PE=RL_5', 'i'],
    ['mr_0006', 'EPI_PE=LR_6', 'i-'],
  ])('converts %s to the voxels and the phase encoding of %s', async (series, reference, direction) => {
    const folder = testData('dicom', 'siemens-epi-four-pe-reference');
    const ran = await runCall(
      dcm2niix,
      attempts.call(argv, inputsOf(testData('dicom', 'siemens-epi-four-pe', series), 'dicoms')),
    );
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 0 });
    expect(ran.stdout).toContain('Convert');

    const expected = readFileSync(join(folder, `${reference}.nii`));
    const image = ran.output('image.nii');
    const [ours, theirs] = [image, expected].map((bytes) => parseNiftiHeader(bytes, reference));
    expect(ours?.dims).toEqual(theirs?.dims);
    expect(ours?.affine).toEqual(theirs?.affine);
    expect(voxels(image).equals(voxels(expected))).toBe(true);

    const sidecar = json(ran.output('image.json'));
    const theirSidecar = json(readFileSync(join(folder, `${reference}.json`)));
    expect(sidecar['PhaseEncodingDirection']).toBe(direction);
    for (const key of [
      'PhaseEncodingDirection',
      'TotalReadoutTime',
      'EffectiveEchoSpacing',
      'RepetitionTime',
      'EchoTime',
      'SliceTiming',
      'SeriesNumber',
    ]) {
      expect([key, sidecar[key]]).toEqual([key, theirSidecar[key]]);
    }
    expect(Object.keys(sidecar)).not.toContain('PatientName');
  });

  describe('of a diffusion series', () => {
    let ran: Ran;
    beforeAll(async () => {
      const inputs = inputsOf(testData('dicom', 'siemens-trio-dti20'), 'dicoms');
      ran = await runCall(dcm2niix, attempts.call(argv, inputs));
    });

    const table = (name: string): number[][] =>
      ran
        .output(name)
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).map(Number));

    it('makes one image with one gradient a volume', () => {
      expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 0 });
      expect(parseNiftiHeader(ran.output('image.nii'), 'image').dims).toEqual([102, 102, 60, 42]);
      const bvals = table('image.bval')[0] ?? [];
      expect(bvals.filter((value) => value === 0)).toHaveLength(2);
      expect(bvals.filter((value) => value === 1000)).toHaveLength(40);
    });

    it('gives unit directions, the second half a repetition of the first', () => {
      const [x = [], y = [], z = []] = table('image.bvec');
      const bvals = table('image.bval')[0] ?? [];
      for (const [index, value] of bvals.entries()) {
        const length = Math.hypot(x[index] ?? NaN, y[index] ?? NaN, z[index] ?? NaN);
        expect(length).toBeCloseTo(value === 0 ? 0 : 1, 4);
      }
      const weighted = [...bvals.keys()].filter((index) => bvals[index] !== 0);
      for (const [place, index] of weighted.slice(0, 20).entries()) {
        const repeated = weighted[place + 20] ?? NaN;
        const cosine =
          (x[index] ?? NaN) * (x[repeated] ?? NaN) +
          (y[index] ?? NaN) * (y[repeated] ?? NaN) +
          (z[index] ?? NaN) * (z[repeated] ?? NaN);
        expect(Math.abs(cosine)).toBeCloseTo(1, 3);
      }
    });

    it('gives the same bytes again, in the same worker', async () => {
      const again = await runCall(dcm2niix, attempts.call(argv, ran.call.inputs));
      for (const name of ['image.nii', 'image.json', 'image.bval', 'image.bvec']) {
        expect(again.output(name).equals(ran.output(name))).toBe(true);
      }
    });
  });

  it('takes files whose names have spaces, quotes and letters of any language', async () => {
    const [first = { hostPath: '' }, second = { hostPath: '' }] = inputsOf(
      testData('dicom', 'siemens-epi-four-pe', 'mr_0003'),
      'dicoms',
    );
    const folder = join(attempts.root, `raw "data" 'é' 脳;`);
    mkdirSync(folder);
    copyFileSync(first.hostPath, join(folder, `one $(rm) "quoted" 'ü'.dcm`));
    copyFileSync(second.hostPath, join(folder, '脳 two;.dcm'));
    const ran = await runCall(dcm2niix, attempts.call(argv, inputsOf(folder, 'dicoms')));
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 0 });
    const reference = readFileSync(testData('dicom', 'siemens-epi-four-pe-reference', 'EPI_PE=AP_3.nii'));
    expect(voxels(ran.output('image.nii')).equals(voxels(reference))).toBe(true);
  });

  it('exits with the status of the tool where there is nothing to convert, and leaves out/ empty', async () => {
    const file = join(attempts.root, 'not-a-dicom.txt');
    copyFileSync(new URL(import.meta.url), file);
    const ran = await runCall(
      dcm2niix,
      attempts.call(argv, [{ hostPath: file, toolPath: 'in/dicoms/not-a-dicom.txt' }]),
    );
    expect(ran.exit.reason).toBe('exited');
    expect(ran.exit.exitCode).not.toBe(0);
    expect(readdirSync(join(ran.call.folder, 'out'))).toEqual([]);
  });
});
