import { colourOf, type ColourMapName } from './colour-maps.js';
import type { Mosaic } from './mosaic.js';
import type { Range } from './layers.js';

export interface PictureText {
  readonly title: string;
  /** What is seen, for people who do not see it, and for the caption. */
  readonly description: string;
  /** A scale beside the picture. */
  readonly scale?: {
    readonly colours: ColourMapName;
    readonly range: Range;
    readonly label: string;
    /** Absolute value below which nothing is shown: that part of the scale is grey. */
    readonly threshold?: number;
  };
}

const FONT = 'font-family="system-ui, sans-serif"';
const LINE = 16;
const SCALE_WIDTH = 200;

/** The convention that every picture of cuts states. */
export const CONVENTION = 'Radiological convention: the left of the picture is the right (R) of the patient.';

/**
 * A mosaic as SVG: the cuts as PNG inside it, with marks for the sides and the position (mm) of each cut as text. With
 * `second`, a mosaic of the same layout, both are shown in turn (or side by side in time: 1.5 s each); who asked for
 * less motion, or prints, sees the first, and the second on hovering. `#before` or `#after` at the end of the address
 * holds one of them.
 */
export function svgPicture(first: Mosaic, text: PictureText, second?: Mosaic): string {
  const { width, height } = first.raster;
  const above = LINE + 6;
  const below = text.scale === undefined ? LINE + 4 : 4 * LINE + 4;
  const full = Math.max(width, 420);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${full} ${above + height + below}" role="img">`,
    `<title>${escapeXml(text.title)}</title>`,
    `<desc>${escapeXml(`${text.description} ${CONVENTION}`)}</desc>`,
    `<rect width="100%" height="100%" fill="#000"/>`,
    label(4, LINE - 2, text.title, 12, 'start'),
    picture(first, above, second === undefined ? '' : 'before'),
    ...(second === undefined ? [] : [flicker, picture(second, above, 'after')]),
    ...first.cuts.flatMap(({ plane, left, top }) => {
      const [x, y] = [left, top + above];
      const { marks } = plane;
      return [
        label(x + 2, y + plane.height / 2 + 3, marks.left, 9, 'start'),
        label(x + plane.width - 2, y + plane.height / 2 + 3, marks.right, 9, 'end'),
        label(x + plane.width / 2, y + 9, marks.top, 9, 'middle'),
        label(
          x + plane.width - 2,
          y + plane.height - 2,
          `${axisOf[plane.name]}=${plane.position.toFixed(0)}`,
          8,
          'end',
        ),
      ];
    }),
    ...(text.scale === undefined ? [] : colourScale(text.scale, above + height + 6)),
    label(4, above + height + below - 5, CONVENTION, 9, 'start'),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

const axisOf = { axial: 'z', coronal: 'y', sagittal: 'x' } as const;

const flicker = `<style>
.after { animation: turn 3s steps(1) infinite; }
@keyframes turn { 0% { opacity: 0; } 50% { opacity: 1; } }
@media (prefers-reduced-motion: reduce) { .after { animation: none; opacity: 0; } .after:hover { opacity: 1; } }
#before:target ~ .after { animation: none; opacity: 0; }
#after:target { animation: none; opacity: 1; }
@media print { .after:not(:target) { display: none; } }
</style>`;

function picture({ raster }: Mosaic, top: number, name: string): string {
  const png = Buffer.from(raster.toPng()).toString('base64');
  const style = name === '' ? '' : ` id="${name}" class="${name}"`;
  return `<image${style} x="0" y="${top}" width="${raster.width}" height="${raster.height}" href="data:image/png;base64,${png}"/>`;
}

function label(x: number, y: number, text: string, size: number, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" ${FONT} font-size="${size}" fill="#fff" stroke="#000" stroke-width="1.5" paint-order="stroke" text-anchor="${anchor}">${escapeXml(text)}</text>`;
}

function colourScale(scale: NonNullable<PictureText['scale']>, top: number): string[] {
  const stops = Array.from({ length: 17 }, (_, step) => {
    const [r, g, b] = colourOf(scale.colours, step / 16);
    return `<stop offset="${step / 16}" stop-color="rgb(${r},${g},${b})"/>`;
  });
  return [
    `<linearGradient id="scale">${stops.join('')}</linearGradient>`,
    `<rect x="60" y="${top}" width="${SCALE_WIDTH}" height="10" fill="url(#scale)" stroke="#888" stroke-width="0.5"/>`,
    label(56, top + 9, number(scale.range.low), 9, 'end'),
    label(64 + SCALE_WIDTH, top + 9, number(scale.range.high), 9, 'start'),
    ...hiddenPart(scale, top),
    label(4, top + 28, scale.label, 9, 'start'),
  ];
}

function hiddenPart({ range, threshold }: NonNullable<PictureText['scale']>, top: number): string[] {
  if (threshold === undefined) return [];
  const place = (value: number): number =>
    60 + SCALE_WIDTH * Math.min(1, Math.max(0, (value - range.low) / (range.high - range.low || 1)));
  const [from, to] = [place(-threshold), place(threshold)];
  const ticks = range.low < -threshold ? [-threshold, threshold] : [threshold];
  return [
    `<rect x="${round(from)}" y="${top}" width="${round(to - from)}" height="10" fill="#444"/>`,
    ...ticks.map((value) => label(place(value), top + 19, number(value), 8, 'middle')),
  ];
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
}
