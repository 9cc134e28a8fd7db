import type { Spec } from 'vega';
import { cellsAsPng, drawChart, type ChartText } from '../chart.js';
import { colourOf } from '../colour-maps.js';

/** Columns by name, one number a volume. */
export interface Columns {
  readonly names: readonly string[];
  readonly values: readonly (readonly number[])[];
}

/**
 * A design matrix: volumes from top to bottom, regressors side by side, each scaled by its largest absolute value (so
 * that a drift and a response are both seen), blue below zero and red above. The times of the volumes (`frame_time`) are
 * no regressor.
 */
export async function designPicture(table: Columns, request: ChartText): Promise<string> {
  const regressors = table.names.map((_, at) => at).filter((at) => table.names[at] !== 'frame_time');
  const names = regressors.map((at) => table.names[at] ?? '');
  const values = regressors.map((at) => table.values[at] ?? []);
  const rows = values[0]?.length ?? 0;
  const most = values.map((column) => Math.max(...column.map(Math.abs)) || 1);
  const url = cellsAsPng(rows, names.length, (row, column) =>
    colourOf('blue-red', ((values[column]?.[row] ?? 0) / (most[column] ?? 1) + 1) / 2),
  );
  const [width, height] = [Math.max(160, Math.min(900, 22 * names.length)), 360];
  const spec: Spec = {
    width,
    height,
    data: [{ name: 'picture', values: [{ url }] }],
    signals: [{ name: 'names', value: [...names] }],
    scales: [
      { name: 'columns', type: 'linear', domain: [0, names.length], range: [0, width] },
      { name: 'volumes', type: 'linear', domain: [0, rows], range: [0, height] },
    ],
    axes: [
      {
        orient: 'top',
        scale: 'columns',
        values: names.map((_, at) => at + 0.5),
        labelAngle: -60,
        labelAlign: 'left',
        labelOverlap: false,
        encode: { labels: { update: { text: { signal: 'names[floor(datum.value)]' } } } },
      },
      { orient: 'left', scale: 'volumes', title: 'volume' },
    ],
    marks: [
      {
        type: 'image',
        from: { data: 'picture' },
        encode: {
          enter: {
            url: { field: 'url' },
            width: { value: width },
            height: { value: height },
            aspect: { value: false },
            smooth: { value: false },
          },
        },
      },
    ],
  };
  return drawChart(spec, request);
}
