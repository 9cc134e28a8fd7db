import { z } from 'zod';
import { applyAffine, invertAffine } from '../imaging/affine.js';
import { readTckHeader, streamStreamlines } from '../imaging/tck.js';
import type { Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import { defineCheck, type Check, type CheckSubject } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';
import { spaceOf, voxelsOf } from './space.js';

/** Checks of streamlines in MRtrix tracks files. */
export const tractogramChecks: readonly Check[] = [
  defineCheck({
    name: 'tck.readable',
    version: 1,
    catches: 'a tractogram that is cut or damaged, or whose header counts other streamlines than there are',
    args: z.strictObject({}),
    run: async ({ path }, _args, facts) => {
      const { count } = await readTckHeader(path);
      const { streamlines, points, empty } = await facts.tracts(path);
      const findings: Finding[] = [];
      if (count !== streamlines) {
        const message = `the header counts ${count ?? 'no'} streamlines, the file holds ${streamlines}`;
        findings.push(problem('tck.readable', path, message, 'the same number', 'count'));
      }
      if (empty > 0)
        findings.push(
          problem('tck.readable', path, `${empty} streamlines have no point`, 'two points or more'),
        );
      return { findings, values: { streamlines, points } };
    },
  }),
  defineCheck({
    name: 'tck.count',
    version: 1,
    catches: 'a tractogram that gave up before it had the streamlines that were asked for',
    args: z.strictObject({
      min: z.number().int().min(0).default(1),
      max: z.number().int().optional(),
      /** Parameter that asks for a number of streamlines: as many must be there, where it is set and not 0. */
      param: z.string().optional(),
    }),
    run: async (subject, { min, max, param }, facts) => {
      const { streamlines } = await facts.tracts(subject.path);
      const asked = param === undefined ? undefined : subject.params[param];
      const exact = typeof asked === 'number' && asked > 0 ? asked : undefined;
      const values = { streamlines };
      const right =
        exact === undefined ? streamlines >= min && streamlines <= (max ?? Infinity) : streamlines === exact;
      if (right) return { findings: [], values };
      const expected =
        exact === undefined
          ? max === undefined
            ? `at least ${min}`
            : `${min} to ${max}`
          : `${exact}, as ${param} asks`;
      const finding = {
        ...problem('tck.count', subject.path, `${streamlines} streamlines`, expected),
        suggestion: 'see whether seeds and mask lie in white matter and the orientations there are sound',
      };
      return { findings: [finding], values };
    },
  }),
  defineCheck({
    name: 'tck.lengths',
    version: 1,
    catches:
      'streamlines that are too short or too long for fibres: a wrong step, or coordinates in other units',
    args: z
      .strictObject({
        min_mm: z.number().min(0).default(0),
        max_mm: z.number().positive().optional(),
        /** How many streamlines may be shorter or longer. */
        max_fraction: z.number().min(0).max(1).default(0),
      })
      .refine(({ min_mm, max_mm = Infinity }) => min_mm < max_mm, 'min_mm is not below max_mm'),
    run: async ({ path }, { min_mm, max_mm = Infinity, max_fraction }, facts) => {
      const { lengths } = await facts.tracts(path);
      if (lengths.length === 0)
        return { findings: [problem('tck.lengths', path, 'no streamline', 'at least one')] };
      let [shortest, longest, sum, outside] = [Infinity, 0, 0, 0];
      for (const length of lengths) {
        shortest = Math.min(shortest, length);
        longest = Math.max(longest, length);
        sum += length;
        // Coordinates are float32: a thousandth is far more than their rounding adds up to.
        if (length < min_mm * 0.999 || length > max_mm * 1.001) outside += 1;
      }
      const values: JsonObject = {
        shortest_mm: round(shortest),
        mean_mm: round(sum / lengths.length),
        longest_mm: round(longest),
      };
      if (outside <= max_fraction * lengths.length) return { findings: [], values };
      const range = `${round(shortest)} to ${round(longest)} mm`;
      const message = `${outside} of ${lengths.length} streamlines have other lengths; all are ${range} long`;
      const expected = max_mm === Infinity ? `at least ${min_mm} mm` : `${min_mm} to ${max_mm} mm`;
      return { findings: [problem('tck.lengths', path, message, expected)], values };
    },
  }),
  defineCheck({
    name: 'tck.inside',
    version: 1,
    catches: 'a tractogram in another space than its image: flipped, shifted, or in voxels instead of mm',
    args: z.strictObject({
      /** Role of a mask, MRtrix or NIfTI; where it is optional and not given, nothing is checked. */
      mask: z.string(),
      /**
       * Share of the points. tckgen stops at its mask: all are inside; mirrored left to right 98 % of a head's would
       * be, shifted by 4 mm 99 %.
       */
      min_fraction: z.number().min(0).max(1).default(0.995),
    }),
    run: async (subject, { mask, min_fraction }, facts) => {
      if (!isGiven(subject, mask)) return { findings: [] };
      const maskPath = pathOf(subject, mask);
      const { grid } = await spaceOf(maskPath, facts);
      const voxels = await voxelsOf(maskPath, facts);
      const toVoxel = invertAffine(grid.affine);
      const [nx, ny, nz] = grid.shape;
      let [points, inside] = [0, 0];
      await streamStreamlines(subject.path, (line) => {
        for (let at = 0; at < line.length; at += 3) {
          const [i, j, k] = applyAffine(toVoxel, [
            line[at] as number,
            line[at + 1] as number,
            line[at + 2] as number,
          ]).map(Math.round) as [number, number, number];
          points += 1;
          if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) continue;
          if ((voxels[i + nx * (j + ny * k)] as number) > 0) inside += 1;
        }
      });
      const fraction = points === 0 ? 0 : inside / points;
      const values = { inside_fraction: Math.round(fraction * 1e4) / 1e4 };
      if (fraction >= min_fraction) return { findings: [], values };
      const message = `${(fraction * 100).toFixed(1)} % of ${points} points lie in ${mask}`;
      return {
        findings: [problem('tck.inside', subject.path, message, `at least ${min_fraction * 100} %`)],
        values,
      };
    },
  }),
];

function isGiven(subject: CheckSubject, role: string): boolean {
  return subject.outputs[role] !== undefined || (subject.inputs[role]?.length ?? 0) > 0;
}

function round(mm: number): number {
  return Math.round(mm * 100) / 100;
}
