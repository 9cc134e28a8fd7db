import type { Grid } from '../imaging/affine.js';
import type { NiftiImage } from '../imaging/nifti-write.js';
import type { JsonObject } from '../kernel/json.js';
import { centredGrid, forEachVoxel, voxelCount } from './grids.js';
import { labeller, labelsOn, type HeadPhantom } from './head-phantom.js';
import type { Random } from './random.js';
import { scannerFields } from './scanner.js';
import { mprage, type Mprage } from './signal-equations.js';
import { label, tissues } from './tissues.js';

export interface T1wOptions {
  /** 64x64x48 voxels of 3 mm, RAS, where absent. */
  readonly grid?: Grid;
  /** Mean signal of white matter over the standard deviation of the noise in one channel; 40 where absent. */
  readonly snr?: number;
}

export interface T1wScan {
  readonly image: NiftiImage;
  readonly sidecar: JsonObject;
  readonly truth: T1wTruth;
}

export interface T1wTruth {
  readonly grid: Grid;
  /** Label of each voxel's centre. */
  readonly labels: Uint8Array;
  /** Signal of each tissue without noise, by name, in units of the image. */
  readonly signals: Readonly<Record<string, number>>;
  /** Standard deviation of the noise in one channel, in units of the image. */
  readonly noise: number;
}

/** A protocol of practice at 3 T. */
const sequence: Mprage = {
  repetitionTimeS: 2.3,
  inversionTimeS: 0.9,
  echoTimeS: 0.00298,
  flipAngleDeg: 9,
  echoSpacingS: 0.0071,
  excitations: 176,
};

/** White matter in units of the image. */
const WHITE = 800;

/** Subdivisions of a voxel along each axis: what makes its partial volume. */
const PARTS = 2;

/** MPRAGE of a head, with partial volume and Rician noise; no bias field, no movement. */
export function simulateT1w(head: HeadPhantom, random: Random, options: T1wOptions = {}): T1wScan {
  const grid = options.grid ?? centredGrid([64, 64, 48], [3, 3, 3], 'RAS');
  const relative = tissues.map((tissue) => mprage(tissue, sequence));
  const gain = WHITE / (relative[label.white] ?? NaN);
  const signals = relative.map((signal) => signal * gain);
  const noise = WHITE / (options.snr ?? 40);
  const data = new Float32Array(voxelCount(grid));
  const labelAt = labeller(head);
  const offsets = subvoxelOffsets(grid);
  forEachVoxel(grid, (index, x, y, z) => {
    let sum = 0;
    for (const [dx, dy, dz] of offsets) sum += signals[labelAt(x + dx, y + dy, z + dz)] ?? 0;
    data[index] = Math.round(random.rician(sum / offsets.length, noise));
  });
  return {
    image: { dims: grid.shape, affine: grid.affine, datatype: 'int16', data },
    sidecar: {
      ...scannerFields,
      PulseSequenceType: 'MPRAGE',
      ScanningSequence: 'GR\\IR',
      MRAcquisitionType: '3D',
      RepetitionTime: sequence.repetitionTimeS,
      InversionTime: sequence.inversionTimeS,
      EchoTime: sequence.echoTimeS,
      FlipAngle: sequence.flipAngleDeg,
    },
    truth: {
      grid,
      labels: labelsOn(grid, head),
      signals: Object.fromEntries(tissues.map(({ name }, index) => [name, signals[index] ?? 0])),
      noise,
    },
  };
}

/** The protocol as a DICOM header says it. */
export const t1wSequence: Readonly<Mprage> = sequence;

/** World offsets (mm) from the centre of a voxel to the centres of its parts. */
function subvoxelOffsets({ affine: [a, b, c] }: Grid): (readonly [number, number, number])[] {
  const steps = Array.from({ length: PARTS }, (_, part) => (part + 0.5) / PARTS - 0.5);
  return steps.flatMap((i) =>
    steps.flatMap((j) =>
      steps.map((k): readonly [number, number, number] => [
        a[0] * i + a[1] * j + a[2] * k,
        b[0] * i + b[1] * j + b[2] * k,
        c[0] * i + c[1] * j + c[2] * k,
      ]),
    ),
  );
}
