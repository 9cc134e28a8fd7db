import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { applyAffine } from '../../imaging/affine.js';
import type { Vector3 } from '../../imaging/gradients.js';
import { centredGrid, voxelCount } from '../../synthetic/grids.js';
import { seededRandom } from '../../synthetic/random.js';
import { defineGenerator } from './generator.js';
import { writeMap, writeText } from './write-maps.js';

const NODES = 6;

export const tracksGenerator = defineGenerator({
  id: 'tracks',
  about: 'streamlines between regions of a parcellation, and how many join each pair and how long they are',
  params: z.strictObject({}),
  async make(folders, seed) {
    const random = seededRandom(seed, 'tracks');
    // Tilted, so that voxel axes are not those of the world.
    const grid = centredGrid([20, 24, 12], [3, 3, 3], 'LAS', 15);
    const atlas = new Uint8Array(voxelCount(grid));
    const corners = Array.from({ length: NODES }, (_, node): Vector3 => [
      node % 2 === 0 ? 2 : 14,
      2 + 8 * Math.floor(node / 2),
      node === 3 ? 7 : 3,
    ]);
    for (const [node, [x, y, zz]] of corners.entries())
      for (let k = zz; k < zz + 4; k++)
        for (let j = y; j < y + 4; j++)
          for (let i = x; i < x + 4; i++) atlas[i + 20 * (j + 24 * k)] = node + 1;
    const counts = Array.from({ length: NODES }, () => Array.from({ length: NODES }, () => 0));
    const lengths = Array.from({ length: NODES }, () => Array.from({ length: NODES }, () => 0));
    const lines: Vector3[][] = [];
    const pointIn = (node: number): Vector3 => {
      const [x, y, zz] = corners[node] as Vector3;
      // In the middle of a region: its border is more than a voxel away.
      return applyAffine(grid.affine, [
        x + 1 + random.uniform(),
        y + 1 + random.uniform(),
        zz + 1 + random.uniform(),
      ]);
    };
    for (let a = 0; a < NODES; a++)
      for (let b = a + 1; b < NODES; b++) {
        const many = Math.floor(40 * random.uniform() ** 2);
        for (let line = 0; line < many; line++) {
          const points = straight(pointIn(a), pointIn(b), 1);
          lines.push(random.uniform() < 0.5 ? points : points.reverse());
          const length = points
            .slice(1)
            .reduce((sum, point, at) => sum + distance(point, points[at] as Vector3), 0);
          for (const [i, j] of [
            [a, b],
            [b, a],
          ] as const) {
            (counts[i] as number[])[j] = (counts[i]?.[j] ?? 0) + 1;
            (lengths[i] as number[])[j] = (lengths[i]?.[j] ?? 0) + length;
          }
        }
      }
    // Streamlines that end where no region is.
    for (let line = 0; line < 30; line++)
      lines.push(
        straight(
          pointIn(Math.floor(NODES * random.uniform())),
          applyAffine(grid.affine, [9.5, 4 + 14 * random.uniform(), 10.9]),
          1,
        ),
      );
    const order = lines.map((line) => ({ line, at: random.uniform() })).sort((p, q) => p.at - q.at);
    await mkdir(folders.in, { recursive: true });
    await writeFile(join(folders.in, 'tracks.tck'), tckBytes(order.map(({ line }) => line)));
    await writeMap(join(folders.in, 'parcellation_dseg.nii.gz'), grid, atlas, 'uint8');
    const text = (matrix: readonly (readonly number[])[]): string =>
      `${matrix.map((row) => row.join(' ')).join('\n')}\n`;
    await writeText(join(folders.reference, 'counts.csv'), text(counts));
    const means = lengths.map((row, i) => row.map((sum, j) => sum / Math.max(1, counts[i]?.[j] ?? 0)));
    await writeText(join(folders.reference, 'lengths.csv'), text(means));
  },
});

function distance(a: Vector3, b: Vector3): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function straight(from: Vector3, to: Vector3, step: number): Vector3[] {
  const parts = Math.max(1, Math.round(distance(from, to) / step));
  return Array.from({ length: parts + 1 }, (_, part): Vector3 => {
    const at = part / parts;
    return [
      from[0] + at * (to[0] - from[0]),
      from[1] + at * (to[1] - from[1]),
      from[2] + at * (to[2] - from[2]),
    ];
  });
}

/** An MRtrix tracks file: points of float32, streamlines ended by NaN, the file by infinity. */
function tckBytes(lines: readonly (readonly Vector3[])[]): Buffer {
  const body = Float32Array.from([
    ...lines.flatMap((line) => [...line.flat(), NaN, NaN, NaN]),
    Infinity,
    Infinity,
    Infinity,
  ]);
  const header = `mrtrix tracks\ndatatype: Float32LE\ncount: ${lines.length}\nfile: . 128\nEND\n`;
  return Buffer.concat([Buffer.from(header.padEnd(128, '\0'), 'latin1'), Buffer.from(body.buffer)]);
}
