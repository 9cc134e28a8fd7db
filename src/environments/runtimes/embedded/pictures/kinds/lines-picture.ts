import type { Spec } from 'vega';
import { drawChart, type ChartText } from '../chart.js';
import type { Columns } from './design-picture.js';

/** Curves over one axis: spectra by channel, evoked responses by condition, motion over time. */
export async function linesPicture(
  { names, values }: Columns,
  request: ChartText & {
    /** Name of the column that is the axis. */
    readonly x: string;
    readonly xLabel: string;
    readonly yLabel: string;
    readonly log: boolean;
  },
): Promise<string> {
  const axis = values[names.indexOf(request.x)] ?? [];
  const curves = names.filter((name) => name !== request.x);
  const points = curves.flatMap((name) =>
    (values[names.indexOf(name)] ?? []).flatMap((y, at) =>
      Number.isFinite(y) && (!request.log || y > 0) ? [{ name, x: axis[at] ?? NaN, y }] : [],
    ),
  );
  const few = curves.length <= 8;
  const spec: Spec = {
    width: 520,
    height: 260,
    data: [{ name: 'points', values: points }],
    scales: [
      {
        name: 'x',
        type: 'linear',
        domain: { data: 'points', field: 'x' },
        range: 'width',
        zero: false,
        nice: false,
      },
      {
        name: 'y',
        type: request.log ? 'log' : 'linear',
        domain: { data: 'points', field: 'y' },
        range: 'height',
        zero: false,
        nice: true,
      },
      { name: 'curve', type: 'ordinal', domain: [...curves], range: few ? OKABE_ITO : ['#3b6ea5'] },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: request.xLabel, tickCount: 8 },
      {
        orient: 'left',
        scale: 'y',
        title: request.yLabel,
        tickCount: 6,
        ...(request.log ? { format: '~e' } : {}),
      },
    ],
    ...(few ? { legends: [{ stroke: 'curve', symbolType: 'stroke' as const }] } : {}),
    marks: [
      {
        type: 'group',
        from: { facet: { name: 'curves', data: 'points', groupby: 'name' } },
        marks: [
          {
            type: 'line',
            from: { data: 'curves' },
            encode: {
              enter: {
                x: { scale: 'x', field: 'x' },
                y: { scale: 'y', field: 'y' },
                stroke: { scale: 'curve', field: 'name' },
                strokeWidth: { value: few ? 1.5 : 0.8 },
                strokeOpacity: { value: few ? 1 : 0.5 },
              },
            },
          },
        ],
      },
    ],
  };
  return drawChart(spec, request);
}

/** Okabe and Ito 2008, without yellow, which is lost on white. */
const OKABE_ITO = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#999999'];
