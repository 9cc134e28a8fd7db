import { decode } from 'fast-png';
import { z } from 'zod';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { problem } from './problem.js';

/** A picture that stands for nothing else: what is inside a `data:` address is part of the file. */
const EMBEDDED = /(?:xlink:)?href="data:image\/png;base64,([A-Za-z0-9+/=]*)"/g;
/** Anything that is fetched when the picture is opened. */
const OUTSIDE = /(?:xlink:)?href="(?!data:|#)[^"]*"|url\((?!#)[^)]*\)|<script/;

/** Pictures of results: what people look at must be there, whole, and show something. */
export const pictureCheck: Check = defineCheck({
  name: 'svg.picture',
  version: 1,
  catches:
    'a picture that shows nothing: black cuts beside the image, a chart without marks, a file that is cut',
  args: z.strictObject({
    /** Least number of PNG pictures inside; each must hold more than one colour. */
    embedded: z.number().int().min(0).default(0),
    /** Least number of marks of a chart: paths, lines, circles, rectangles. */
    marks: z.number().int().min(0).default(0),
  }),
  run: async ({ path }, { embedded, marks }, facts) => {
    const text = await facts.text(path);
    const findings: Finding[] = [];
    const wrong = (message: string, expected: string): void =>
      void findings.push(problem('svg.picture', path, message, expected));
    if (!/^\s*(?:<\?xml[^>]*>\s*)?<svg[\s>]/.test(text) || !/<\/svg>\s*$/.test(text))
      wrong('it is not a whole SVG document', '<svg ...> to </svg>');
    const outside = OUTSIDE.exec(text);
    if (outside !== null) wrong(`it refers to ${outside[0].slice(0, 80)}`, 'a picture that opens offline');
    const pictures = [...text.matchAll(EMBEDDED)].map(([, data = '']) => data);
    if (pictures.length < embedded) wrong(`it holds ${pictures.length} pictures`, `at least ${embedded}`);
    pictures.forEach((data, index) => {
      const colours = coloursOf(data);
      if (colours === undefined) wrong(`picture ${index + 1} is damaged`, 'a whole PNG');
      else if (colours < 2) wrong(`picture ${index + 1} is of one colour`, 'something to see');
    });
    const drawn = text.match(/<(?:path|line|circle|rect|polyline|polygon)\b/g)?.length ?? 0;
    if (drawn < marks) wrong(`it holds ${drawn} marks`, `at least ${marks}`);
    return { findings, values: { bytes: text.length, embedded: pictures.length, marks: drawn } };
  },
});

/** Number of different pixels, up to two; undefined for data that are no whole PNG. */
function coloursOf(base64: string): number | undefined {
  try {
    const { data, channels } = decode(Buffer.from(base64, 'base64'), { checkCrc: true });
    const other = data.findIndex((value, at) => value !== data[at % channels]);
    return other < 0 ? 1 : 2;
  } catch {
    return undefined;
  }
}
