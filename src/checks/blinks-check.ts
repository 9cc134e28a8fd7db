import { z } from 'zod';
import type { Finding } from '../kernel/findings.js';
import { isJsonObject } from '../kernel/json.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';
import { covariance, deviation, goodBrain, stretch } from './signal-statistics.js';

/** Less than this, what was taken out is no eye movement: components that were chosen correlate 0.6 and more. */
const LEAST_CORRELATION = 0.25;

/** What an ICA took out of a recording, against the channels that see the eyes. */
export const blinksCheck: Check = defineCheck({
  name: 'recording.blinks-removed',
  version: 1,
  catches:
    'a component that is no blink taken out, most of the signal taken out, or a report that does not say what was done',
  args: z.strictObject({
    input: z.string(),
    /** Output with the JSON report: `removed_count`, `blink_channels`. */
    report: z.string(),
  }),
  run: async (subject, { input, report: reportId }, facts) => {
    const { path } = subject;
    const findings: Finding[] = [];
    const say = (message: string, expected: string): void =>
      void findings.push(problem('recording.blinks-removed', path, message, expected));
    const [after, before] = [await facts.fif(path), await facts.fif(pathOf(subject, input))];
    const report = await facts.json(pathOf(subject, reportId));
    const said = isJsonObject(report) ? report['removed_count'] : undefined;
    const names =
      isJsonObject(report) && Array.isArray(report['blink_channels']) ? report['blink_channels'] : [];
    const [mine, theirs] = [(await stretch(after)).rows, (await stretch(before)).rows];
    const taken = goodBrain(before).map((c) =>
      (theirs[c] ?? new Float64Array()).map((v, i) => v - (mine[c]?.[i] ?? NaN)),
    );
    const spreads = taken.map(deviation);
    const most = spreads.indexOf(Math.max(...spreads));
    const typical = Math.max(...goodBrain(before).map((c) => deviation(theirs[c] ?? new Float64Array())));
    const changed = (spreads[most] ?? 0) > 1e-5 * typical;
    if (typeof said !== 'number')
      say('the report does not say how many components were removed', 'removed_count');
    else if (changed !== said > 0)
      say(
        `the recording ${changed ? 'changed' : 'did not change'}, the report says ${said} components`,
        'both the same',
      );
    const channel = taken[most];
    if (!changed || channel === undefined) return { findings };
    const likeness = before.channels.flatMap(({ name }, c) => {
      const eye = names.includes(name) ? theirs[c] : undefined;
      return eye === undefined
        ? []
        : [Math.abs(covariance(channel, eye)) / (deviation(channel) * deviation(eye))];
    });
    const best = Math.max(0, ...likeness);
    if (best < LEAST_CORRELATION)
      say(
        `what was taken out correlates ${best.toFixed(2)} with ${names.join(', ')}`,
        `${LEAST_CORRELATION} or more`,
      );
    return { findings, values: { correlation: Number(best.toPrecision(4)) } };
  },
});
