import type { Spec } from 'vega';
import { drawChart, type ChartText } from '../chart.js';
import type { Columns } from './design-picture.js';

const ROW = 16;

/**
 * Channels over time, one below the other in the order of the table, about their mean, up is positive. One scale for all:
 * `spacing` lies between two channels; absent it is six times the median standard deviation.
 */
export async function tracesPicture(
  { names, values }: Columns,
  request: ChartText & { readonly unit: string; readonly spacing?: number | undefined },
): Promise<string> {
  const times = values[names.indexOf('time_s')] ?? [];
  const channels = names.filter((name) => name !== 'time_s');
  const traces = channels.map((name) => {
    const trace = values[names.indexOf(name)] ?? [];
    const mean = trace.reduce((total, value) => total + value, 0) / trace.length;
    return trace.map((value) => value - mean);
  });
  const spacing = request.spacing ?? rounded(6 * (median(traces.map(deviation)) || 1));
  const height = Math.max(160, ROW * channels.length);
  const row = height / channels.length;
  const points = traces.flatMap((trace, channel) =>
    trace.map((value, at) => ({
      channel,
      t: times[at] ?? NaN,
      y: (channel + 0.5) * row - (value / spacing) * row,
    })),
  );
  const spec: Spec = {
    width: 620,
    height,
    data: [
      { name: 'points', values: points },
      { name: 'labels', values: channels.map((name, channel) => ({ name, y: (channel + 0.5) * row })) },
    ],
    scales: [
      {
        name: 't',
        type: 'linear',
        domain: { data: 'points', field: 't' },
        range: 'width',
        zero: false,
        nice: false,
      },
    ],
    axes: [{ orient: 'bottom', scale: 't', title: 'Time (s)', tickCount: 10 }],
    marks: [
      {
        type: 'group',
        from: { facet: { name: 'traces', data: 'points', groupby: 'channel' } },
        marks: [
          {
            type: 'line',
            from: { data: 'traces' },
            encode: {
              enter: {
                x: { scale: 't', field: 't' },
                y: { field: 'y' },
                stroke: { value: '#1b3a5c' },
                strokeWidth: { value: 0.7 },
              },
            },
          },
        ],
      },
      {
        type: 'text',
        from: { data: 'labels' },
        encode: {
          enter: {
            x: { value: -6 },
            y: { field: 'y' },
            text: { field: 'name' },
            align: { value: 'right' },
            baseline: { value: 'middle' },
            fontSize: { value: 9 },
          },
        },
      },
      {
        type: 'rule',
        encode: {
          enter: {
            x: { value: 630 },
            x2: { value: 630 },
            y: { value: 4 },
            y2: { value: 4 + row },
            strokeWidth: { value: 2 },
            stroke: { value: '#000' },
          },
        },
      },
      {
        type: 'text',
        encode: {
          enter: {
            x: { value: 636 },
            y: { value: 4 + row / 2 },
            text: { value: `${spacing} ${request.unit}` },
            baseline: { value: 'middle' },
            fontSize: { value: 10 },
          },
        },
      },
    ],
  };
  return drawChart(spec, request);
}

function deviation(trace: readonly number[]): number {
  return Math.sqrt(trace.reduce((total, value) => total + value * value, 0) / trace.length);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** 1, 2 or 5 times a power of ten, the next that is not less. */
function rounded(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return Number((([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power).toPrecision(1));
}
