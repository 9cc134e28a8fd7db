import { z } from 'zod';
import { parseEvents } from '../bids/events.js';
import { parseTsv } from '../bids/tsv.js';
import { volumesOf } from '../imaging/nifti-header.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { correlation } from './correlation.js';
import { pathOf } from './file-facts.js';
import { expectedResponse, responseNames } from './haemodynamics.js';
import { problem } from './problem.js';

const CHECK = 'glm.design';
/**
 * Least correlation of a condition with the regressor that is built here. Sound designs of Nilearn reach 0.999 and more;
 * long blocks that are late by one TR still reach 0.95, which is why half a TR earlier or later must fit worse, too.
 */
const LEAST_CORRELATION = 0.985;
/** Seconds: times of volumes are written as decimals of float64. */
const TIME_TOLERANCE = 1e-3;

/** Checks of general linear models. */
export const glmChecks: readonly Check[] = [
  defineCheck({
    name: CHECK,
    version: 1,
    catches: 'a design that is late by a TR, was made with another TR, or with onsets in milliseconds',
    args: z.strictObject({
      /** Roles of the events and of the run. */
      events: z.string(),
      image: z.string(),
    }),
    run: async (subject, args, facts) => {
      const { path, params, sidecar } = subject;
      const eventsPath = pathOf(subject, args.events);
      const design = parseTsv(await facts.text(path), { file: path });
      const header = await facts.header(pathOf(subject, args.image));
      const { events, findings: wrong } = parseEvents(await facts.text(eventsPath), { file: eventsPath });
      const findings: Finding[] = [
        ...design.findings,
        ...wrong.filter(({ severity }) => severity === 'error'),
      ];
      const say = (message: string, expected: string, field?: string): void =>
        void findings.push(problem(CHECK, path, message, expected, field));

      const volumes = volumesOf(header);
      const said = sidecar['RepetitionTime'];
      const tr = typeof said === 'number' && said > 0 ? said : header.repetitionTimeS;
      if (tr === undefined || !(tr > 0)) {
        say('neither sidecar nor header says a repetition time', 'RepetitionTime in s');
        return { findings };
      }
      if (design.rows.length !== volumes) say(`${design.rows.length} rows`, `${volumes}, one a volume`);
      const reference = numberOf(params['slice_time_reference']) ?? 0;
      const times = design.rows.map((_, index) => (index + reference) * tr);
      const late = design.rows.findIndex(
        (row, index) => !(Math.abs(Number(row['frame_time']) - (times[index] ?? NaN)) <= TIME_TOLERANCE),
      );
      if (late >= 0)
        say(
          `volume ${late + 1} is at ${design.rows[late]?.['frame_time'] ?? 'no time'} s`,
          `${Number((times[late] ?? 0).toPrecision(7))} s: volumes are ${tr} s apart`,
          'frame_time',
        );

      const length = volumes * tr;
      const beyond = events.filter(({ onset, duration = 0 }) => onset >= length || onset + duration <= 0);
      if (beyond.length > 0)
        say(
          `${beyond.length} of ${events.length} events lie outside the run of ${length} s; the first is at ${beyond[0]?.onset} s`,
          'onsets in seconds from the first volume',
        );
      const model = String(params['hrf_model'] ?? 'spm').split('-')[0] ?? 'spm';
      if (!responseNames.includes(model)) say(`${model} is no known response`, responseNames.join(', '));
      const conditions = [...new Set(events.flatMap(({ trialType }) => trialType ?? []))].sort();
      if (conditions.length === 0) say('the events name no condition', 'a column trial_type');
      const correlations: Record<string, number> = {};
      for (const condition of conditions) {
        if (!design.columns.includes(condition)) {
          say(`there is no column ${condition}`, 'a column for each trial_type', condition);
          continue;
        }
        const column = design.rows.map((row) => Number(row[condition]));
        const own = events.filter(({ trialType }) => trialType === condition);
        const at = (shift: number): number =>
          correlation(
            column,
            expectedResponse(
              model,
              own,
              times.map((time) => time + shift),
            ),
          );
        const here = at(0);
        correlations[condition] = Number(here.toFixed(5));
        const better = [-tr, -tr / 2, tr / 2, tr].find((shift) => at(shift) > here);
        if (!(here >= LEAST_CORRELATION))
          say(
            `${condition} correlates ${here.toFixed(3)} with the response to its events`,
            `at least ${LEAST_CORRELATION}`,
            condition,
          );
        if (better !== undefined)
          say(
            `${condition} fits its events better when they come ${Math.abs(better)} s ${better < 0 ? 'later' : 'earlier'} than they do`,
            'the best fit without a shift',
            condition,
          );
      }
      return { findings, values: { repetition_time_s: tr, correlations } };
    },
  }),
];

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
