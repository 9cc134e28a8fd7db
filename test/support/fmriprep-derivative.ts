import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Affine } from '../../src/imaging/affine.js';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { seededRandom } from '../../src/synthetic/random.js';

const VOLUMES = 30;
export const mniAffine: Affine = [
  [4, 0, 0, -16],
  [0, 4, 0, -18],
  [0, 0, 4, -12],
  [0, 0, 0, 1],
];
const dims = [8, 8, 6] as const;
const size = dims[0] * dims[1] * dims[2];

export const boldName = (label: string, run: string): string =>
  `sub-${label}/func/sub-${label}_task-rest_run-${run}`;

/** Mean signal of each volume, different in each run. */
export function globalSignal(label: string, run: string): number[] {
  const random = seededRandom(1, label, run);
  return Array.from({ length: VOLUMES }, () => 1000 + 20 * random.normal());
}

/** Mask of the middle of the small image. */
export function mask(): Uint8Array {
  return Uint8Array.from({ length: size }, (_, n) => {
    const [i, j, k] = [n % 8, Math.floor(n / 8) % 8, Math.floor(n / 64)];
    return Number(i > 0 && i < 7 && j > 0 && j < 7 && k > 0 && k < 5);
  });
}

export function writeText(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

export function confoundsTable(signal: readonly number[]): string {
  const rows = signal.map((value, n) => `${value.toFixed(4)}\t${n === 0 ? 'n/a' : '0.05'}`);
  return `global_signal\tframewise_displacement\n${rows.join('\n')}\n`;
}

async function writeBold(root: string, label: string, run: string): Promise<void> {
  const base = join(root, boldName(label, run));
  mkdirSync(dirname(base), { recursive: true });
  const signal = globalSignal(label, run);
  const random = seededRandom(1, 'voxels', label, run);
  const inside = mask();
  const data = Float32Array.from({ length: size * VOLUMES }, (_, n) => {
    const value = signal[Math.floor(n / size)] ?? 0;
    return inside[n % size] === 1 ? value + 5 * random.normal() : 0;
  });
  const space = '_space-MNI152NLin2009cAsym';
  await writeNifti(`${base}${space}_desc-preproc_bold.nii.gz`, {
    dims: [...dims, VOLUMES],
    affine: mniAffine,
    datatype: 'float32',
    data,
    repetitionTimeS: 2,
  });
  writeText(
    `${base}${space}_desc-preproc_bold.json`,
    JSON.stringify({ RepetitionTime: 2, TaskName: 'rest' }),
  );
  await writeNifti(`${base}${space}_desc-brain_mask.nii.gz`, {
    dims,
    affine: mniAffine,
    datatype: 'uint8',
    data: inside,
  });
  writeText(`${base}_desc-confounds_timeseries.tsv`, confoundsTable(signal));
}

/** A derivative dataset as fMRIPrep lays it out, small, with two runs of each participant. */
export async function writeFmriprep(root: string, labels: readonly string[] = ['01', '02']): Promise<string> {
  writeText(
    join(root, 'dataset_description.json'),
    JSON.stringify({
      Name: 'fMRIPrep - fMRI PREProcessing workflow',
      BIDSVersion: '1.4.0',
      DatasetType: 'derivative',
      GeneratedBy: [{ Name: 'fMRIPrep', Version: '23.1.3', CodeURL: 'https://github.com/nipreps/fmriprep' }],
    }),
  );
  for (const label of labels) for (const run of ['1', '2']) await writeBold(root, label, run);
  return root;
}
