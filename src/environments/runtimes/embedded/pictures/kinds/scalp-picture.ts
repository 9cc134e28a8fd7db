import type { Mark, Spec } from 'vega';
import { cellsAsPng, drawChart, type ChartText } from '../chart.js';
import { colourOf, type ColourMapName } from '../colour-maps.js';
import type { Rgb } from '../raster.js';
import { interpolate, withValues, type Electrode } from '../scalp.js';

export interface ScalpMap {
  /** What stands below it; empty: nothing. */
  readonly name: string;
  readonly values: ReadonlyMap<string, number>;
}

const SIZE = 150;
const GAP = 24;
/** Half the width of a map in units of the head; electrodes below the equator lie outside 1. */
const REACH = 1.25;
const CELLS = 96;
const WHITE: Rgb = [255, 255, 255];

/**
 * Maps of the scalp seen from above, nose up, the left of the person on the left: colours between electrodes are
 * interpolated, dots are electrodes. Both signs: blue to red about 0; else viridis.
 */
export async function scalpPicture(
  electrodes: readonly Electrode[],
  maps: readonly ScalpMap[],
  request: ChartText & { readonly label: string; readonly shared: boolean },
): Promise<string> {
  const drawn = maps.map(({ name, values }) => ({ name, ...withValues(electrodes, values) }));
  const all = drawn.flatMap(({ values }) => values);
  const perRow = Math.min(drawn.length, 5);
  const missing = drawn[0]?.without ?? 0;
  const marks = drawn.flatMap((map, index): Mark[] => {
    const range = rangeOf(request.shared ? all : map.values);
    const left = (index % perRow) * (SIZE + GAP);
    const top = 26 + Math.floor(index / perRow) * (SIZE + 74);
    return [
      ...headMarks(left, top, mapAsPng(map.electrodes, map.values, range)),
      ...electrodeMarks(left, top, map.electrodes),
      text(left + SIZE / 2, top + SIZE + 14, map.name, 'center', 11),
      ...scaleMarks(left, top + SIZE + 20, range),
    ];
  });
  const rows = Math.ceil(drawn.length / perRow);
  const notes = [
    'Seen from above: nose up, left (L) on the left. Dots are electrodes, colours between them interpolated.',
  ];
  if (missing > 0)
    notes.push(
      missing === 1
        ? 'One channel has no position and is not drawn.'
        : `${missing} channels have no position and are not drawn.`,
    );
  const height = 26 + rows * (SIZE + 74) + 14 * (notes.length + 1);
  const spec: Spec = {
    width: Math.max(perRow * (SIZE + GAP), 560),
    height,
    marks: [
      ...marks,
      text(0, height - 14 * notes.length - 6, request.label, 'left', 11),
      ...notes.map((note, line) => text(0, height - 14 * (notes.length - line) + 10, note, 'left', 10)),
    ],
  };
  return drawChart(spec, request);
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly colours: ColourMapName;
}

function rangeOf(values: readonly number[]): Range {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  if (low < 0 && high > 0) return { low: -most, high: most, colours: 'blue-red' };
  return { low, high: high > low ? high : low + most, colours: 'viridis' };
}

/** The disc of the head as pixels; row 0 is at the nose. */
function mapAsPng(electrodes: readonly Electrode[], values: readonly number[], range: Range): string {
  const outermost = Math.max(1, ...electrodes.map(({ x, y }) => Math.hypot(x, y)));
  return cellsAsPng(CELLS, CELLS, (row, column) => {
    const x = (((column + 0.5) / CELLS) * 2 - 1) * REACH;
    const y = (1 - ((row + 0.5) / CELLS) * 2) * REACH;
    if (Math.hypot(x, y) > Math.min(REACH, outermost)) return WHITE;
    const value = interpolate(electrodes, values, x, y);
    return colourOf(range.colours, (value - range.low) / (range.high - range.low));
  });
}

function headMarks(left: number, top: number, url: string): Mark[] {
  const [middle, centre, radius] = [left + SIZE / 2, top + SIZE / 2, SIZE / 2 / REACH];
  const path = (d: string): Mark => ({
    type: 'path',
    encode: { enter: { path: { value: d }, stroke: { value: '#333' }, strokeWidth: { value: 1.2 } } },
  });
  const circle = `M${middle - radius},${centre}a${radius},${radius} 0 1,0 ${2 * radius},0a${radius},${radius} 0 1,0 ${-2 * radius},0`;
  const nose = `M${middle - 9},${centre - radius + 1}L${middle},${centre - radius - 11}L${middle + 9},${centre - radius + 1}`;
  return [
    {
      type: 'image',
      encode: {
        enter: {
          url: { value: url },
          x: { value: left },
          y: { value: top },
          width: { value: SIZE },
          height: { value: SIZE },
          aspect: { value: false },
          smooth: { value: true },
        },
      },
    },
    path(circle),
    path(nose),
    text(left - 2, centre + 4, 'L', 'left', 11),
    text(left + SIZE + 2, centre + 4, 'R', 'right', 11),
  ];
}

function electrodeMarks(left: number, top: number, electrodes: readonly Electrode[]): Mark[] {
  const scale = SIZE / 2 / REACH;
  return electrodes.map(({ name, x, y }): Mark => ({
    type: 'symbol',
    encode: {
      enter: {
        x: { value: left + SIZE / 2 + x * scale },
        y: { value: top + SIZE / 2 - y * scale },
        size: { value: 9 },
        fill: { value: '#000' },
        description: { value: name },
        ariaRoleDescription: { value: 'electrode' },
      },
    },
  }));
}

function scaleMarks(left: number, top: number, { low, high, colours }: Range): Mark[] {
  const url = cellsAsPng(1, 64, (_row, column) => colourOf(colours, column / 63));
  const ends = [low, high].map((value) => String(Number(value.toPrecision(2))));
  return [
    {
      type: 'image',
      encode: {
        enter: {
          url: { value: url },
          x: { value: left + 35 },
          y: { value: top },
          width: { value: SIZE - 70 },
          height: { value: 7 },
          aspect: { value: false },
        },
      },
    },
    text(left + 32, top + 8, ends[0] ?? '', 'right', 9),
    text(left + SIZE - 32, top + 8, ends[1] ?? '', 'left', 9),
  ];
}

function text(x: number, y: number, value: string, align: 'left' | 'center' | 'right', size: number): Mark {
  return {
    type: 'text',
    encode: {
      enter: {
        x: { value: x },
        y: { value: y },
        text: { value },
        align: { value: align },
        fontSize: { value: size },
        font: { value: 'sans-serif' },
      },
    },
  };
}
