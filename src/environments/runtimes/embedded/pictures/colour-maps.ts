import { rgb } from 'd3-color';
import {
  interpolateCividis,
  interpolateInferno,
  interpolateRdBu,
  interpolateViridis,
} from 'd3-scale-chromatic';
import type { Rgb } from './raster.js';

/**
 * Colour maps that people with colour blindness read, too, and that stay in order in grey: viridis and cividis for
 * amounts, inferno where dark is none, and red to blue (red above zero) for what has a sign.
 */
const interpolators = {
  grey: (t: number) => `rgb(${255 * t},${255 * t},${255 * t})`,
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  inferno: interpolateInferno,
  'blue-red': (t: number) => interpolateRdBu(1 - t),
};

export type ColourMapName = keyof typeof interpolators;

export const colourMapNames = Object.keys(interpolators) as readonly ColourMapName[];

const STEPS = 256;
const tables = new Map<ColourMapName, readonly Rgb[]>();

/** The colour of a share from 0 to 1, in 256 steps. */
export function colourOf(name: ColourMapName, share: number): Rgb {
  let table = tables.get(name);
  if (table === undefined) {
    table = Array.from({ length: STEPS }, (_, step): Rgb => {
      const { r, g, b } = rgb(interpolators[name](step / (STEPS - 1)));
      return [Math.round(r), Math.round(g), Math.round(b)];
    });
    tables.set(name, table);
  }
  const step = Math.min(STEPS - 1, Math.max(0, Math.round(share * (STEPS - 1))));
  return table[step] ?? [0, 0, 0];
}

/**
 * Eight colours that are told apart with any colour vision (Okabe and Ito 2008, https://jfly.uni-koeln.de/color/), for
 * outlines and labels. More labels take them again.
 */
export const distinctColours: readonly Rgb[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
  [255, 255, 255],
];
