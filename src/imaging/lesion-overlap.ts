import { NeuroClawError } from '../kernel/errors.js';
import { gridDistance } from './affine.js';
import { componentsOf, type Connectivity } from './components.js';
import { readMask } from './read-mask.js';

export interface LesionOverlap {
  /** Dice similarity coefficient, 0 to 1. Undefined without a lesion in the reference. */
  readonly dsc: number | undefined;
  /** Volume (mL) of predicted lesions that touch none of the reference. */
  readonly falsePositiveMl: number;
  /** Volume (mL) of lesions of the reference that the prediction misses. Undefined without one. */
  readonly falseNegativeMl: number | undefined;
  readonly referenceLesions: number;
  readonly predictedLesions: number;
  readonly detectedLesions: number;
}

/** mm at the farthest corner: what writing an affine as float32 costs. */
const SAME_PLACE_MM = 1e-3;

/**
 * Overlap of a predicted lesion mask with a reference as the autoPET challenges score it: components joined by faces or
 * edges (18), a component found by one shared voxel; without a lesion in the reference only the false-positive volume
 * says something (evaluation code of autoPET III; Gatidis et al. 2022, doi:10.1038/s41597-022-01718-3). Masks are
 * compared in RAS order, so their strides may differ. Throws input.invalid for masks on different grids.
 */
export async function lesionOverlap(
  reference: string,
  prediction: string,
  connectivity: Connectivity = 18,
): Promise<LesionOverlap> {
  const [truth, found] = [await readMask(reference), await readMask(prediction)];
  const distance = gridDistance(truth.grid, found.grid);
  if (distance === undefined || distance > SAME_PLACE_MM)
    throw new NeuroClawError('input.invalid', `${prediction} lies on another grid than ${reference}`, {
      place: { file: prediction },
      expected:
        distance === undefined
          ? `${truth.grid.shape.join('x')} voxels, not ${found.grid.shape.join('x')}`
          : `one place, not ${distance.toFixed(3)} mm away`,
    });
  const [x, y, z] = truth.header.voxelSizes;
  // In single precision, as the challenge multiplies the sizes of the header: another rounding moves its numbers by 3e-8.
  const voxelMl = Math.fround(Math.fround(x * y) * z) / 1000;
  return overlapOf(truth.voxels, found.voxels, truth.grid.shape, voxelMl, connectivity);
}

/** The same for masks in memory, both x fastest on one grid; `voxelMl` is the volume of a voxel. */
export function overlapOf(
  reference: Uint8Array,
  prediction: Uint8Array,
  shape: readonly [number, number, number],
  voxelMl: number,
  connectivity: Connectivity = 18,
): LesionOverlap {
  const truth = componentsOf(reference, shape, connectivity);
  const found = componentsOf(prediction, shape, connectivity);
  const missed = truth.filter((lesion) => !touches(lesion, prediction));
  const extra = found.filter((lesion) => !touches(lesion, reference));
  const empty = truth.length === 0;
  let both = 0;
  for (const lesion of truth) for (const index of lesion) if (prediction[index] !== 0) both += 1;
  return {
    dsc: empty ? undefined : (2 * both) / (voxelsOf(truth) + voxelsOf(found)),
    falsePositiveMl: voxelsOf(extra) * voxelMl,
    falseNegativeMl: empty ? undefined : voxelsOf(missed) * voxelMl,
    referenceLesions: truth.length,
    predictedLesions: found.length,
    detectedLesions: truth.length - missed.length,
  };
}

const touches = (lesion: Uint32Array, other: Uint8Array): boolean =>
  lesion.some((index) => other[index] !== 0);

const voxelsOf = (lesions: readonly Uint32Array[]): number =>
  lesions.reduce((sum, { length }) => sum + length, 0);
