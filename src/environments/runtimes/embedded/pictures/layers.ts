import { colourOf, distinctColours, type ColourMapName } from './colour-maps.js';
import type { Plane } from './planes.js';
import type { Raster, Rgb } from './raster.js';
import { sampler, type Volume } from './volume.js';

/** Values that a colour map spans. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What is laid over a cut, from the bottom up. */
export type Layer =
  /** An image in shades of a map; below `threshold` (of the absolute value) one sees what is under it. */
  | {
      readonly kind: 'map';
      readonly volume: Volume;
      readonly colours: ColourMapName;
      readonly range: Range;
      readonly threshold?: number;
      readonly alpha?: number;
    }
  /** Directions (unit vectors, world axes) in red, green and blue for x, y and z, times a weight from 0 to 1. */
  | { readonly kind: 'directions'; readonly xyz: readonly [Volume, Volume, Volume]; readonly weight: Volume }
  /** The rim of a mask, or of each label, in colours that are told apart. */
  | { readonly kind: 'outline'; readonly volume: Volume; readonly colour?: Rgb };

/** Paints a layer into the raster, with the upper left pixel of the plane at (left, top). */
export function paintLayer(layer: Layer, plane: Plane, raster: Raster, left: number, top: number): void {
  switch (layer.kind) {
    case 'map':
      return paintMap(layer, plane, raster, left, top);
    case 'directions':
      return paintDirections(layer, plane, raster, left, top);
    case 'outline':
      return paintOutline(layer, plane, raster, left, top);
  }
}

type Pixel = (column: number, row: number, x: number, y: number, z: number) => void;

/** Visits the pixels of a plane with their world positions. */
function walk({ width, height, origin, right, down }: Plane, visit: Pixel): void {
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      visit(
        column,
        row,
        origin[0] + column * right[0] + row * down[0],
        origin[1] + column * right[1] + row * down[1],
        origin[2] + column * right[2] + row * down[2],
      );
}

function paintMap(
  layer: Extract<Layer, { kind: 'map' }>,
  plane: Plane,
  raster: Raster,
  left: number,
  top: number,
): void {
  const { colours, range, threshold = -1, alpha = 1 } = layer;
  const value = sampler(layer.volume, 'linear');
  const span = range.high - range.low || 1;
  walk(plane, (column, row, x, y, z) => {
    const found = value(x, y, z);
    if (!Number.isFinite(found) || Math.abs(found) < threshold) return;
    raster.paint(left + column, top + row, colourOf(colours, (found - range.low) / span), alpha);
  });
}

function paintDirections(
  { xyz, weight }: Extract<Layer, { kind: 'directions' }>,
  plane: Plane,
  raster: Raster,
  left: number,
  top: number,
): void {
  // A direction has no sign: the mean of two neighbours that point apart would be none, so no interpolation.
  const [dx, dy, dz] = xyz.map((volume) => sampler(volume, 'nearest')) as [Read, Read, Read];
  const scale = sampler(weight, 'nearest');
  walk(plane, (column, row, x, y, z) => {
    const share = 255 * Math.min(1, Math.max(0, scale(x, y, z)));
    if (!(share > 0)) return;
    const colour = [dx, dy, dz].map((read) => Math.round(share * Math.abs(read(x, y, z)))) as unknown as Rgb;
    raster.paint(left + column, top + row, colour.map((each) => (each > 0 ? each : 0)) as unknown as Rgb);
  });
}

type Read = ReturnType<typeof sampler>;

function paintOutline(
  { volume, colour }: Extract<Layer, { kind: 'outline' }>,
  plane: Plane,
  raster: Raster,
  left: number,
  top: number,
): void {
  const { width, height } = plane;
  const read = sampler(volume, 'nearest');
  const labels = new Int32Array(width * height);
  walk(plane, (column, row, x, y, z) => {
    const found = Math.round(read(x, y, z));
    labels[column + width * row] = Number.isNaN(found) ? 0 : found;
  });
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const own = labels[column + width * row] as number;
      if (own === 0) continue;
      const other = (x: number, y: number): boolean =>
        x < 0 || y < 0 || x >= width || y >= height || labels[x + width * y] !== own;
      if (
        !other(column - 1, row) &&
        !other(column + 1, row) &&
        !other(column, row - 1) &&
        !other(column, row + 1)
      )
        continue;
      const next = distinctColours[(own - 1 + distinctColours.length) % distinctColours.length];
      raster.paint(left + column, top + row, colour ?? next ?? [255, 255, 255]);
    }
}
