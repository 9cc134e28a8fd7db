import { gridDistance } from '../imaging/affine.js';
import { readRasImage, type RasImage } from '../imaging/ras-image.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { CheckSubject } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { AFFINE_TOLERANCE_MM } from './grid-difference.js';

/** Voxels. A comparison holds both images in memory: larger ones are for checks that stream. */
const MOST = 60_000_000;

/** Reads an image that is to be compared, in RAS. Throws input.malformed where it is damaged or larger than it may be. */
export async function comparedImage(path: string, facts: FileFacts): Promise<RasImage> {
  const header = await facts.header(path);
  const voxels = header.dims.reduce((product, size) => product * size, 1);
  if (voxels > MOST) {
    throw new NeuroClawError('input.malformed', `${path} has ${voxels} voxels`, {
      place: { file: path },
      expected: `at most ${MOST} to compare`,
    });
  }
  return readRasImage(header);
}

/** Why two images do not lie voxel on voxel, whatever the order in which they are stored; undefined where they do. */
export function apart(own: RasImage, other: RasImage): string | undefined {
  const distance = gridDistance(own.grid, other.grid);
  if (distance === undefined)
    return `its grid is ${own.grid.shape.join('x')} and that of the reference ${other.grid.shape.join('x')}`;
  if (distance > AFFINE_TOLERANCE_MM) return `it lies ${distance.toFixed(3)} mm away from the reference`;
  if (own.volumes.length !== other.volumes.length)
    return `it has ${own.volumes.length} volumes and the reference ${other.volumes.length}`;
  return undefined;
}

/**
 * Indices of the voxels to compare: where the image of role `mask` is above `above`, or one of `labels`; all of them
 * where the check names no mask.
 */
export async function comparedVoxels(
  subject: CheckSubject,
  mask:
    | { readonly role: string; readonly above: number; readonly labels?: readonly number[] | undefined }
    | undefined,
  size: number,
  facts: FileFacts,
): Promise<Uint32Array> {
  if (mask === undefined) return Uint32Array.from({ length: size }, (_, index) => index);
  const image = await comparedImage(pathOf(subject, mask.role), facts);
  const values = image.volumes[0] as Float64Array;
  const { labels, above } = mask;
  const inside: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (labels === undefined ? value > above : labels.includes(value)) inside.push(index);
  }
  return Uint32Array.from(inside);
}

/** The p-th quantile (0 to 1) of numbers, by linear interpolation between order statistics (type 7 of Hyndman & Fan, Am Stat 50:361, 1996). */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) return NaN;
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (position - below) * (high - low);
}
