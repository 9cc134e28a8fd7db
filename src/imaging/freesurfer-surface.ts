import { readFile } from 'node:fs/promises';
import { fromFileSystem, NeuroClawError } from '../kernel/errors.js';

/** What is known of a triangle surface of FreeSurfer without keeping it. */
export interface SurfaceFacts {
  readonly points: number;
  readonly triangles: number;
  /** Points - edges + triangles: 2 for a closed surface without holes or handles. */
  readonly euler: number;
  /** Edges that do not belong to two triangles. */
  readonly openEdges: number;
  /** Every coordinate is a finite number, and every triangle names points that are there. */
  readonly sound: boolean;
  /** Extent along x, y, z, mm. */
  readonly extent: readonly [number, number, number];
}

const triangleMagic = 0xfffffe;

/**
 * Reads a binary triangle surface (lh.white, rh.pial, ...), big-endian: magic FF FF FE, a line that says who made it and
 * an empty one, counts of points and triangles (int32), points (float32 x, y, z in surface RAS, mm), triangles (int32).
 * Source: https://surfer.nmr.mgh.harvard.edu/fswiki/FileFormats.
 *
 * Throws `input.malformed` for another format and a file that is cut.
 */
export async function readSurface(path: string): Promise<SurfaceFacts> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw fromFileSystem(error, path);
  }
  if (bytes.length < 5 || bytes.readUIntBE(0, 3) !== triangleMagic)
    throw malformed(path, 'it is no triangle surface of FreeSurfer', 'a file that begins with FF FF FE');
  const end = bytes.indexOf('\n\n', 3);
  if (end < 0 || bytes.length < end + 10) throw malformed(path, 'its header is cut', 'two lines of text');
  const [points, triangles] = [bytes.readInt32BE(end + 2), bytes.readInt32BE(end + 6)];
  const first = end + 10;
  if (points <= 0 || triangles <= 0 || bytes.length < first + 12 * (points + triangles))
    throw malformed(path, `it is cut (${points} points, ${triangles} triangles)`, 'all of them');
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  let sound = true;
  for (let n = 0; n < 3 * points; n += 1) {
    const value = bytes.readFloatBE(first + 4 * n);
    if (!Number.isFinite(value)) sound = false;
    low[n % 3] = Math.min(low[n % 3] ?? value, value);
    high[n % 3] = Math.max(high[n % 3] ?? value, value);
  }
  const edges = new Map<number, number>();
  const from = first + 12 * points;
  for (let n = 0; n < triangles; n += 1) {
    const corners = [0, 1, 2].map((corner) => bytes.readInt32BE(from + 12 * n + 4 * corner));
    if (corners.some((corner) => corner < 0 || corner >= points)) sound = false;
    for (const [a = 0, b = 0] of [
      [corners[0], corners[1]],
      [corners[1], corners[2]],
      [corners[2], corners[0]],
    ]) {
      const edge = Math.min(a, b) * points + Math.max(a, b);
      edges.set(edge, (edges.get(edge) ?? 0) + 1);
    }
  }
  let openEdges = 0;
  for (const count of edges.values()) if (count !== 2) openEdges += 1;
  const extent = [0, 1, 2].map((axis) => (high[axis] ?? 0) - (low[axis] ?? 0));
  return {
    points,
    triangles,
    euler: points - edges.size + triangles,
    openEdges,
    sound,
    extent: extent as [number, number, number],
  };
}

function malformed(path: string, message: string, expected: string): NeuroClawError {
  return new NeuroClawError('input.malformed', `${path}: ${message}`, { place: { file: path }, expected });
}
