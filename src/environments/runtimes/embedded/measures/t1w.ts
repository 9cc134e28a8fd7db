import { dilate, headMask, type Shape } from './head-mask.js';
import { median } from './median.js';

export interface T1wMeasures {
  /** `null` where there is no noise in the air: a background of zeros, a defaced or skull-stripped image. */
  readonly snr_dietrich: number | null;
  readonly efc: number;
  readonly fber: number | null;
  readonly head_volume_ml: number;
  readonly otsu_threshold: number;
  readonly air_voxels: number;
}

/** Voxels between head and air that belong to neither: partial volume and ringing at the skin. */
const margin = 3;

/** Ratio of the standard deviation of Rayleigh noise to that of the Gaussian noise behind it: sqrt((4 - pi) / 2). */
const rayleigh = Math.sqrt((4 - Math.PI) / 2);

/**
 * Measures of a T1-weighted head image without a reference.
 *
 * - SNR (Dietrich et al. 2007, doi:10.1002/jmri.20969): median of the head / (SD of the air / sqrt((4 - pi) / 2)).
 * - EFC (Atkinson et al. 1997, doi:10.1109/42.650886): entropy of all voxels, see `entropyFocus`.
 * - FBER (Shehzad et al. 2015, doi:10.3389/conf.fnins.2015.91.00047): mean energy of the head over that of the air.
 *
 * @param image voxels in the order of the file, x fastest, in units of the image
 * @param voxelMl volume of a voxel in mL
 * @returns `undefined` where all voxels are equal
 */
export function measureT1w(
  image: Float64Array,
  shape: Shape,
  voxelMl: number,
): { readonly measures: T1wMeasures; readonly mask: Uint8Array } | undefined {
  const head = headMask(image, shape);
  if (head === undefined) return undefined;
  const near = dilate(head.mask, shape, margin);
  const inHead = image.filter((_, index) => head.mask[index] === 1);
  const inAir = image.filter((_, index) => near[index] === 0);
  const noise = standardDeviation(inAir);
  const airEnergy = meanEnergy(inAir);
  // Without air around the head, or with zeros for air, a ratio would say nothing about the scan.
  const airTold = inAir.length > 0 && noise > 0 && median(inAir) > 0;
  return {
    mask: head.mask,
    measures: {
      snr_dietrich: airTold ? (median(inHead) * rayleigh) / noise : null,
      efc: entropyFocus(image),
      fber: airTold ? meanEnergy(inHead) / airEnergy : null,
      head_volume_ml: head.voxels * voxelMl,
      otsu_threshold: head.threshold,
      air_voxels: inAir.length,
    },
  };
}

/**
 * Entropy focus criterion (Atkinson et al. 1997, eq. 1), divided by its value for N equal voxels, as MRIQC does: 0 for
 * one bright voxel, 1 for a flat image. Magnitudes: a negative voxel counts as a positive one.
 */
export function entropyFocus(image: Float64Array): number {
  let energy = 0;
  for (const value of image) energy += value * value;
  const bMax = Math.sqrt(energy);
  if (bMax === 0) return 0;
  let entropy = 0;
  for (const value of image) {
    const share = Math.abs(value) / bMax;
    // x ln x goes to 0 with x.
    if (share > 0) entropy -= share * Math.log(share);
  }
  const flat = Math.sqrt(image.length) * Math.log(Math.sqrt(image.length));
  return entropy / flat;
}

function meanEnergy(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum / values.length;
}

/** With n - 1. */
function standardDeviation(values: Float64Array): number {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
