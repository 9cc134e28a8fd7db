import { z } from 'zod';
import type { FifRecording } from '../imaging/fif.js';
import type { Recording } from '../imaging/recording.js';
import { bandPower, welchDensity } from '../imaging/spectrum.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';
import { covariance, deviation, goodBrain, mean, meanOf, median, stretch } from './signal-statistics.js';

/** Samples that are read at once. */
const CHUNK = 65_536;

/** Checks of the signal of a recording in FIF. */
export const recordingSignalChecks: readonly Check[] = [
  defineCheck({
    name: 'recording.amplitude',
    version: 1,
    catches:
      'volts taken for microvolts or the other way round, digital for physical values, samples that are no numbers',
    args: z.strictObject({
      /** uV: the standard deviation within a second, median over seconds and EEG channels. */
      minimum_uv: z.number().positive().default(0.05),
      maximum_uv: z.number().positive().default(20_000),
    }),
    run: async ({ path }, { minimum_uv: minimum, maximum_uv: maximum }, facts) => {
      const fif = await facts.fif(path);
      const picks = goodBrain(fif);
      if (picks.length === 0)
        return { findings: [problem('recording.amplitude', path, 'no good EEG channel', 'one or more')] };
      const second = Math.max(2, Math.round(fif.rateHz));
      const spreads: number[] = [];
      let broken = 0;
      for (let start = 0; start < fif.samples; start += CHUNK) {
        const rows = await fif.read(start, CHUNK);
        for (const row of rows) for (const value of row) if (!Number.isFinite(value)) broken += 1;
        for (const c of picks) {
          const row = rows[c] ?? new Float64Array();
          // A few seconds of each chunk are enough for a median.
          for (let at = 0; at + second <= row.length && at < 20 * second; at += second)
            spreads.push(deviation(row.subarray(at, at + second)) * 1e6);
        }
      }
      const findings: Finding[] = [];
      if (broken > 0)
        findings.push(
          problem('recording.amplitude', path, `${broken} samples are no finite numbers`, 'finite numbers'),
        );
      const typical = median(spreads);
      if (!(typical >= minimum && typical <= maximum))
        findings.push(
          problem(
            'recording.amplitude',
            path,
            `the typical amplitude is ${Number(typical.toPrecision(4))} uV`,
            `${minimum} to ${maximum} uV: check the unit`,
          ),
        );
      return { findings, values: { amplitude_uv: Number(typical.toPrecision(6)) } };
    },
  }),
  defineCheck({
    name: 'recording.same-signal',
    version: 1,
    catches:
      'channels that are swapped, or scaled by another factor than the header of the source gives (EDF range, BrainVision resolution)',
    args: z.strictObject({
      input: z.string(),
      /** Parameter that overrides the unit of the source: the factor is then free, the shape is not. */
      units: z.string().optional(),
    }),
    run: async (subject, { input, units }, facts) => {
      const { path } = subject;
      const fif = await facts.fif(path);
      const source: Recording | undefined = await facts.recording(pathOf(subject, input));
      if (source === undefined || source.samples !== fif.samples) return { findings: [] };
      const count = Math.min(fif.samples, Math.round(10 * fif.rateHz));
      const start = Math.floor((fif.samples - count) / 2);
      const [mine, theirs] = [await fif.read(start, count), await source.read(start, count)];
      const free = units !== undefined && (subject.params[units] ?? 'auto') !== 'auto';
      const findings: Finding[] = [];
      let compared = 0;
      for (const [c, { name, volts }] of source.channels.entries()) {
        const [a, b] = [mine[c], theirs[c]];
        if (a === undefined || b === undefined || volts === undefined || fif.channels[c]?.volts === undefined)
          continue;
        const spread = deviation(b) * volts;
        if (!(spread > 1e-10)) continue;
        compared += 1;
        const slope = covariance(a, b) / (deviation(b) ** 2 * volts);
        const likeness = covariance(a, b) / (deviation(a) * deviation(b));
        // Single precision of large values and of quiet channels.
        if (!(likeness > 0.999))
          findings.push(
            problem(
              'recording.same-signal',
              path,
              `${name} correlates ${likeness.toFixed(4)} with its source`,
              '1',
              name,
            ),
          );
        else if (!free && !(Math.abs(slope - 1) < 0.002))
          findings.push(
            problem(
              'recording.same-signal',
              path,
              `${name} is ${Number(slope.toPrecision(4))} times what the source holds in V`,
              '1',
              name,
            ),
          );
      }
      return { findings: findings.slice(0, 10), values: { compared } };
    },
  }),
  defineCheck({
    name: 'recording.reference',
    version: 1,
    catches: 'a recording on another reference than was asked for',
    args: z.strictObject({
      /** Parameter with `average` or `channels`. */
      reference: z.string(),
      /** Parameter with the names of the reference channels. */
      channels: z.string(),
    }),
    run: async (subject, args, facts) => {
      const { path, params } = subject;
      const fif = await facts.fif(path);
      const named = params[args.channels];
      const average = (params[args.reference] ?? 'average') === 'average';
      const names = Array.isArray(named) ? named.map(String) : [];
      const picks = average
        ? goodBrain(fif)
        : fif.channels.flatMap(({ name }, c) => (names.includes(name) ? [c] : []));
      const brain = goodBrain(fif);
      const { rows } = await stretch(fif);
      const mean = meanOf(picks.flatMap((c) => rows[c] ?? []));
      const rest = deviation(mean) * 1e6;
      const typical = median(brain.map((c) => deviation(rows[c] ?? new Float64Array()) * 1e6));
      const findings: Finding[] = [];
      if (picks.length === 0 || !(rest < 1e-3 * typical)) {
        const what = average ? 'good EEG channels' : names.join(', ');
        const message = `the mean of ${what} moves by ${Number(rest.toPrecision(3))} uV`;
        findings.push(problem('recording.reference', path, message, '0: it is the reference', 'reference'));
      }
      return { findings, values: { mean_std_uv: Number(rest.toPrecision(3)) } };
    },
  }),
  defineCheck({
    name: 'recording.filtered',
    version: 1,
    catches:
      'a filter that was not applied, has its edges swapped or the wrong rate, or took the band that was to stay',
    args: z.strictObject({
      input: z.string(),
      high_pass: z.string(),
      low_pass: z.string(),
      notch: z.string(),
    }),
    run: async (subject, args, facts) => {
      const { path, params } = subject;
      const [after, before] = [await facts.fif(path), await facts.fif(pathOf(subject, args.input))];
      const value = (name: string): number => (typeof params[name] === 'number' ? params[name] : 0);
      const [high, low] = [value(args.high_pass), value(args.low_pass)];
      const notches = Array.isArray(params[args.notch]) ? (params[args.notch] as number[]) : [];
      const { rateHz } = after;
      const nyquist = rateHz / 2;
      const size = 2 ** Math.min(14, Math.max(8, Math.ceil(Math.log2(4 * rateHz))));
      const picks = goodBrain(after).slice(0, 8);
      const density = async (fif: FifRecording): Promise<Float64Array[]> => {
        const { rows } = await stretch(fif);
        return picks.map((c) => welchDensity(rows[c] ?? new Float64Array(), rateHz, size));
      };
      const [mine, theirs] = [await density(after), await density(before)];
      /** Median over channels of power after / power before. */
      const ratio = (from: number, to: number): number =>
        median(
          picks.map(
            (_, i) =>
              bandPower(mine[i] ?? new Float64Array(2), rateHz, from, to) /
              bandPower(theirs[i] ?? new Float64Array(2), rateHz, from, to),
          ),
        );
      const findings: Finding[] = [];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('recording.filtered', path, message, expected));
      // MNE's transition bands: a quarter of the edge, at least 2 Hz.
      const bottom = high > 0 ? high + 0.5 : 0.5;
      const top = Math.min(low > 0 ? low * 0.98 : nyquist * 0.9, nyquist * 0.9);
      const away = (f: number): boolean => notches.every((notch) => Math.abs(f - notch) > 3);
      const middle = bottom + 0.4 * (top - bottom);
      const [from, to] = [middle * 0.8, middle * 1.2];
      if (to - from > rateHz / size && away(middle)) {
        const kept = ratio(from, to);
        if (!(kept > 0.8 && kept < 1.25))
          say(
            `${(100 * kept).toFixed(0)} % of the power at ${from.toFixed(1)} to ${to.toFixed(1)} Hz is left`,
            '100 %',
          );
      }
      const dead = low > 0 ? low + Math.max(2, low * 0.25) + 1 : Infinity;
      if (dead + 2 < nyquist && ratio(dead, nyquist) > 0.05)
        say(
          `${(100 * ratio(dead, nyquist)).toFixed(0)} % of the power above ${dead.toFixed(1)} Hz is left`,
          'below 5 %',
        );
      for (const notch of notches) {
        const left = ratio(notch - 0.3, notch + 0.3);
        if (left > 0.3) say(`${(100 * left).toFixed(0)} % of the power at ${notch} Hz is left`, 'below 30 %');
      }
      if (high > 0) {
        const { rows } = await stretch(after);
        const offset = median(
          picks.map(
            (c) => Math.abs(mean(rows[c] ?? new Float64Array())) / deviation(rows[c] ?? new Float64Array()),
          ),
        );
        if (!(offset < 0.2))
          say(`an offset of ${offset.toFixed(2)} standard deviations is left`, 'none after a high-pass');
      }
      return { findings };
    },
  }),
];
