import { z } from 'zod';
import { cornerDistance, invertAffine, multiplyAffines, type Affine } from '../imaging/affine.js';
import { fslToWorld, parseFslMatrix } from '../imaging/fsl-matrix.js';
import { gridOf } from '../imaging/nifti-header.js';
import { byteChunks } from '../imaging/read-bytes.js';
import { readTckHeader } from '../imaging/tck.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { readNumberTable } from './number-table.js';
import { problem } from './problem.js';

/** Checks of surfaces, transforms and values along streamlines. */
export const geometryChecks: readonly Check[] = [
  defineCheck({
    name: 'tsf.readable',
    version: 1,
    catches: 'values along streamlines that are cut, or belong to another tractogram',
    args: z.strictObject({
      /** Role of the tractogram: as many streamlines. */
      tracks: z.string().optional(),
    }),
    run: async (subject, { tracks }, facts) => {
      const { path } = subject;
      const header = await readTckHeader(path, 'mrtrix track scalars');
      let [lines, open, skip] = [0, false, header.dataOffset];
      let carry: Buffer = Buffer.alloc(0);
      for await (let chunk of byteChunks(path)) {
        const cut = Math.min(skip, chunk.length);
        skip -= cut;
        chunk = Buffer.concat([carry, chunk.subarray(cut)]);
        const whole = chunk.length - (chunk.length % header.number.bytes);
        carry = Buffer.from(chunk.subarray(whole));
        for (const value of header.number.decode(chunk.subarray(0, whole), header.littleEndian)) {
          // NaN ends a streamline; an infinity at the end of the file is allowed and MRtrix3 3.0.3 writes none.
          if (Number.isNaN(value)) lines += 1;
          open = Number.isFinite(value);
        }
      }
      const findings: Finding[] = [];
      if (open || carry.length > 0)
        findings.push(problem('tsf.readable', path, 'the file is cut', 'a NaN behind each streamline'));
      if (header.count !== lines)
        findings.push(
          problem(
            'tsf.readable',
            path,
            `the header counts ${header.count ?? 'nothing'}, the file has ${lines}`,
            'the same',
          ),
        );
      if (tracks !== undefined) {
        const { streamlines } = await facts.tracts(pathOf(subject, tracks));
        if (streamlines !== lines)
          findings.push(
            problem(
              'tsf.readable',
              path,
              `${lines} streamlines, ${tracks} has ${streamlines}`,
              `${streamlines}`,
            ),
          );
      }
      return { findings, values: { streamlines: lines } };
    },
  }),
  defineCheck({
    name: 'mesh.readable',
    version: 1,
    catches: 'a surface without triangles, or whose triangles name points that are not there',
    args: z.strictObject({}),
    run: async ({ path }, _args, facts) => {
      const [points, triangles, highest, finite] = readObj(await facts.text(path));
      const findings: Finding[] = [];
      if (points === 0 || triangles === 0)
        findings.push(
          problem('mesh.readable', path, `${points} points, ${triangles} triangles`, 'a surface'),
        );
      if (highest > points)
        findings.push(problem('mesh.readable', path, `a triangle names point ${highest}`, `1 to ${points}`));
      if (!finite)
        findings.push(problem('mesh.readable', path, 'a point has no finite place', 'numbers in mm'));
      return { findings, values: { points, triangles } };
    },
  }),
  defineCheck({
    name: 'file.starts-with',
    version: 1,
    catches: 'a file of another format than its name says',
    args: z.strictObject({ text: z.string().min(1) }),
    run: async ({ path }, { text }) => {
      let start = '';
      for await (const chunk of byteChunks(path)) {
        start = chunk.toString('latin1', 0, text.length);
        break;
      }
      const findings =
        start === text ? [] : [problem('file.starts-with', path, `it begins with ${start}`, text)];
      return { findings };
    },
  }),
  defineCheck({
    name: 'transform.flirt',
    version: 1,
    catches:
      'a matrix of FLIRT that was converted with the two images exchanged, or used as it is: everything moves the wrong way',
    args: z.strictObject({
      /** Role of the matrix, and of the images that FLIRT was given as -in and -ref. */
      matrix: z.string(),
      moving: z.string(),
      fixed: z.string(),
    }),
    run: async (subject, { matrix, moving, fixed }, facts) => {
      const check = 'transform.flirt';
      const { path } = subject;
      const { rows, findings } = readNumberTable(await facts.text(path), path, check);
      const flirt = parseFslMatrix(await facts.text(pathOf(subject, matrix)));
      if (findings.length > 0 || rows.length < 3 || rows.some((row) => row.length !== 4)) return { findings };
      if (flirt === undefined)
        return { findings: [problem(check, pathOf(subject, matrix), 'no matrix of FSL', '4x4 numbers')] };
      const [from, to] = [
        gridOf(await facts.header(pathOf(subject, fixed))),
        gridOf(await facts.header(pathOf(subject, moving))),
      ];
      const due = invertAffine(fslToWorld(flirt, to, from));
      const found = [...rows.slice(0, 3), [0, 0, 0, 1]] as unknown as Affine;
      const distance = cornerDistance(
        from.shape,
        multiplyAffines(due, from.affine),
        multiplyAffines(found, from.affine),
      );
      if (distance > 0.1)
        findings.push(
          problem(
            check,
            path,
            `it lies up to ${distance.toFixed(1)} mm beside what FLIRT found`,
            `from points of ${fixed} to ${moving}`,
          ),
        );
      return { findings, values: { distance_mm: distance } };
    },
  }),
  defineCheck({
    name: 'transform.linear',
    version: 1,
    catches: 'a transform that mirrors, flattens or scales a brain beyond what brains differ by',
    args: z.strictObject({
      /** Whether lengths must stay: rotation and shift only. */
      rigid: z.boolean().default(false),
      /** Largest change of volume, as a factor; adult brains differ by less than 2. */
      max_scale: z.number().min(1).default(3),
    }),
    run: async ({ path }, { rigid, max_scale }, facts) => {
      const { rows, findings } = readNumberTable(await facts.text(path), path, 'transform.linear');
      const say = (message: string, expected: string): void =>
        void findings.push(problem('transform.linear', path, message, expected));
      const square = (rows.length === 3 || rows.length === 4) && rows.every((row) => row.length === 4);
      if (!square) {
        say(`${rows.length} rows of ${rows[0]?.length ?? 0} numbers`, 'a matrix of 4x4 or 3x4 numbers');
        return { findings };
      }
      const [a, b, c] = [0, 1, 2].map((row) => (rows[row] ?? []).slice(0, 3)) as [
        number[],
        number[],
        number[],
      ];
      const volume = determinantOf(a, b, c);
      if (volume <= 0) say(`its determinant is ${volume.toFixed(4)}: it mirrors`, 'above 0');
      else if (volume > max_scale || volume < 1 / max_scale)
        say(
          `it changes volumes by the factor ${volume.toFixed(3)}`,
          `${(1 / max_scale).toFixed(2)} to ${max_scale}`,
        );
      const lengths = [a, b, c].map((row) => Math.hypot(...row));
      if (rigid && lengths.some((length) => Math.abs(length - 1) > 1e-3))
        say(
          `it changes lengths by ${lengths.map((length) => length.toFixed(4)).join(', ')}`,
          'rotation and shift',
        );
      return { findings, values: { determinant: volume } };
    },
  }),
];

function determinantOf(a: readonly number[], b: readonly number[], c: readonly number[]): number {
  const [a0 = 0, a1 = 0, a2 = 0] = a;
  const [b0 = 0, b1 = 0, b2 = 0] = b;
  const [c0 = 0, c1 = 0, c2 = 0] = c;
  return a0 * (b1 * c2 - b2 * c1) - a1 * (b0 * c2 - b2 * c0) + a2 * (b0 * c1 - b1 * c0);
}

/** Points, triangles, highest point named by a triangle, and whether all points are finite, of a Wavefront OBJ text. */
function readObj(text: string): [points: number, triangles: number, highest: number, finite: boolean] {
  let [points, triangles, highest, finite] = [0, 0, 0, true];
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === 'v') {
      points += 1;
      finite &&= rest.length >= 3 && rest.slice(0, 3).every((number) => Number.isFinite(Number(number)));
    } else if (word === 'f') {
      triangles += 1;
      for (const corner of rest) highest = Math.max(highest, Number(corner.split('/')[0]));
    }
  }
  return [points, triangles, highest, finite];
}
