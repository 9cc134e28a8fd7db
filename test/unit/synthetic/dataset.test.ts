import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexDataset } from '../../../src/bids/index-dataset.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { writeSyntheticDataset, type SyntheticOptions } from '../../../src/synthetic/dataset.js';
import { centredGrid } from '../../../src/synthetic/grids.js';
import type { SyntheticTruth } from '../../../src/synthetic/truth-files.js';
import { label } from '../../../src/synthetic/tissues.js';
import { projectFolder } from '../../support/data.js';
import { temporaryFolder } from '../../support/temporary.js';
import { axisAngle, fslToWorld, median, numberRows, tensorFit } from './fits.js';

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

interface Report {
  readonly errors: string[];
  readonly warnings: string[];
}

/** Runs the validator in a process of its own: it prints to stdout. */
async function validated(folder: string): Promise<Report> {
  const script = `
    const { default: validate } = require(process.argv[1]);
    validate.BIDS(process.argv[2], {}, (issues) => {
      const codes = (list) => list.map(({ key, files }) => key + ' ' + (files[0]?.file?.relativePath ?? ''));
      process.stdout.write('\\n' + JSON.stringify({ errors: codes(issues.errors), warnings: codes(issues.warnings) }));
    });`;
  const validator = join(projectFolder, 'node_modules', 'bids-validator', 'dist', 'commonjs', 'index.js');
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, validator, folder], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.split('\n').at(-1) ?? '') as Report;
}

/** Coarse and short: for tests of files, not of signals. */
const small: SyntheticOptions = {
  participants: 2,
  shells: [{ b: 1000, directions: 6 }],
  t1w: { grid: centredGrid([24, 24, 18], [8, 8, 8], 'RAS') },
  dwi: { grid: centredGrid([20, 20, 12], [10, 10, 10], 'LAS') },
  bold: { grid: centredGrid([20, 20, 10], [10, 10, 12], 'RAS'), volumes: 30 },
};

describe('the default dataset', () => {
  let [root, folder, truthFolder] = ['', '', ''];
  let truth: SyntheticTruth;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'neuroclaw synthetic '));
    [folder, truthFolder] = [join(root, 'data set'), join(root, 'truth')];
    truth = await writeSyntheticDataset(folder, { truth: truthFolder });
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('passes the BIDS validator, headers included, without an error or a warning', async () => {
    expect(await validated(folder)).toEqual({ errors: [], warnings: [] });
  });

  it('has every file of two people, and under 20 MB', () => {
    const ofOne = (id: string): string[] =>
      [
        'anat/ID_T1w.json',
        'anat/ID_T1w.nii.gz',
        'dwi/ID_dwi.bval',
        'dwi/ID_dwi.bvec',
        'dwi/ID_dwi.json',
        'dwi/ID_dwi.nii.gz',
        'func/ID_task-tapping_bold.json',
        'func/ID_task-tapping_bold.nii.gz',
        'func/ID_task-tapping_events.tsv',
      ].map((name) => `${id}/${name.replace('ID', id)}`);
    const top = ['README', 'dataset_description.json', 'participants.json', 'participants.tsv'];
    expect(filesBelow(folder)).toEqual(
      [...top, 'task-tapping_events.json', ...ofOne('sub-01'), ...ofOne('sub-02')].sort(),
    );
    const bytes = filesBelow(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes).toBeLessThan(20e6);
  });

  it('is indexed by the product without a finding', async () => {
    const dataset = await indexDataset(folder);
    expect(dataset.findings).toEqual([]);
    expect(dataset.participants.map(({ label: name }) => name)).toEqual(['01', '02']);
  });

  it('says nothing of the truth inside', () => {
    for (const name of filesBelow(folder)) expect(name).not.toMatch(/truth|label|effect|FA/);
  });

  it('shows one head: the capsule is in the same place of the world in T1w, diffusion and BOLD', async () => {
    for (const [index, id] of ['sub-01', 'sub-02'].entries()) {
      const where: number[][] = [];
      for (const name of [`anat/${id}_T1w`, `dwi/${id}_dwi`, `func/${id}_task-tapping_bold`]) {
        const header = await readNiftiHeader(join(folder, id, `${name}.nii.gz`));
        const voxels = await readVoxels(header, header.dims.length > 3 ? 0 : undefined);
        where.push(brightestLeft(voxels, header.dims, header.affine));
      }
      const { scale, centreMm } = truth.participants[index]!.head;
      const capsule = [-82 * scale[0] + centreMm[0], centreMm[1], centreMm[2]];
      for (const found of where)
        found.forEach((value, axis) => expect(Math.abs(value - capsule[axis]!)).toBeLessThan(6));
    }
  });

  it('has diffusion files from which an independent fit finds the directions of the truth', async () => {
    const stem = join(folder, 'sub-02', 'dwi', 'sub-02_dwi');
    const header = await readNiftiHeader(`${stem}.nii.gz`);
    const voxels = await readVoxels(header);
    const [bvals = []] = numberRows(`${stem}.bval`);
    const fit = tensorFit(bvals, fslToWorld(numberRows(`${stem}.bvec`), header.affine));
    const { labels, fa } = truth.participants[1]!.dwi;
    const v1 = await readVoxels(await readNiftiHeader(join(truthFolder, 'sub-02_dwi_V1.nii.gz')));
    const strong = [...labels.keys()].filter((voxel) => labels[voxel] === label.white && fa[voxel]! > 0.7);
    const angles = strong
      .filter((_, index) => index % 10 === 0)
      .map((voxel) => {
        const { v1: found } = fit(bvals.map((_, volume) => voxels[volume * labels.length + voxel]!));
        return axisAngle(
          found,
          [0, 1, 2].map((axis) => v1[axis * labels.length + voxel]!),
        );
      });
    expect(median(angles)).toBeLessThan(4);
  });

  it('has its truth beside it: maps on the grids of the images and one JSON file', async () => {
    const json = JSON.parse(readFileSync(join(truthFolder, 'truth.json'), 'utf8')) as {
      labels: string[];
      participants: { id: string; bold: { regressors: Record<string, number[][]>; activeVoxels: number } }[];
    };
    expect(json.labels[label.white]).toBe('white');
    expect(json.participants.map(({ id }) => id)).toEqual(['sub-01', 'sub-02']);
    expect(json.participants[0]?.bold.regressors['right']?.[3]).toHaveLength(100);
    for (const [map, image] of [
      ['T1w_labels', 'anat/sub-01_T1w'],
      ['dwi_tensor', 'dwi/sub-01_dwi'],
      ['bold_effect-right', 'func/sub-01_task-tapping_bold'],
    ]) {
      const own = await readNiftiHeader(join(truthFolder, `sub-01_${map}.nii.gz`));
      const of = await readNiftiHeader(join(folder, 'sub-01', `${image}.nii.gz`));
      expect(own.dims.slice(0, 3)).toEqual(of.dims.slice(0, 3));
      expect(own.affine).toEqual(of.affine);
    }
    const effect = await readVoxels(
      await readNiftiHeader(join(truthFolder, 'sub-01_bold_effect-right.nii.gz')),
    );
    expect(effect.filter((value) => value === 2.5)).toHaveLength(json.participants[0]!.bold.activeVoxels);
  });
});

describe('writing a dataset', () => {
  it('whose directions are lost is noticed by the validator', async () => {
    const folder = temporaryFolder();
    await writeSyntheticDataset(folder, { ...small, participants: 1 });
    rmSync(join(folder, 'sub-01', 'dwi', 'sub-01_dwi.bvec'));
    const { errors } = await validated(folder);
    expect(errors).toEqual([expect.stringMatching(/^DWI_MISSING_BVEC .*sub-01_dwi/)]);
  });

  it('twice with one seed gives the same bytes; another seed other images', async () => {
    const [a, b, c] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    await writeSyntheticDataset(a, { ...small, seed: 11 });
    await writeSyntheticDataset(b, { ...small, seed: 11 });
    await writeSyntheticDataset(c, { ...small, seed: 12 });
    expect(filesBelow(b)).toEqual(filesBelow(a));
    for (const name of filesBelow(a)) {
      const bytes = readFileSync(join(a, name));
      expect(bytes.equals(readFileSync(join(b, name))), name).toBe(true);
      if (/nii|events\.tsv|bvec|README/.test(name))
        expect(bytes.equals(readFileSync(join(c, name))), name).toBe(false);
    }
  });

  it('gives these voxels and texts on every machine', async () => {
    const folder = temporaryFolder();
    await writeSyntheticDataset(folder, { ...small, seed: 11, participants: 1 });
    const digest = createHash('sha256');
    for (const name of filesBelow(folder)) {
      const bytes = readFileSync(join(folder, name));
      digest.update(name).update(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
    }
    // A deliberate change of the data changes this; note it in the changelog.
    expect(digest.digest('hex')).toBe('c7921a90362052291cf08199bb020e5760c3762cc870ae221c415691487abacc');
  });

  it('with one more participant leaves the others as they were', async () => {
    const [one, two] = [temporaryFolder(), temporaryFolder()];
    await writeSyntheticDataset(one, { ...small, participants: 1 });
    await writeSyntheticDataset(two, small);
    expect(existsSync(join(one, 'sub-02'))).toBe(false);
    for (const name of filesBelow(join(one, 'sub-01'))) {
      const bytes = readFileSync(join(one, 'sub-01', name));
      expect(bytes.equals(readFileSync(join(two, 'sub-01', name))), name).toBe(true);
    }
  });

  it.each([
    [{ participants: 0 }, 'participants'],
    [{ participants: 2.5 }, 'participants'],
    [{ participants: 100 }, 'participants'],
    [{ seed: -1 }, 'seed'],
    [{ seed: NaN }, 'seed'],
  ])('of %o is refused with the name of the field, and nothing is written', async (options, field) => {
    const folder = join(temporaryFolder(), 'new');
    await expect(writeSyntheticDataset(folder, options)).rejects.toMatchObject({
      code: 'input.invalid',
      place: { field },
    });
    expect(existsSync(folder)).toBe(false);
  });
});

/** Centre of the bright voxels beyond the left side of the head. */
function brightestLeft(
  voxels: Float64Array,
  dims: readonly number[],
  affine: readonly (readonly number[])[],
): number[] {
  const [nx = 0, ny = 0, nz = 0] = dims;
  let [weight, sum] = [0, [0, 0, 0]];
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const world = [0, 1, 2].map((r) => {
          const row = affine[r]!;
          return row[0]! * i + row[1]! * j + row[2]! * k + row[3]!;
        });
        if (Math.abs(world[0]!) < 77 || Math.hypot(world[1]!, world[2]!) > 20) continue;
        const value = voxels[i + nx * (j + ny * k)]! ** 2;
        weight += value;
        sum = sum.map((total, axis) => total + value * world[axis]!);
      }
  return sum.map((total) => total / weight);
}
