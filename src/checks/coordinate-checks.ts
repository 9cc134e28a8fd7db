import { z } from 'zod';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { readNumberTable } from './number-table.js';
import { problem } from './problem.js';

/** Percent: no brain changes more between two scans of a study. */
const LARGEST_CHANGE = 30;

/** Checks of short texts that programs of FSL print. */
export const coordinateChecks: readonly Check[] = [
  defineCheck({
    name: 'coordinates.mapped',
    version: 1,
    catches:
      'coordinates that were lost on the way to another image, or an error that was printed in their place',
    args: z.strictObject({ input: z.string() }),
    run: async (subject, { input }, facts) => {
      const check = 'coordinates.mapped';
      const { path } = subject;
      // A line of words stands before the numbers.
      const text = (await facts.text(path)).replace(/^[^\n]*:\s*$/m, '');
      const { rows, findings } = readNumberTable(text, path, check);
      const due = readNumberTable(await facts.text(pathOf(subject, input)), path, check).rows.length;
      if (rows.length !== due)
        findings.push(problem(check, path, `${rows.length} rows`, `${due}, as in ${input}`));
      const odd = rows.findIndex((row) => row.length !== 3);
      if (odd >= 0)
        findings.push(problem(check, path, `row ${odd + 1} has ${rows[odd]?.length} numbers`, 'three'));
      return { findings, values: { rows: rows.length } };
    },
  }),
  defineCheck({
    name: 'siena.report',
    version: 1,
    catches: 'a comparison of two scans that did not finish, or found a change that no brain makes',
    args: z.strictObject({}),
    run: async ({ path }, _args, facts) => {
      const check = 'siena.report';
      const report = `${path}/report.siena`;
      const change = /finalPBVC\s+(\S+)/.exec(await facts.text(report))?.[1];
      const percent = Number(change);
      if (change === undefined || !Number.isFinite(percent))
        return {
          findings: [problem(check, report, 'it has no finalPBVC', 'the change of brain volume in percent')],
        };
      const findings =
        Math.abs(percent) <= LARGEST_CHANGE
          ? []
          : [problem(check, report, `the brain changed by ${percent} %`, `at most ${LARGEST_CHANGE} %`)];
      return { findings, values: { brain_volume_change_percent: percent } };
    },
  }),
];
