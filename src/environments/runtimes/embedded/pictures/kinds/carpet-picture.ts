import type { Spec } from 'vega';
import { gridOf, readNiftiHeader, volumesOf } from '../../../../../imaging/nifti-header.js';
import { streamVoxels } from '../../../../../imaging/voxel-stream.js';
import { ToolUsageError } from '../../tool.js';
import { cellsAsPng, drawChart, type ChartText } from '../chart.js';
import { colourOf } from '../colour-maps.js';
import { loadVolume } from '../load-volume.js';

/** Rows of the carpet: more are averaged, so that a picture stays small. */
const MAX_ROWS = 400;
const [WIDTH, CARPET, TRACE] = [620, 300, 70];

/** What columns of confounds are, with their units. */
const traceTitles: Readonly<Record<string, string>> = {
  framewise_displacement: 'framewise displacement (mm)',
  dvars: 'DVARS (of a median of 1000)',
  std_dvars: 'standardised DVARS',
  DVARS: 'DVARS (units of the image)',
};

/** A trace above the carpet, one number a volume; NaN where there is none, as for the first step of a difference. */
export interface Trace {
  readonly name: string;
  readonly values: readonly number[];
}

/**
 * Carpet of a time series (Power 2017, doi:10.1016/j.neuroimage.2016.08.009): voxels of a mask from top to bottom in the
 * order of the file, volumes from left to right, each voxel as its deviation from its own mean in standard deviations,
 * -2 to 2. Movement and spikes are bands from top to bottom. DVARS (root mean square over the mask of the change from
 * volume to volume, in units of the image; those of the table where it has them) and further traces stand above it on the same axis.
 */
export async function carpetPicture(
  request: ChartText & {
    readonly bold: string;
    readonly mask?: string | undefined;
    readonly traces: readonly Trace[];
  },
): Promise<string> {
  const header = await readNiftiHeader(request.bold);
  const volumes = volumesOf(header);
  if (volumes < 3) throw new ToolUsageError(`a time series of ${volumes} volumes is too short for a carpet`);
  for (const { name, values } of request.traces)
    if (values.length !== volumes)
      throw new ToolUsageError(`${name} has ${values.length} values for ${volumes} volumes`);
  const { shape } = gridOf(header);
  const size = shape[0] * shape[1] * shape[2];
  const rowOf = await rowsOf(request.bold, request.mask, size);
  const rows = Math.max(...rowOf) + 1;
  if (rows === 0) throw new ToolUsageError('the mask holds no voxel of the series');
  const counts = new Float64Array(rows);
  rowOf.forEach((row) => row >= 0 && (counts[row] = (counts[row] ?? 0) + 1));

  const cells = new Float64Array(rows * volumes);
  const dvars = new Float64Array(volumes);
  let inside = 0;
  rowOf.forEach((row) => (inside += row >= 0 ? 1 : 0));
  const before = new Float64Array(size);
  await streamVoxels(header, (values, first) => {
    for (let index = 0; index < values.length; index++) {
      const voxel = (first + index) % size;
      const row = rowOf[voxel] as number;
      if (row < 0) continue;
      const volume = Math.floor((first + index) / size);
      const value = values[index] as number;
      const at = row * volumes + volume;
      cells[at] = (cells[at] as number) + value / (counts[row] as number);
      dvars[volume] = (dvars[volume] as number) + (value - (before[voxel] as number)) ** 2;
      before[voxel] = value;
    }
  });
  const change: Trace = {
    name: 'DVARS',
    values: Array.from(dvars, (sum, volume) => (volume === 0 ? NaN : Math.sqrt(sum / inside))),
  };
  standardize(cells, rows, volumes);
  const colour = (row: number, volume: number): ReturnType<typeof colourOf> =>
    colourOf('grey', ((cells[row * volumes + volume] as number) + 2) / 4);
  const url = cellsAsPng(rows, volumes, colour);
  const known = request.traces.some(({ name }) => name === 'dvars' || name === 'std_dvars');
  return drawChart(specOf(url, volumes, known ? request.traces : [...request.traces, change]), request);
}

/** For each voxel its row in the carpet, -1 outside the mask; without a mask, voxels whose mean is above a tenth of the largest. */
async function rowsOf(bold: string, mask: string | undefined, size: number): Promise<Int32Array> {
  const chosen = mask === undefined ? await loadVolume(bold, 'mean') : await loadVolume(mask, 0);
  if (chosen.data.length !== size) throw new ToolUsageError('mask and time series are on different grids');
  let most = 0;
  for (let voxel = 0; voxel < size; voxel++) most = Math.max(most, chosen.data[voxel] ?? 0);
  const limit = mask === undefined ? most / 10 : 0;
  const rows = new Int32Array(size).fill(-1);
  let count = 0;
  for (let voxel = 0; voxel < size; voxel++) if ((chosen.data[voxel] ?? 0) > limit) count += 1;
  const perRow = Math.max(1, Math.ceil(count / MAX_ROWS));
  let seen = 0;
  for (let voxel = 0; voxel < size; voxel++)
    if ((chosen.data[voxel] ?? 0) > limit) rows[voxel] = Math.floor(seen++ / perRow);
  return rows;
}

/** Each row to mean 0 and standard deviation 1 (0 where it never varies), in place. */
function standardize(cells: Float64Array, rows: number, columns: number): void {
  for (let row = 0; row < rows; row++) {
    const part = cells.subarray(row * columns, (row + 1) * columns);
    const mean = part.reduce((sum, value) => sum + value, 0) / columns;
    const spread = Math.sqrt(part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / columns);
    part.forEach((value, at) => (part[at] = spread > 0 ? (value - mean) / spread : 0));
  }
}

function specOf(url: string, volumes: number, traces: readonly Trace[]): Spec {
  const top = traces.length * (TRACE + 10);
  const scale = { name: 'volume', type: 'linear' as const, domain: [0, volumes], range: [0, WIDTH] };
  return {
    width: WIDTH,
    height: top + CARPET,
    data: [
      { name: 'carpet', values: [{ url }] },
      ...traces.map(({ name, values }) => ({
        name,
        values: values.flatMap((y, at) => (Number.isFinite(y) ? [{ x: at + 0.5, y }] : [])),
      })),
    ],
    scales: [
      scale,
      ...traces.map(({ name }, at) => ({
        name: `y ${name}`,
        type: 'linear' as const,
        domain: { data: name, field: 'y' },
        range: [at * (TRACE + 10) + TRACE, at * (TRACE + 10)],
        zero: false,
        nice: true,
      })),
    ],
    axes: [
      { orient: 'bottom', scale: 'volume', title: 'volume' },
      ...traces.map(({ name }) => ({ orient: 'left' as const, scale: `y ${name}`, tickCount: 3 })),
    ],
    marks: [
      {
        type: 'image',
        from: { data: 'carpet' },
        encode: {
          enter: {
            url: { field: 'url' },
            y: { value: top },
            width: { value: WIDTH },
            height: { value: CARPET },
            aspect: { value: false },
            smooth: { value: false },
          },
        },
      },
      ...traces.map(({ name }) => ({
        type: 'line' as const,
        from: { data: name },
        encode: {
          enter: {
            x: { scale: 'volume', field: 'x' },
            y: { scale: `y ${name}`, field: 'y' },
            stroke: { value: '#0072b2' },
            strokeWidth: { value: 1.2 },
          },
        },
      })),
      ...traces.map(({ name }, at) => ({
        type: 'text' as const,
        encode: {
          enter: {
            x: { value: WIDTH },
            y: { value: at * (TRACE + 10) + 2 },
            text: { value: traceTitles[name] ?? name },
            align: { value: 'right' as const },
            fontSize: { value: 10 },
            fill: { value: '#444' },
          },
        },
      })),
    ],
  };
}
