import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Grid } from '../imaging/affine.js';
import { writeNifti, type NiftiImage } from '../imaging/nifti-write.js';
import type { BoldScan } from './bold.js';
import type { DwiTruth } from './dwi.js';
import type { HeadPhantom } from './head-phantom.js';
import type { T1wTruth } from './t1w.js';
import { tissues } from './tissues.js';
import { bundles, cylinderFa } from './white-matter.js';

/** What is known of the data because they were made from it. World coordinates are RAS, mm. */
export interface SyntheticTruth {
  readonly seed: number;
  readonly participants: readonly ParticipantTruth[];
}

export interface ParticipantTruth {
  /** `sub-01`, ... */
  readonly id: string;
  readonly head: HeadPhantom;
  readonly t1w: T1wTruth;
  readonly dwi: DwiTruth;
  readonly bold: BoldScan['truth'] & Pick<BoldScan, 'events'>;
}

/**
 * Writes what is known, for programs that read files: `truth.json` and, for each participant, maps on the grids of the
 * images. `_V1` and `_tensor` are in world RAS; the tensor's volumes are Dxx, Dyy, Dzz, Dxy, Dxz, Dyz in mm^2/s, the
 * order of MRtrix3's dwi2tensor. `_effect-<condition>` is in percent of the baseline.
 */
export async function writeTruth(folder: string, { seed, participants }: SyntheticTruth): Promise<void> {
  await mkdir(folder, { recursive: true });
  const summary = {
    seed,
    labels: tissues.map(({ name }) => name),
    bundles: bundles.map((bundle) => ({ ...bundle, fa: rounded(cylinderFa(bundle)) })),
    participants: participants.map(summaryOf),
  };
  await writeFile(
    join(folder, 'truth.json'),
    `${JSON.stringify(summary, (_, value: unknown) => (typeof value === 'number' ? rounded(value) : value))}\n`,
  );
  for (const participant of participants) await writeMaps(folder, participant);
}

function summaryOf({ id, head, t1w, dwi, bold }: ParticipantTruth): unknown {
  return {
    id,
    head,
    t1w: { grid: t1w.grid, signals: t1w.signals, noise: t1w.noise },
    dwi: { grid: dwi.grid, volumes: dwi.volumes, noise: dwi.noise },
    bold: {
      grid: bold.grid,
      events: bold.events,
      effects: bold.effects,
      repetitionTimeS: bold.repetitionTimeS,
      sliceTiming: bold.sliceTiming,
      regressors: bold.regressors,
      autocorrelation: bold.autocorrelation,
      tsnr: bold.tsnr,
      activeVoxels: bold.active.reduce((sum, value) => sum + value, 0),
    },
  };
}

async function writeMaps(folder: string, { id, t1w, dwi, bold }: ParticipantTruth): Promise<void> {
  const write = (
    name: string,
    { shape, affine }: Grid,
    datatype: NiftiImage['datatype'],
    data: ArrayLike<number>,
  ): Promise<void> => {
    const volumes = data.length / (shape[0] * shape[1] * shape[2]);
    const dims = volumes === 1 ? shape : [...shape, volumes];
    return writeNifti(join(folder, `${id}_${name}.nii.gz`), { dims, affine, datatype, data });
  };
  await write('T1w_labels', t1w.grid, 'uint8', t1w.labels);
  await write('dwi_labels', dwi.grid, 'uint8', dwi.labels);
  await write('dwi_bundles', dwi.grid, 'uint8', dwi.bundles);
  await write('dwi_FA', dwi.grid, 'float32', dwi.fa);
  await write('dwi_V1', dwi.grid, 'float32', dwi.v1);
  await write('dwi_tensor', dwi.grid, 'float32', dwi.tensor);
  await write('bold_labels', bold.grid, 'uint8', bold.labels);
  for (const [condition, percent] of Object.entries(bold.effects)) {
    const effect = Float32Array.from(bold.active, (value) => value * percent);
    await write(`bold_effect-${condition}`, bold.grid, 'float32', effect);
  }
}

/** Ten digits: the last ones differ between mathematical libraries. */
function rounded(value: number): number {
  return Number(value.toPrecision(10));
}
