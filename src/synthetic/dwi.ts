import { voxelSizesOf, determinant, type Affine, type Grid } from '../imaging/affine.js';
import type { Vector3 } from '../imaging/gradients.js';
import type { NiftiImage } from '../imaging/nifti-write.js';
import type { JsonObject } from '../kernel/json.js';
import { repulsedDirections } from './gradient-directions.js';
import { centredGrid, forEachVoxel, voxelCount } from './grids.js';
import { labelsOn, type HeadPhantom } from './head-phantom.js';
import type { Random } from './random.js';
import { epiFields, scannerFields } from './scanner.js';
import { spinEcho } from './signal-equations.js';
import { label, tissues } from './tissues.js';
import { bundles, cylinderFa, fibreAt } from './white-matter.js';

/** One volume of a diffusion protocol: b in s/mm^2, direction a unit vector in world RAS, 0 where b is 0. */
export interface DiffusionVolume {
  readonly b: number;
  readonly direction: Vector3;
}

export interface Shell {
  readonly b: number;
  readonly directions: number;
}

export interface DwiOptions {
  /** 40x40x24 voxels of 5 mm, LAS, tilted by 10 degrees, where absent. */
  readonly grid?: Grid;
  /** White matter without diffusion weighting over the noise of one channel; 30 where absent. */
  readonly snr?: number;
}

export interface DwiScan {
  readonly image: NiftiImage;
  /** Three lines of FSL's convention, and one. */
  readonly bvec: string;
  readonly bval: string;
  readonly sidecar: JsonObject;
  readonly truth: DwiTruth;
}

export interface DwiTruth {
  readonly grid: Grid;
  readonly volumes: readonly DiffusionVolume[];
  readonly labels: Uint8Array;
  /** Label of the bundle of each voxel of white matter. */
  readonly bundles: Uint8Array;
  /** Six maps one after the other: Dxx, Dyy, Dzz, Dxy, Dxz, Dyz in mm^2/s, world RAS. */
  readonly tensor: Float32Array;
  readonly fa: Float32Array;
  /** Three maps: x, y, z of the principal direction in world RAS; 0 outside white matter. The sign means nothing. */
  readonly v1: Float32Array;
  /** Signal without diffusion weighting or noise. */
  readonly s0: Float32Array;
  readonly noise: number;
}

const REPETITION_TIME_S = 6;
const ECHO_TIME_S = 0.08;
/** White matter without weighting, in units of the image. */
const WHITE = 600;

/**
 * A protocol: the directions of each shell by electrostatic repulsion, a b=0 volume first and again after each
 * `every` weighted ones. Shells take turns, so that none is measured by a scanner that has drifted.
 */
export function diffusionProtocol(
  random: Random,
  shells: readonly Shell[] = [{ b: 1000, directions: 32 }],
  every = 8,
): DiffusionVolume[] {
  const sets = shells.map(({ b, directions }) =>
    repulsedDirections(directions, random).map((direction): DiffusionVolume => ({ b, direction })),
  );
  const longest = Math.max(0, ...sets.map((set) => set.length));
  const weighted: DiffusionVolume[] = [];
  for (let turn = 0; turn < longest; turn++) {
    for (const set of sets) {
      const volume = set[turn];
      if (volume !== undefined) weighted.push(volume);
    }
  }
  const none: DiffusionVolume = { b: 0, direction: [0, 0, 0] };
  return weighted.flatMap((volume, index) => (index % every === 0 ? [none, volume] : [volume]));
}

/**
 * Spin-echo diffusion series of a head: S = S0 exp(-b g'Dg) (Basser, Mattiello & LeBihan, J Magn Reson B 103:247,
 * 1994) with one tensor per voxel, Rician noise, no distortion, eddy currents or movement.
 */
export function simulateDwi(
  head: HeadPhantom,
  volumes: readonly DiffusionVolume[],
  random: Random,
  options: DwiOptions = {},
): DwiScan {
  const grid = options.grid ?? centredGrid([40, 40, 24], [5, 5, 5], 'LAS', 10);
  const truth = truthOn(grid, head, volumes, WHITE / (options.snr ?? 30));
  const { bval, bvec } = fslGradients(volumes, grid.affine);
  return {
    image: {
      dims: [...grid.shape, volumes.length],
      affine: grid.affine,
      datatype: 'int16',
      repetitionTimeS: REPETITION_TIME_S,
      data: seriesOf(truth, random),
    },
    bvec,
    bval,
    sidecar: {
      ...scannerFields,
      PulseSequenceType: 'EPI',
      ScanningSequence: 'EP\\SE',
      MRAcquisitionType: '2D',
      RepetitionTime: REPETITION_TIME_S,
      EchoTime: ECHO_TIME_S,
      FlipAngle: 90,
      ...epiFields(grid.shape[1]),
    },
    truth,
  };
}

function truthOn(
  grid: Grid,
  head: HeadPhantom,
  volumes: readonly DiffusionVolume[],
  noise: number,
): DwiTruth {
  const count = voxelCount(grid);
  const labels = labelsOn(grid, head);
  const relative = tissues.map(
    (tissue) => spinEcho(tissue, REPETITION_TIME_S, ECHO_TIME_S) * tissue.fatSuppressed,
  );
  const gain = WHITE / (relative[label.white] ?? NaN);
  const bundle = new Uint8Array(count);
  const [tensor, v1] = [new Float32Array(6 * count), new Float32Array(3 * count)];
  const [fa, s0] = [new Float32Array(count), new Float32Array(count)];
  forEachVoxel(grid, (index, x, y, z) => {
    const found = labels[index] ?? 0;
    s0[index] = (relative[found] ?? 0) * gain;
    let direction: Vector3 = [0, 0, 0];
    let [along, across] = [tissues[found]?.md ?? 0, tissues[found]?.md ?? 0];
    if (found === label.white) {
      const fibre = fibreAt(head, [x, y, z]);
      bundle[index] = fibre.bundle;
      direction = fibre.direction;
      ({ along, across } = bundles[fibre.bundle] ?? { along, across });
      fa[index] = cylinderFa({ along, across });
    }
    const [u, v, w] = direction;
    const extra = along - across;
    const elements = [
      across + extra * u * u,
      across + extra * v * v,
      across + extra * w * w,
      extra * u * v,
      extra * u * w,
      extra * v * w,
    ];
    elements.forEach((value, element) => (tensor[element * count + index] = value));
    direction.forEach((value, axis) => (v1[axis * count + index] = value));
  });
  return { grid, volumes, labels, bundles: bundle, tensor, fa, v1, s0, noise };
}

function seriesOf({ volumes, tensor, s0, noise }: DwiTruth, random: Random): Float32Array {
  const count = s0.length;
  const data = new Float32Array(count * volumes.length);
  const at = (element: number, voxel: number): number => tensor[element * count + voxel] as number;
  for (const [volume, { b, direction }] of volumes.entries()) {
    const [x, y, z] = direction;
    for (let voxel = 0; voxel < count; voxel++) {
      const unweighted = s0[voxel] as number;
      let signal = 0;
      if (unweighted > 0) {
        const diffusivity =
          x * x * at(0, voxel) +
          y * y * at(1, voxel) +
          z * z * at(2, voxel) +
          2 * (x * y * at(3, voxel) + x * z * at(4, voxel) + y * z * at(5, voxel));
        signal = unweighted * Math.exp(-b * diffusivity);
      }
      data[volume * count + voxel] = Math.round(random.rician(signal, noise));
    }
  }
  return data;
}

/**
 * The files of FSL's convention, which BIDS follows: b-values in one line; directions in three lines along the voxel
 * axes of the image, the first component negated where the determinant of the affine is positive.
 */
export function fslGradients(
  volumes: readonly DiffusionVolume[],
  affine: Affine,
): { bval: string; bvec: string } {
  const sizes = voxelSizesOf(affine);
  const line = (axis: 0 | 1 | 2): string => {
    const sign = axis === 0 && determinant(affine) > 0 ? -1 : 1;
    return volumes
      .map(({ direction: [x, y, z] }) => {
        const along = affine[0][axis] * x + affine[1][axis] * y + affine[2][axis] * z;
        return fixed((sign * along) / sizes[axis]);
      })
      .join(' ');
  };
  return {
    bval: `${volumes.map(({ b }) => b).join(' ')}\n`,
    bvec: `${line(0)}\n${line(1)}\n${line(2)}\n`,
  };
}

/** Six decimals, and no -0. */
function fixed(value: number): string {
  const text = value.toFixed(6);
  return Number(text) === 0 ? '0' : text;
}
