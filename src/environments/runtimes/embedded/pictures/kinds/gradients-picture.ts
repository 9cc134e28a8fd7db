import type { Spec } from 'vega';
import type { Vector3 } from '../../../../../imaging/gradients.js';
import { drawChart, type ChartText } from '../chart.js';

/**
 * Gradient directions on a hemisphere seen from above (Lambert azimuthal equal-area projection, so that equal gaps on
 * the sphere are equal gaps here), a colour a shell. A direction and its opposite measure the same: those that point
 * down are turned up and drawn as rings, so that a half of the sphere that was left out is seen.
 *
 * @param bvals s/mm2
 * @param directions unit vectors as the table has them (along the axes of the image)
 */
export async function gradientsPicture(
  { bvals, directions }: { readonly bvals: readonly number[]; readonly directions: readonly Vector3[] },
  request: ChartText,
): Promise<string> {
  const points = bvals.flatMap((b, volume) => {
    const [x, y, z] = directions[volume] ?? [NaN, NaN, NaN];
    if (!(b > UNWEIGHTED) || !(Math.hypot(x, y, z) > 0)) return [];
    const turned = z < 0;
    const [u, v, w] = turned ? [-x, -y, -z] : [x, y, z];
    const scale = 1 / Math.sqrt(1 + w);
    // b-values of one shell scatter by the imaging gradients: to the nearest 100.
    return [{ shell: `b = ${Math.round(b / 100) * 100}`, across: u * scale, up: v * scale, turned }];
  });
  const spec: Spec = {
    width: 320,
    height: 320,
    data: [
      { name: 'points', values: points },
      {
        name: 'rings',
        values: [30, 60, 90].map((angle) => ({ r: Math.sqrt(2) * Math.sin((angle * Math.PI) / 360) })),
      },
    ],
    scales: [
      { name: 'x', type: 'linear', domain: [-1.05, 1.05], range: 'width' },
      { name: 'y', type: 'linear', domain: [-1.05, 1.05], range: 'height' },
      {
        name: 'shell',
        type: 'ordinal',
        domain: { data: 'points', field: 'shell', sort: true },
        range: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'],
      },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: 'x', values: [-1, 0, 1] },
      { orient: 'left', scale: 'y', title: 'y', values: [-1, 0, 1] },
    ],
    legends: [{ fill: 'shell', title: 's/mm²; rings: turned up' }],
    marks: [
      {
        type: 'symbol',
        from: { data: 'rings' },
        encode: {
          enter: {
            x: { scale: 'x', value: 0 },
            y: { scale: 'y', value: 0 },
            size: { signal: 'pow(2 * datum.r * 320 / 2.1, 2)' },
            stroke: { value: '#bbb' },
            fill: { value: 'transparent' },
          },
        },
      },
      {
        type: 'symbol',
        from: { data: 'points' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'across' },
            y: { scale: 'y', field: 'up' },
            size: { value: 40 },
            fill: [
              { test: 'datum.turned', value: 'transparent' },
              { scale: 'shell', field: 'shell' },
            ],
            stroke: { scale: 'shell', field: 'shell' },
            strokeWidth: { value: 1.5 },
          },
        },
      },
    ],
  };
  return drawChart(spec, request);
}

/** s/mm2; lower b-values are images without weighting, whose direction says nothing. */
const UNWEIGHTED = 50;
