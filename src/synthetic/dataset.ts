import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeNifti } from '../imaging/nifti-write.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { JsonObject } from '../kernel/json.js';
import { TASK, simulateBold, type BoldOptions, type BoldScan } from './bold.js';
import { writeDicomSeries } from './dicom.js';
import { diffusionProtocol, simulateDwi, type DwiOptions, type DwiScan, type Shell } from './dwi.js';
import { centredGrid } from './grids.js';
import { makeHead, type HeadPhantom } from './head-phantom.js';
import { seededRandom } from './random.js';
import { simulateT1w, t1wSequence, type T1wOptions, type T1wScan, type T1wTruth } from './t1w.js';
import { datasetFiles } from './dataset-files.js';
import { writeTruth, type ParticipantTruth, type SyntheticTruth } from './truth-files.js';

export interface SyntheticOptions {
  /** Whole number; 1 where absent. */
  readonly seed?: number;
  /** 2 where absent, at most 99. */
  readonly participants?: number;
  /** One shell of b = 1000 s/mm^2 with 32 directions where absent. */
  readonly shells?: readonly Shell[];
  readonly t1w?: T1wOptions;
  readonly dwi?: DwiOptions;
  readonly bold?: BoldOptions;
  /** A folder, outside of the dataset, for the truth: one JSON file and the maps of each participant. */
  readonly truth?: string;
}

/**
 * Writes a BIDS dataset with a known truth: T1w, diffusion and task BOLD of `participants` people, whose three images
 * show the same head in world coordinates. The same seed gives the same voxels and texts everywhere, and the same bytes
 * wherever Node's zlib compresses alike. Files of the same names are written anew; nothing is removed.
 * Throws input.invalid for a seed or a number of participants out of range.
 */
export async function writeSyntheticDataset(
  folder: string,
  options: SyntheticOptions = {},
): Promise<SyntheticTruth> {
  const seed = checkedSeed(options.seed);
  const count = options.participants ?? 2;
  if (!(Number.isInteger(count) && count >= 1 && count <= 99)) {
    throw new NeuroClawError('input.invalid', `${count} participants cannot be written`, {
      place: { field: 'participants' },
      expected: 'a whole number from 1 to 99',
    });
  }
  const ids = Array.from({ length: count }, (_, index) => `sub-${String(index + 1).padStart(2, '0')}`);
  const heads = ids.map((id) => makeHead(seed, id));
  // One scanner: its gradients are the same for everyone.
  const protocol = diffusionProtocol(seededRandom(seed, 'protocol'), options.shells);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(datasetFiles(seed, ids, heads)))
    await writeFile(join(folder, name), text);
  const participants: ParticipantTruth[] = [];
  for (const [index, id] of ids.entries()) {
    const head = heads[index] as HeadPhantom;
    const t1w = simulateT1w(head, seededRandom(seed, id, 't1w'), options.t1w);
    await writeT1w(folder, id, t1w);
    const dwi = simulateDwi(head, protocol, seededRandom(seed, id, 'dwi'), options.dwi);
    await writeDwi(folder, id, dwi);
    const bold = simulateBold(head, seededRandom(seed, id, 'bold'), options.bold);
    await writeBold(folder, id, bold);
    participants.push({
      id,
      head,
      t1w: t1w.truth,
      dwi: dwi.truth,
      bold: { ...bold.truth, events: bold.events },
    });
  }
  const truth = { seed, participants };
  if (options.truth !== undefined) await writeTruth(options.truth, truth);
  return truth;
}

async function writeT1w(folder: string, id: string, { image, sidecar }: T1wScan): Promise<void> {
  const stem = await stemOf(folder, id, 'anat', `${id}_T1w`);
  await writeNifti(`${stem}.nii.gz`, image);
  await writeFile(`${stem}.json`, json(sidecar));
}

async function writeDwi(folder: string, id: string, { image, sidecar, bval, bvec }: DwiScan): Promise<void> {
  const stem = await stemOf(folder, id, 'dwi', `${id}_dwi`);
  await writeNifti(`${stem}.nii.gz`, image);
  await writeFile(`${stem}.json`, json(sidecar));
  await writeFile(`${stem}.bval`, bval);
  await writeFile(`${stem}.bvec`, bvec);
}

async function writeBold(folder: string, id: string, { image, sidecar, events }: BoldScan): Promise<void> {
  const stem = await stemOf(folder, id, 'func', `${id}_task-${TASK}`);
  await writeNifti(`${stem}_bold.nii.gz`, image);
  await writeFile(`${stem}_bold.json`, json(sidecar));
  const rows = events.map(({ onset, duration, trialType }) => `${onset}\t${duration}\t${trialType}\n`);
  await writeFile(`${stem}_events.tsv`, `onset\tduration\ttrial_type\n${rows.join('')}`);
}

async function stemOf(folder: string, id: string, datatype: string, stem: string): Promise<string> {
  await mkdir(join(folder, id, datatype), { recursive: true });
  return join(folder, id, datatype, stem);
}

function json(value: JsonObject): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

export interface DicomTruth {
  readonly seed: number;
  readonly head: HeadPhantom;
  readonly seriesUid: string;
  readonly t1w: T1wTruth;
  /** What the pixels hold, in the order of the grid. */
  readonly data: ArrayLike<number>;
}

/**
 * Writes the T1w image of the first participant of a seed, measured once more with thicker slices, as one series of
 * DICOM files: 32 axial slices of 4.5 mm, columns to the left, rows to the back. Throws input.invalid for a seed out of range.
 */
export async function writeSyntheticDicoms(
  folder: string,
  options: { readonly seed?: number; readonly t1w?: T1wOptions } = {},
): Promise<DicomTruth> {
  const seed = checkedSeed(options.seed);
  const head = makeHead(seed, 'sub-01');
  const grid = centredGrid([64, 64, 32], [3, 3, 4.5], 'LPS');
  const { image, truth } = simulateT1w(head, seededRandom(seed, 'sub-01', 'dicom'), {
    grid,
    ...options.t1w,
  });
  const seriesUid = await writeDicomSeries(folder, {
    grid: truth.grid,
    data: image.data,
    sequence: t1wSequence,
    protocolName: 'T1w_MPRAGE',
    description: 'T1w_MPRAGE axial 32 slices',
    patientName: 'PHANTOM^ONE',
    patientId: 'PHANTOM01',
    uidSeed: ['t1w', seed],
  });
  return { seed, head, seriesUid, t1w: truth, data: image.data };
}

function checkedSeed(seed = 1): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new NeuroClawError('input.invalid', `${seed} is no seed`, {
    place: { field: 'seed' },
    expected: 'a whole number from 0',
  });
}
