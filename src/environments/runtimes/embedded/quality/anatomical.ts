import { dilate, headMask, type Shape } from '../measures/head-mask.js';
import { median } from '../measures/median.js';
import { entropyFocus } from '../measures/t1w.js';
import { mean, medianDeviation, percentile, SD_PER_MAD, standardDeviation } from './statistics.js';

/** Labels of a segmentation by brightness on T1w images: as Atropos and FAST number them. */
const TISSUES = { csf: 1, gm: 2, wm: 3 } as const;
type Tissue = keyof typeof TISSUES;

/** Voxels between head and air that belong to neither. */
const MARGIN = 3;

/** Air counts as artifact from this many deviations on (MRIQC: 10). */
const ARTIFACT = 10;

/** Ratio of the standard deviation of Rayleigh noise to that of the Gaussian noise behind it. */
const RAYLEIGH = Math.sqrt((4 - Math.PI) / 2);

export type AnatomicalMeasures = Readonly<Record<string, number | null>>;

/**
 * Measures of a T1-weighted head image and its segmentation (1 CSF, 2 grey, 3 white matter), by their published
 * definitions. `null` where the air around the head holds no noise (zeros, or a defaced or skull-stripped image).
 *
 * - `snr_<tissue>`: mean / SD (n - 1) within the tissue; `snr_total` their mean (Magnotta and Friedman 2006,
 *   doi:10.1007/s10278-006-0264-x, as MRIQC takes it).
 * - `snrd_<tissue>`: mean of the tissue times sqrt((4 - pi) / 2) / SD of the air (Dietrich et al. 2007, eq. A.12,
 *   doi:10.1002/jmri.20969).
 * - `cnr`: |mean GM - mean WM| / sqrt(SD air^2 + SD GM^2 + SD WM^2) (Magnotta and Friedman 2006).
 * - `cjv`: (SD WM + SD GM) / |mean WM - mean GM| (Ganzetti et al. 2016, doi:10.3389/fninf.2016.00010).
 * - `wm2max`: median of WM / 99.95th percentile of all voxels (MRIQC; Esteban et al. 2017,
 *   doi:10.1371/journal.pone.0184661).
 * - `efc`: entropy focus criterion (Atkinson et al. 1997, doi:10.1109/42.650886), see entropyFocus.
 * - `fber`: mean energy of the head / mean energy of the air (Shehzad et al. 2015,
 *   doi:10.3389/conf.fnins.2015.91.00047).
 * - `qi1`: share of the air that is artifact (Mortamet et al. 2009, doi:10.1002/mrm.21992), where a voxel counts as MRIQC
 *   counts it: above 10 median absolute deviations (scaled to an SD) of the positive air, after an opening with a cross
 *   of 7 voxels. The air is all that is farther than three voxels from the head.
 * - `inu_min`, `inu_median`, `inu_max`: of the bias field within the brain, 5th and 95th percentile for the ends
 *   (Tustison et al. 2010, doi:10.1109/TMI.2010.2046908; nearer to 1 is better).
 * - `<tissue>_ml`, `brain_ml` and `<tissue>_fraction` of the brain (labels 1 to 3).
 *
 * @param image uncorrected voxels, x fastest
 * @param labels on the same grid
 * @param bias multiplicative field on the same grid
 */
export function measureAnatomy(
  image: Float64Array,
  labels: Float64Array,
  shape: Shape,
  voxelMl: number,
  bias?: Float64Array,
): AnatomicalMeasures | undefined {
  const head = headMask(image, shape);
  if (head === undefined) return undefined;
  const near = dilate(head.mask, shape, MARGIN);
  const isAir = (index: number): boolean => near[index] === 0;
  const artifact = artifactsIn(image, isAir, shape);
  const air = image.filter((_, index) => isAir(index));
  const clean = image.filter((_, index) => isAir(index) && artifact[index] === 0);
  const noise = clean.length > 1 ? standardDeviation(clean) : 0;
  const told = noise > 0 && median(clean) > 0;
  const inHead = image.filter((_, index) => head.mask[index] === 1);

  const values = (tissue: Tissue): Float64Array =>
    image.filter((_, index) => labels[index] === TISSUES[tissue]);
  const tissues = { csf: values('csf'), gm: values('gm'), wm: values('wm') };
  const names = Object.keys(TISSUES) as Tissue[];
  const means = Object.fromEntries(names.map((name) => [name, mean(tissues[name])])) as Record<
    Tissue,
    number
  >;
  const deviations = Object.fromEntries(
    names.map((name) => [name, standardDeviation(tissues[name])]),
  ) as Record<Tissue, number>;
  const brain = names.reduce((all, name) => all + tissues[name].length, 0);
  const snr = names.map((name) => means[name] / deviations[name]);
  const contrast = Math.abs(means.gm - means.wm);
  const inBrain = bias?.filter((_, index) => names.some((name) => labels[index] === TISSUES[name]));
  const energy = (of: Float64Array): number => mean(of.map((value) => value * value));
  return {
    snr_csf: known(snr[0]),
    snr_gm: known(snr[1]),
    snr_wm: known(snr[2]),
    snr_total: known(mean(snr)),
    ...Object.fromEntries(
      names.map((name) => [`snrd_${name}`, told ? known((means[name] * RAYLEIGH) / noise) : null]),
    ),
    cnr: told ? known(contrast / Math.hypot(noise, deviations.gm, deviations.wm)) : null,
    cjv: known((deviations.wm + deviations.gm) / contrast),
    wm2max: known(median(tissues.wm) / percentile(image, 99.95)),
    efc: entropyFocus(image),
    fber: told ? known(energy(inHead) / energy(air)) : null,
    qi1: told ? artifact.reduce((sum, value) => sum + value, 0) / air.length : null,
    ...(inBrain === undefined
      ? {}
      : {
          inu_min: known(percentile(inBrain, 5)),
          inu_median: known(median(inBrain)),
          inu_max: known(percentile(inBrain, 95)),
        }),
    ...Object.fromEntries(names.map((name) => [`${name}_ml`, tissues[name].length * voxelMl])),
    brain_ml: brain * voxelMl,
    ...Object.fromEntries(names.map((name) => [`${name}_fraction`, known(tissues[name].length / brain)])),
    head_volume_ml: head.voxels * voxelMl,
    air_voxels: air.length,
  };
}

function known(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** 1 where the air is far brighter than its noise, in parts that hold a cross of 7 voxels. */
function artifactsIn(image: Float64Array, isAir: (index: number) => boolean, shape: Shape): Uint8Array {
  const positive = image.filter((value, index) => value > 0 && isAir(index));
  const none = new Uint8Array(image.length);
  if (positive.length < 10) return none;
  const spread = medianDeviation(positive) * SD_PER_MAD;
  if (!(spread > 0)) return none;
  const bright = Uint8Array.from(image, (value, index) =>
    isAir(index) && value / spread > ARTIFACT ? 1 : 0,
  );
  return dilate(erode(bright, shape), shape, 1);
}

/** Takes away voxels that lack one of their six neighbours; outside of the image there is nothing. */
function erode(mask: Uint8Array, [nx, ny, nz]: Shape): Uint8Array {
  const result = new Uint8Array(mask.length);
  for (let z = 1; z < nz - 1; z++)
    for (let y = 1; y < ny - 1; y++)
      for (let x = 1; x < nx - 1; x++) {
        const at = x + nx * (y + ny * z);
        const all =
          mask[at] &&
          mask[at - 1] &&
          mask[at + 1] &&
          mask[at - nx] &&
          mask[at + nx] &&
          mask[at - nx * ny] &&
          mask[at + nx * ny];
        result[at] = all === 1 ? 1 : 0;
      }
  return result;
}
