import { z } from 'zod';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';
import { voxelsOf } from './space.js';

/** Checks of labels that were moved from one grid to another. */
export const labelChecks: readonly Check[] = [
  defineCheck({
    name: 'labels.subset',
    version: 1,
    catches:
      'regions that appear on the way to another grid: labels that were interpolated between two others',
    args: z.strictObject({
      /** Input role of the labels before. */
      input: z.string(),
      /** Share of the regions that may vanish on a coarser grid. */
      max_lost: z.number().min(0).max(1).default(0.1),
    }),
    run: async (subject, { input, max_lost }, facts) => {
      const { path } = subject;
      const before = new Set(await voxelsOf(pathOf(subject, input), facts));
      const after = new Set(await voxelsOf(path, facts));
      for (const labels of [before, after]) labels.delete(0);
      const findings: Finding[] = [];
      const strange = [...after].filter((label) => !before.has(label));
      if (strange.length > 0) {
        const message = `label ${strange[0]} and ${strange.length - 1} others are none of ${input}`;
        findings.push(problem('labels.subset', path, message, `labels of ${input}`));
      }
      const lost = [...before].filter((label) => !after.has(label));
      if (lost.length > max_lost * before.size) {
        const message = `${lost.length} of ${before.size} regions are gone, ${lost[0]} first`;
        findings.push(problem('labels.subset', path, message, `at most ${max_lost * 100} % lost`));
      }
      return { findings, values: { regions: after.size, lost_labels: lost.slice(0, 100) } };
    },
  }),
];
