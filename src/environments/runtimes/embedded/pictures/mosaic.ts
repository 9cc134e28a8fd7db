import type { Grid } from '../../../../imaging/affine.js';
import { paintLayer, type Layer } from './layers.js';
import { cutPlanes, type Bounds, type Plane, type PlaneName } from './planes.js';
import { Raster } from './raster.js';

/** Cuts in rows, one row a plane, as one raster, and where each cut lies in it. */
export interface Mosaic {
  readonly raster: Raster;
  readonly cuts: readonly { readonly plane: Plane; readonly left: number; readonly top: number }[];
}

export interface MosaicOptions {
  /** The grid that is cut: usually that of the lowest image. */
  readonly grid: Grid;
  readonly layers: readonly Layer[];
  /** Voxels of the grid, reordered to RAS, between which the cuts lie. */
  readonly bounds: Bounds;
  readonly planes?: readonly PlaneName[];
  /** Cuts a row. */
  readonly count?: number;
  /** Pixels of the longer side of the largest cut. */
  readonly pixels?: number;
}

const GAP = 4;

/** Lays out and paints the cuts. */
export function drawMosaic(options: MosaicOptions): Mosaic {
  const {
    grid,
    layers,
    bounds,
    planes = ['axial', 'coronal', 'sagittal'],
    count = 7,
    pixels = 150,
  } = options;
  const rows = planes
    .map((name) => cutPlanes(grid, name, count, bounds, pixels))
    .filter((row) => row.length > 0);
  const cuts: { plane: Plane; left: number; top: number }[] = [];
  let width = 0;
  let top = 0;
  for (const row of rows) {
    let left = 0;
    for (const plane of row) {
      cuts.push({ plane, left, top });
      left += plane.width + GAP;
    }
    width = Math.max(width, left - GAP);
    top += Math.max(...row.map((plane) => plane.height)) + GAP;
  }
  const raster = new Raster(Math.max(1, width), Math.max(1, top - GAP));
  for (const { plane, left, top: upper } of cuts)
    for (const layer of layers) paintLayer(layer, plane, raster, left, upper);
  return { raster, cuts };
}
