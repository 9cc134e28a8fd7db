import { open, readFile } from 'node:fs/promises';
import { fromFileSystem, NeuroClawError } from '../kernel/errors.js';

/** How many points and triangles a surface says it has, and whether the file is long enough for them. */
export interface SurfaceSize {
  readonly points: number;
  readonly triangles: number;
}

/** One number at each point of a surface: thickness in mm, area in mm2, curvature in 1/mm. */
export interface VertexValues {
  readonly points: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Values that are no finite numbers. */
  readonly odd: number;
}

/** Bytes at the beginning of a surface in which its two lines of text end. */
const HEAD = 4096;

/**
 * Reads the counts of a binary triangle surface, and compares them with the length of the file; the points are not read.
 * Format: see `readSurface`. Throws `input.malformed`.
 */
export async function readSurfaceSize(path: string): Promise<SurfaceSize> {
  const { head, size } = await begin(path);
  if (head.length < 5 || head.readUIntBE(0, 3) !== 0xfffffe)
    throw malformed(path, 'it is no triangle surface of FreeSurfer', 'a file that begins with FF FF FE');
  const end = head.indexOf('\n\n', 3);
  if (end < 0 || head.length < end + 10) throw malformed(path, 'its header is cut', 'two lines of text');
  const [points, triangles] = [head.readInt32BE(end + 2), head.readInt32BE(end + 6)];
  if (points <= 0 || triangles <= 0 || size < end + 10 + 12 * (points + triangles))
    throw malformed(path, `it is cut (${points} points, ${triangles} triangles)`, 'all of them');
  return { points, triangles };
}

/**
 * Reads a file of one value a point (?h.thickness, ?h.area, ?h.curv), big-endian: magic FF FF FF, counts of points and
 * triangles and values a point (int32), float32 values.
 * Source: https://surfer.nmr.mgh.harvard.edu/fswiki/FileFormats ("Curv"), `read_morph_data` of nibabel.
 * Throws `input.malformed` for another format, more than one value a point, a file that is cut.
 */
export async function readVertexValues(path: string): Promise<VertexValues> {
  const bytes = await whole(path);
  if (bytes.length < 15 || bytes.readUIntBE(0, 3) !== 0xffffff)
    throw malformed(path, 'it is no file of values on a surface', 'a file that begins with FF FF FF');
  const [points, each] = [bytes.readInt32BE(3), bytes.readInt32BE(11)];
  if (points <= 0 || each !== 1 || bytes.length < 15 + 4 * points)
    throw malformed(path, `it is cut, or holds ${each} values a point (${points} points)`, 'one for each');
  let [minimum, maximum, odd] = [Infinity, -Infinity, 0];
  for (let n = 0; n < points; n += 1) {
    const value = bytes.readFloatBE(15 + 4 * n);
    if (!Number.isFinite(value)) odd += 1;
    else {
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
    }
  }
  return { points, minimum, maximum, odd };
}

/**
 * Number of points that an annotation (?h.aparc.annot) labels: int32 count, then point and label as int32 each,
 * big-endian, then the colours. Source: https://surfer.nmr.mgh.harvard.edu/fswiki/LabelsClutsAnnotationFiles.
 * Throws `input.malformed` for a file that is cut.
 */
export async function readAnnotationPoints(path: string): Promise<number> {
  const { head, size } = await begin(path);
  const points = head.length < 4 ? 0 : head.readInt32BE(0);
  if (points <= 0 || size < 4 + 8 * points)
    throw malformed(path, `it is cut, or no annotation (${points} points)`, 'a label for each point');
  return points;
}

async function begin(path: string): Promise<{ head: Buffer; size: number }> {
  try {
    const file = await open(path, 'r');
    try {
      const head = Buffer.alloc(HEAD);
      const { bytesRead } = await file.read(head, 0, HEAD, 0);
      return { head: head.subarray(0, bytesRead), size: (await file.stat()).size };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

async function whole(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fromFileSystem(error, path);
  }
}

function malformed(path: string, message: string, expected: string): NeuroClawError {
  return new NeuroClawError('input.malformed', `${path}: ${message}`, { place: { file: path }, expected });
}
