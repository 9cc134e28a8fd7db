import { headMask, type Shape } from './head-mask.js';
import { median } from './median.js';

export interface BoldMeasures {
  readonly tsnr_median: number;
  /** One for each step from a volume to the next, in units of the image. */
  readonly dvars: readonly number[];
  readonly dvars_mean: number;
  readonly global_mean: number;
  readonly mask_voxels: number;
  readonly volumes: number;
}

/** Calls back with the voxels of each volume in their order, x fastest. Called twice: the image is never held whole. */
export type VolumeReader = (onVolume: (volume: Float64Array, index: number) => void) => Promise<void>;

/**
 * Measures of a time series inside an Otsu mask of its temporal mean.
 *
 * - tSNR (Krueger and Glover 2001, doi:10.1002/mrm.1240): temporal mean / temporal SD (n - 1), median over the mask;
 *   voxels that never vary are left out.
 * - DVARS (Power et al. 2012, doi:10.1016/j.neuroimage.2011.10.018, eq. 2): root mean square over the mask of the
 *   change from one volume to the next, not standardised.
 *
 * @returns `undefined` where the temporal mean is the same everywhere
 */
export async function measureBold(
  read: VolumeReader,
  shape: Shape,
  volumes: number,
): Promise<BoldMeasures | undefined> {
  const size = shape[0] * shape[1] * shape[2];
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  await read((volume, index) => {
    // Welford's update: no loss of digits where the mean is large and the variation small.
    for (let at = 0; at < size; at++) {
      const value = volume[at] ?? 0;
      const delta = value - (mean[at] ?? 0);
      const updated = (mean[at] ?? 0) + delta / (index + 1);
      mean[at] = updated;
      squares[at] = (squares[at] ?? 0) + delta * (value - updated);
    }
  });
  const object = headMask(mean, shape);
  if (object === undefined) return undefined;
  const inside = (_: number, at: number): boolean => object.mask[at] === 1;
  const tsnr = mean.map((value, at) => value / Math.sqrt((squares[at] ?? 0) / (volumes - 1)));
  const dvars = await changes(read, object.mask, object.voxels);
  return {
    tsnr_median: median(tsnr.filter((value, at) => inside(value, at) && Number.isFinite(value))),
    dvars,
    dvars_mean: average(dvars),
    global_mean: average(mean.filter(inside)),
    mask_voxels: object.voxels,
    volumes,
  };
}

async function changes(read: VolumeReader, mask: Uint8Array, voxels: number): Promise<number[]> {
  const dvars: number[] = [];
  let before: Float64Array | undefined;
  await read((volume) => {
    if (before !== undefined) {
      let sum = 0;
      for (let at = 0; at < mask.length; at++) {
        if (mask[at] === 1) sum += ((volume[at] ?? 0) - (before[at] ?? 0)) ** 2;
      }
      dvars.push(Math.sqrt(sum / voxels));
    }
    before = Float64Array.from(volume);
  });
  return dvars;
}

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] ?? 0;
  return sum / values.length;
}
