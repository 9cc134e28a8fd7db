import { B0_THRESHOLD, shellsOf } from '../../../../imaging/gradients.js';
import { median } from '../measures/median.js';
import { mean, medianDeviation, SD_PER_MAD } from './statistics.js';

/** A slice is an outlier from this many robust standard deviations below the others on; eddy of FSL takes 4, too. */
const OUTLIER_SD = 4;

/** And only where it lost this share of the signal: in a still phantom 4 SD are nothing. */
const OUTLIER_LOSS = 0.1;

/** Slices with fewer voxels of the mask are not judged. */
const LEAST_VOXELS = 50;

export interface DiffusionMeasures {
  readonly volumes: number;
  readonly b0_volumes: number;
  /** b-value (s/mm2, rounded to 50) of each shell above b=0, and its number of volumes. */
  readonly shells: Readonly<Record<string, number>>;
  /** `null` with fewer than two volumes of b=0. */
  readonly snr_b0: number | null;
  readonly outlier_slices: number;
  readonly outlier_slices_percent: number;
  readonly outlier_volumes: readonly number[];
  readonly outlier_volume_count: number;
  readonly mask_voxels: number;
  readonly mask_ml: number;
}

/** One row a volume: how much its most deviating slice lies below the others of its shell. */
export interface VolumeRow {
  readonly volume: number;
  readonly bval: number;
  /** Mean signal in the mask, in units of the image. */
  readonly signal: number;
  /** Robust standard deviations below the median of the shell, of the slice that lies lowest. */
  readonly deviation: number;
  readonly outlier_slices: number;
}

/**
 * Measures of a diffusion series as it came from the scanner.
 *
 * - `snr_b0`: median over the mask of the mean of the volumes with b=0, over the noise: 1.4826 times the median absolute
 *   difference of a voxel from its mean over those volumes, times sqrt(n / (n - 1)). That is the method of repeated
 *   acquisitions (Dietrich et al. 2007, doi:10.1002/jmri.20969) with a median for the spread, so that edges that moved
 *   and fluid that pulsates count little.
 * - Outlier slices: the mean signal of a slice within the mask lies more than 4 robust standard deviations (1.4826 times
 *   the median absolute deviation) and 10 % below the median of the same slice over the volumes of its shell. That is
 *   the loss of signal of motion during the diffusion encoding (Andersson et al. 2016,
 *   doi:10.1016/j.neuroimage.2016.06.058), found without a model: compare participants, not programs.
 *
 * @param data volumes one after the other, x fastest
 * @param mask on the same grid, inside above 0
 */
export function measureDiffusion(
  data: Float64Array,
  shape: readonly [number, number, number],
  bvals: readonly number[],
  mask: Float64Array,
  voxelMl: number,
): { readonly measures: DiffusionMeasures; readonly rows: readonly VolumeRow[] } {
  const size = shape[0] * shape[1] * shape[2];
  const inside = [...mask.keys()].filter((index) => (mask[index] as number) > 0);
  const slices = sliceMeans(data, shape, bvals.length, inside);
  const rows: VolumeRow[] = bvals.map((bval, volume) => ({
    volume,
    bval,
    signal: mean(Float64Array.from(inside, (at) => data[volume * size + at] as number)),
    deviation: 0,
    outlier_slices: 0,
  }));
  const b0 = bvals.flatMap((b, volume) => (b <= B0_THRESHOLD ? [volume] : []));
  const shells = groupShells(bvals);
  let judged = 0;
  for (const volumes of [b0, ...shells.values()]) {
    // Fewer than five tell no spread.
    if (volumes.length < 5) continue;
    for (const values of slices.values()) {
      const own = Float64Array.from(volumes, (volume) => values[volume] as number);
      const centre = median(own);
      const spread = medianDeviation(own) * SD_PER_MAD;
      judged += own.length;
      for (const volume of volumes) {
        const loss = centre - (values[volume] as number);
        const deviation = spread > 0 ? loss / spread : loss > 0 ? Infinity : 0;
        const row = rows[volume] as VolumeRow;
        const outlier = deviation > OUTLIER_SD && loss > OUTLIER_LOSS * centre;
        rows[volume] = {
          ...row,
          deviation: Math.max(row.deviation, Math.min(deviation, 1000)),
          outlier_slices: row.outlier_slices + (outlier ? 1 : 0),
        };
      }
    }
  }
  const outliers = rows.reduce((sum, row) => sum + row.outlier_slices, 0);
  const bad = rows.filter((row) => row.outlier_slices > 0).map(({ volume }) => volume);
  return {
    rows,
    measures: {
      volumes: bvals.length,
      b0_volumes: b0.length,
      shells: Object.fromEntries([...shells].map(([b, volumes]) => [b, volumes.length])),
      snr_b0: b0.length < 2 ? null : snrOf(data, size, b0, inside),
      outlier_slices: outliers,
      outlier_slices_percent: judged === 0 ? 0 : (100 * outliers) / judged,
      outlier_volumes: bad,
      outlier_volume_count: bad.length,
      mask_voxels: inside.length,
      mask_ml: inside.length * voxelMl,
    },
  };
}

function snrOf(
  data: Float64Array,
  size: number,
  volumes: readonly number[],
  inside: readonly number[],
): number | null {
  const count = volumes.length;
  const signal = new Float64Array(inside.length);
  const differences = new Float64Array(inside.length * count);
  for (const [index, at] of inside.entries()) {
    const values = volumes.map((volume) => data[volume * size + at] as number);
    const centre = mean(values);
    signal[index] = centre;
    for (const [of, value] of values.entries()) differences[index * count + of] = Math.abs(value - centre);
  }
  const noise = SD_PER_MAD * median(differences) * Math.sqrt(count / (count - 1));
  return noise > 0 ? median(signal) / noise : null;
}

/** Mean within the mask by slice (along z), then by volume. */
function sliceMeans(
  data: Float64Array,
  [nx, ny, nz]: readonly [number, number, number],
  volumes: number,
  inside: readonly number[],
): Map<number, Float64Array> {
  const members = new Map<number, number[]>();
  for (const at of inside) {
    const slice = Math.floor(at / (nx * ny));
    const list = members.get(slice);
    if (list === undefined) members.set(slice, [at]);
    else list.push(at);
  }
  const means = new Map<number, Float64Array>();
  for (const [slice, list] of members) {
    if (list.length < LEAST_VOXELS) continue;
    const values = new Float64Array(volumes);
    for (let volume = 0; volume < volumes; volume++) {
      let sum = 0;
      for (const at of list) sum += data[volume * nx * ny * nz + at] as number;
      values[volume] = sum / list.length;
    }
    means.set(slice, values);
  }
  return means;
}

/** Volumes above b=0 by the b-value of their shell, rounded to 50 s/mm2. */
function groupShells(bvals: readonly number[]): Map<string, number[]> {
  const centres = shellsOf(bvals.filter((b) => b > B0_THRESHOLD));
  const groups = new Map<string, number[]>();
  for (const [volume, b] of bvals.entries()) {
    if (b <= B0_THRESHOLD) continue;
    const nearest = centres.reduce((best, each) =>
      Math.abs(each.b - b) < Math.abs(best.b - b) ? each : best,
    );
    const name = String(Math.round(nearest.b / 50) * 50);
    groups.set(name, [...(groups.get(name) ?? []), volume]);
  }
  return groups;
}
