import { z } from 'zod';
import { gridOf } from '../imaging/nifti-header.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { AFFINE_TOLERANCE_MM, gridDifference } from './grid-difference.js';
import { problem } from './problem.js';

/** Checks of a table of overlap between two label images, comma-separated, as LabelOverlapMeasures of ANTs writes it. */
export const overlapChecks: readonly Check[] = [
  defineCheck({
    name: 'overlap.table',
    version: 1,
    catches:
      'a table of overlap that is cut or mixes up its columns: Dice and Jaccard that do not belong together',
    args: z.strictObject({}),
    run: async ({ path }, _args, facts) => {
      const [header = '', ...lines] = (await facts.text(path)).trim().split(/\r?\n/);
      const columns = header.split(',').map((name) => name.trim());
      const [dice, jaccard] = [columns.indexOf('Dice'), columns.indexOf('Jaccard')];
      const say = (message: string, expected: string): Finding[] => [
        problem('overlap.table', path, message, expected),
      ];
      if (dice < 0 || jaccard < 0 || lines.length === 0)
        return {
          findings: say('it has no rows with Dice and Jaccard', 'a row for each label and one for all'),
        };
      const rows = lines.map((line) => line.split(',').map((word) => word.trim()));
      for (const row of rows) {
        const [d, j] = [Number(row[dice]), Number(row[jaccard])];
        if (!(d >= 0 && d <= 1 && Math.abs(d - (2 * j) / (1 + j)) < 1e-6))
          return {
            findings: say(
              `label ${row[0] ?? ''} has Dice ${row[dice] ?? ''} and Jaccard ${row[jaccard] ?? ''}`,
              '0 to 1, Dice = 2 J / (1 + J)',
            ),
          };
      }
      return { findings: [], values: { labels: rows.length - 1, dice_all: Number(rows[0]?.[dice]) } };
    },
  }),
  defineCheck({
    name: 'overlap.grids',
    version: 1,
    catches: 'overlap measured voxel by voxel between images that lie at different places',
    args: z.strictObject({ source: z.string(), target: z.string() }),
    run: async (subject, { source, target }, facts) => {
      const [a, b] = [
        await facts.header(pathOf(subject, source)),
        await facts.header(pathOf(subject, target)),
      ];
      const difference = gridDifference(gridOf(a), gridOf(b), target, AFFINE_TOLERANCE_MM);
      if (difference === undefined) return { findings: [] };
      return {
        findings: [problem('overlap.grids', subject.path, `${source}: ${difference.message}`, 'one grid')],
      };
    },
  }),
];
