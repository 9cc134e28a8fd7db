import type { Spec } from 'vega';
import { cellsAsPng, drawChart, type ChartText } from '../chart.js';
import { colourOf, type ColourMapName } from '../colour-maps.js';

export interface LabelledMatrix {
  /** As many as rows and columns. */
  readonly labels: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

const SIDE = 420;

/**
 * A connectome or correlation matrix. Values with both signs in blue to red about 0, others in viridis; `log` for counts
 * of streamlines, of which few connections hold most. The diagonal is left out of the scale: it is 1, or not meant.
 */
export async function matrixPicture(
  { labels, rows }: LabelledMatrix,
  request: ChartText & { readonly unit: string; readonly log: boolean },
): Promise<string> {
  const size = rows.length;
  const off = rows.flatMap((row, i) => row.filter((value, j) => i !== j && Number.isFinite(value)));
  const signed = off.some((value) => value < 0);
  const shown = (value: number): number => (request.log ? Math.log10(1 + Math.max(0, value)) : value);
  const most = Math.max(...off.map((value) => Math.abs(shown(value))), 0) || 1;
  const range = { low: signed ? -most : 0, high: most };
  const colours: ColourMapName = signed ? 'blue-red' : 'viridis';
  const url = cellsAsPng(size, size, (i, j) => {
    const value = rows[i]?.[j] ?? NaN;
    if (!Number.isFinite(value)) return [128, 128, 128];
    return colourOf(colours, (shown(value) - range.low) / (range.high - range.low));
  });
  const every = Math.ceil(size / 40);
  const ticks = labels.map((label, at) => ({ label, at })).filter(({ at }) => at % every === 0);
  const back = request.log ? (share: number) => 10 ** share - 1 : (share: number) => share;
  const axis = {
    scale: 'cells',
    values: ticks.map(({ at }) => at + 0.5),
    encode: { labels: { update: { text: { signal: 'labels[floor(datum.value)]' } } } },
  };
  const spec: Spec = {
    width: SIDE,
    height: SIDE,
    signals: [{ name: 'labels', value: [...labels] }],
    data: [
      { name: 'picture', values: [{ url }] },
      {
        name: 'scale',
        values: Array.from({ length: 101 }, (_, at) => ({ at, colour: css(colourOf(colours, at / 100)) })),
      },
      {
        name: 'ends',
        values: [0, 0.5, 1].map((share) => ({
          share,
          text: String(Number(back(range.low + share * (range.high - range.low)).toPrecision(3))),
        })),
      },
    ],
    scales: [{ name: 'cells', type: 'linear', domain: [0, size], range: [0, SIDE] }],
    axes: [
      { orient: 'left', ...axis },
      { orient: 'top', labelAngle: -90, labelAlign: 'left', labelBaseline: 'middle', ...axis },
    ],
    marks: [
      {
        type: 'image',
        from: { data: 'picture' },
        encode: {
          enter: {
            url: { field: 'url' },
            width: { value: SIDE },
            height: { value: SIDE },
            aspect: { value: false },
            smooth: { value: false },
          },
        },
      },
      {
        type: 'rect',
        from: { data: 'scale' },
        encode: {
          enter: {
            x: { value: SIDE + 16 },
            width: { value: 12 },
            y: { signal: `${SIDE} * (1 - datum.at / 101) - 5` },
            height: { value: 5 },
            fill: { field: 'colour' },
          },
        },
      },
      {
        type: 'text',
        from: { data: 'ends' },
        encode: {
          enter: {
            x: { value: SIDE + 32 },
            y: { signal: `${SIDE} * (1 - datum.share)` },
            text: { field: 'text' },
            fontSize: { value: 10 },
            baseline: { value: 'middle' },
          },
        },
      },
      {
        type: 'text',
        encode: {
          enter: {
            x: { value: SIDE + 16 },
            y: { value: SIDE + 20 },
            text: { value: request.unit },
            fontSize: { value: 10 },
          },
        },
      },
    ],
  };
  return drawChart(spec, request);
}

function css([r, g, b]: readonly [number, number, number]): string {
  return `rgb(${r},${g},${b})`;
}
