import { toRas, type Grid } from '../../../../imaging/affine.js';
import type { Range } from './layers.js';
import { wholeBounds, type Bounds } from './planes.js';
import { sampler, type Volume } from './volume.js';

/** Values between two percentiles (0 to 1) of the voxels that are finite and not 0; 0 to 1 where there is none. */
export function percentileRange({ data }: Volume, low: number, high: number): Range {
  const values = Float64Array.from(data)
    .filter((value) => Number.isFinite(value) && value !== 0)
    .sort();
  if (values.length === 0) return { low: 0, high: 1 };
  const at = (share: number): number => values[Math.round(share * (values.length - 1))] ?? 0;
  // A mask has one value besides 0: it is told from 0, not from itself.
  return at(low) < at(high)
    ? { low: at(low), high: at(high) }
    : { low: Math.min(0, at(low)), high: Math.max(0, at(high)) };
}

/**
 * The part of a grid (reordered to RAS) in which a mask is not 0, so that cuts are not spent on air; the whole grid
 * where the mask is empty. The mask may lie on another grid.
 */
export function boundsOf(grid: Grid, mask: Volume): Bounds {
  const { shape, affine } = toRas(grid);
  const read = sampler(mask, 'nearest');
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let k = 0; k < shape[2]; k++)
    for (let j = 0; j < shape[1]; j++)
      for (let i = 0; i < shape[0]; i++) {
        const at = (row: 0 | 1 | 2): number =>
          affine[row][0] * i + affine[row][1] * j + affine[row][2] * k + affine[row][3];
        if (!(read(at(0), at(1), at(2)) > 0)) continue;
        [i, j, k].forEach((index, axis) => {
          low[axis as 0 | 1 | 2] = Math.min(low[axis as 0 | 1 | 2], index);
          high[axis as 0 | 1 | 2] = Math.max(high[axis as 0 | 1 | 2], index);
        });
      }
  return low[0] === Infinity ? wholeBounds(grid) : [low, high];
}
