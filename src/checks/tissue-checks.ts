import { z } from 'zod';
import { readMifVoxels } from '../imaging/mif-voxels.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { problem } from './problem.js';

/** float32 sums of partial volumes. */
const SUM_TOLERANCE = 1e-3;

/** Checks of what anatomically constrained tractography reads, and of spherical harmonics. */
export const tissueChecks: readonly Check[] = [
  defineCheck({
    name: 'act.tissues',
    version: 1,
    catches:
      'a five-tissue image with tissues missing, fractions outside 0 to 1, or a brain whose fractions do not add up to 1',
    args: z.strictObject({
      /** Share of the voxels with tissue whose fractions add up to 1; what was edited or resampled may have gaps. */
      min_fraction: z.number().min(0).max(1).default(0.99),
    }),
    run: async ({ path }, { min_fraction }, facts) => {
      const header = await facts.mif(path);
      const findings: Finding[] = [];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('act.tissues', path, message, expected));
      const volumes = header.dims[3] ?? 1;
      if (volumes !== 5) {
        say(
          `${volumes} volumes`,
          'cortical and deep grey matter, white matter, CSF, pathology: five volumes',
        );
        return { findings };
      }
      const values = await readMifVoxels(header);
      const voxels = values.length / 5;
      let [inside, whole, above, outside] = [0, 0, 0, 0];
      const totals = [0, 0, 0, 0, 0];
      for (let voxel = 0; voxel < voxels; voxel += 1) {
        let sum = 0;
        for (let tissue = 0; tissue < 5; tissue += 1) {
          const value = values[voxel + tissue * voxels] ?? NaN;
          if (!(value >= -SUM_TOLERANCE && value <= 1 + SUM_TOLERANCE)) outside += 1;
          sum += value;
          totals[tissue] = (totals[tissue] ?? 0) + value;
        }
        if (sum === 0) continue;
        inside += 1;
        if (sum > 1 + SUM_TOLERANCE) above += 1;
        else if (sum >= 1 - SUM_TOLERANCE) whole += 1;
      }
      if (outside > 0) say(`${outside} fractions are below 0, above 1 or no number`, '0 to 1');
      if (above > 0) say(`in ${above} voxels the fractions add up to more than 1`, 'at most 1');
      if (inside === 0) say('no voxel has tissue', 'a brain');
      else if (whole < min_fraction * inside)
        say(
          `in ${inside - whole} of ${inside} voxels the fractions do not add up to 1`,
          `1 in ${min_fraction * 100} %`,
        );
      if ((totals[0] ?? 0) + (totals[1] ?? 0) === 0)
        say('there is no grey matter', 'streamlines that may end');
      if (totals[2] === 0) say('there is no white matter', 'streamlines that may run');
      return { findings, values: { voxels: inside } };
    },
  }),
  defineCheck({
    name: 'sh.coefficients',
    version: 1,
    catches:
      'an image of spherical harmonics with coefficients missing or too many, of which no order is made',
    args: z.strictObject({ minimum_lmax: z.number().int().min(0).default(0) }),
    run: async ({ path }, { minimum_lmax }, facts) => {
      const volumes = (await facts.mif(path)).dims[3] ?? 1;
      const lmax = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20].find((l) => ((l + 1) * (l + 2)) / 2 === volumes);
      if (lmax !== undefined && lmax >= minimum_lmax) return { findings: [], values: { lmax } };
      const expected = `(l+1)(l+2)/2 of an even order l from ${minimum_lmax}: 1, 6, 15, 28, 45, ...`;
      return { findings: [problem('sh.coefficients', path, `${volumes} volumes`, expected, 'dim')] };
    },
  }),
];
