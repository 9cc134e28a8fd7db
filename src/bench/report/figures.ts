import type { Spec } from 'vega';
import { drawChart } from '../../environments/runtimes/embedded/pictures/chart.js';
import type { Figure } from './content.js';
import { paretoFront, type CostPoint } from './cost.js';
import type { BoardRow } from './leaderboard.js';

const ROW = 24;
const BLUE = '#0072b2';
const GREY = '#999999';

/** Resolved rate of everybody with its interval, best on top. Undefined where nobody has one. */
export async function boardFigure(rows: readonly BoardRow[]): Promise<Figure | undefined> {
  const values = rows.flatMap(({ entrant, resolved, interval }) =>
    resolved === undefined || interval === undefined
      ? []
      : [
          {
            name: entrant.name,
            resolved: 100 * resolved,
            low: 100 * interval.low,
            high: 100 * interval.high,
          },
        ],
  );
  if (values.length === 0) return undefined;
  const title = 'Resolved tasks';
  const description = `Share of track A resolved in one trial, with 95 % intervals: ${values
    .map(
      ({ name, resolved, low, high }) =>
        `${name} ${resolved.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`,
    )
    .join('; ')}.`;
  const middle = { scale: 'name', field: 'name', band: 0.5 };
  const spec: Spec = {
    width: 520,
    height: ROW * values.length,
    data: [{ name: 'rows', values }],
    scales: [
      { name: 'x', type: 'linear', domain: [0, 100], range: 'width' },
      { name: 'name', type: 'band', domain: values.map(({ name }) => name), range: 'height' },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: 'resolved (%)', grid: true },
      { orient: 'left', scale: 'name', labelLimit: 320, ticks: false, domain: false },
    ],
    marks: [
      {
        type: 'rule',
        from: { data: 'rows' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'low' },
            x2: { scale: 'x', field: 'high' },
            y: middle,
            stroke: { value: BLUE },
            strokeWidth: { value: 2 },
          },
        },
      },
      {
        type: 'symbol',
        from: { data: 'rows' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'resolved' },
            y: middle,
            fill: { value: BLUE },
            size: { value: 60 },
          },
        },
      },
    ],
  };
  return {
    kind: 'figure',
    name: 'resolved',
    title,
    description,
    svg: await drawChart(spec, { title, description }),
  };
}

/** Cost against success; those that nobody beats in both are joined. Undefined where no cost is known. */
export async function costFigure(points: readonly CostPoint[]): Promise<Figure | undefined> {
  if (points.length === 0) return undefined;
  const front = paretoFront(points);
  const values = points.map(({ name, cost, success }) => ({
    ...{ name, cost, success: 100 * success },
    colour: front.some((each) => each.name === name) ? BLUE : GREY,
  }));
  const title = 'Cost and success';
  const description = `US dollars a trial against the share resolved. Nobody is both cheaper and better than: ${front
    .map(({ name }) => name)
    .join(', ')}.`;
  const place = { x: { scale: 'x', field: 'cost' }, y: { scale: 'y', field: 'success' } };
  const spec: Spec = {
    width: 520,
    height: 280,
    data: [
      { name: 'points', values },
      { name: 'front', values: front.map(({ cost, success }) => ({ cost, success: 100 * success })) },
    ],
    scales: [
      {
        name: 'x',
        type: 'linear',
        domain: [0, 1.25 * Math.max(...points.map(({ cost }) => cost)) || 1],
        range: 'width',
      },
      { name: 'y', type: 'linear', domain: [0, 100], range: 'height' },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: 'US dollars a trial', tickCount: 6 },
      { orient: 'left', scale: 'y', title: 'resolved (%)', grid: true },
    ],
    marks: [
      {
        type: 'line',
        from: { data: 'front' },
        encode: { enter: { ...place, stroke: { value: BLUE }, strokeDash: { value: [4, 3] } } },
      },
      {
        type: 'symbol',
        from: { data: 'points' },
        encode: { enter: { ...place, fill: { field: 'colour' }, size: { value: 60 } } },
      },
      {
        type: 'text',
        from: { data: 'points' },
        encode: {
          enter: {
            ...place,
            dx: { value: 8 },
            dy: { value: -6 },
            text: { field: 'name' },
            fontSize: { value: 10 },
            font: { value: 'sans-serif' },
          },
        },
      },
    ],
  };
  return {
    kind: 'figure',
    name: 'cost',
    title,
    description,
    svg: await drawChart(spec, { title, description }),
  };
}
