import { parse, resetSVGDefIds, View, type Config, type Spec } from 'vega';
import { encode } from 'fast-png';
import type { Rgb } from './raster.js';

/** What stands above a chart, and what it shows for people who do not see it. */
export interface ChartText {
  readonly title: string;
  readonly description: string;
}

/** Looks of every chart. */
const config: Config = {
  background: '#fff',
  axis: {
    labelFont: 'sans-serif',
    titleFont: 'sans-serif',
    labelFontSize: 10,
    titleFontSize: 11,
    grid: false,
  },
  legend: {
    labelFont: 'sans-serif',
    titleFont: 'sans-serif',
    labelFontSize: 10,
    titleFontSize: 10,
    titleLimit: 400,
  },
  title: { font: 'sans-serif', fontSize: 13, anchor: 'start' },
};

/** Draws a Vega specification as SVG. It loads nothing, and gives the same bytes for the same values. */
export async function drawChart(spec: Spec, { title, description }: ChartText): Promise<string> {
  const view = new View(parse({ padding: 8, ...spec, title: { text: title }, config }), {
    renderer: 'none',
    loader: {
      load: () => Promise.reject(new Error('a chart loads nothing')),
      sanitize: (uri: string) =>
        uri.startsWith('data:image/png;base64,')
          ? Promise.resolve({ href: uri })
          : Promise.reject(new Error('a chart loads nothing')),
      http: () => Promise.reject(new Error('a chart loads nothing')),
      file: () => Promise.reject(new Error('a chart loads nothing')),
    },
  });
  try {
    // Names of clip paths are counted over all charts of a process.
    resetSVGDefIds();
    const svg = await view.toSVG();
    const head = `<title>${escaped(title)}</title><desc>${escaped(description)}</desc>`;
    return `${svg.replace(/^(<svg[^>]*>)/, `$1${head}`)}\n`;
  } finally {
    view.finalize();
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
}

/** A table of colours as a PNG address: one pixel a cell, to be shown without smoothing. */
export function cellsAsPng(
  rows: number,
  columns: number,
  colour: (row: number, column: number) => Rgb,
): string {
  const data = new Uint8Array(3 * rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      data.set(colour(row, column), 3 * (column + columns * row));
  const png = encode({ width: columns, height: rows, data, depth: 8, channels: 3 }, { zlib: { level: 9 } });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
