import { z } from 'zod';
import { parseTsv } from '../bids/tsv.js';
import { bandPower, welchDensity } from '../imaging/spectrum.js';
import type { Finding } from '../kernel/findings.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';

/** Checks of spectra against the recordings they were made from. */
export const spectrumChecks: readonly Check[] = [
  defineCheck({
    name: 'spectrum.of-recording',
    version: 1,
    catches:
      'a spectrum in V2 or dB instead of uV2/Hz, two-sided, or with the frequency axis of another sampling rate',
    args: z.strictObject({
      /** Role of the recording, FIF. */
      input: z.string(),
      /** Parameter with the width of the windows in seconds. */
      window: z.string().optional(),
    }),
    run: async (subject, { input, window }, facts) => {
      const { path } = subject;
      const findings: Finding[] = [];
      const say = (message: string, expected: string, field?: string): void =>
        void findings.push(problem('spectrum.of-recording', path, message, expected, field));
      const table = parseTsv(await facts.text(path), { file: path });
      const frequency = table.rows.map((row) => Number(row['frequency_hz']));
      const names = table.columns.filter((column) => column !== 'frequency_hz');
      const fif = await facts.fif(pathOf(subject, input));
      const steps = frequency.slice(1).map((f, i) => f - (frequency[i] ?? 0));
      const step = steps[0] ?? 0;
      if (
        frequency.length < 3 ||
        steps.some((each) => Math.abs(each - step) > 1e-6 + 1e-4 * step) ||
        step <= 0
      )
        say('the frequencies do not rise in equal steps', 'three or more', 'frequency_hz');
      const width = window === undefined ? undefined : subject.params[window];
      if (typeof width === 'number' && Math.abs(step * width - 1) > 0.02)
        say(`the frequencies are ${step} Hz apart`, `${1 / width} Hz, 1 / ${width} s`, 'frequency_hz');
      if ((frequency.at(-1) ?? 0) > fif.rateHz / 2 + step / 2)
        say(`the last frequency is ${frequency.at(-1)} Hz`, `at most ${fif.rateHz / 2} Hz`, 'frequency_hz');
      const columns = names.map((name) => table.rows.map((row) => Number(row[name])));
      const bad = columns.findIndex((column) => column.some((value) => !(value > 0)));
      if (bad >= 0) say(`${names[bad]} has values that are not above 0`, 'power above 0', names[bad]);
      // Annotated stretches are left out of the spectrum: it is then one of other data.
      const whole = fif.annotations.every(({ name }) => !/^bad/i.test(name));
      if (findings.length > 0 || !whole) return { findings };

      const size = 2 ** Math.min(14, Math.max(6, Math.round(Math.log2(fif.rateHz / step))));
      const rows = await fif.read(0, Math.min(fif.samples, Math.round(600 * fif.rateHz)));
      const [low, high] = [frequency[0] ?? 0, frequency.at(-1) ?? 0];
      // Four bands of equal width on a logarithmic axis, apart from the ends.
      const edges = [0, 1, 2, 3, 4].map((i) => (low + 2 * step) * (high / (low + 3 * step)) ** (i / 4));
      let compared = 0;
      for (const [i, name] of names.entries()) {
        if (i % Math.ceil(names.length / 4) !== 0) continue;
        const channel = fif.channels.findIndex((each) => each.name === name);
        if (channel < 0) {
          say(`${name} is no channel of the recording`, 'its channels', name);
          continue;
        }
        const own = welchDensity(
          (rows[channel] ?? new Float64Array()).map((v) => v * 1e6),
          fif.rateHz,
          size,
        );
        for (let k = 0; k < 4; k += 1) {
          const [from, to] = [edges[k] ?? 0, edges[k + 1] ?? 0];
          if (to - from < 4 * step) continue;
          const inside = frequency.flatMap((f, j) => (f >= from && f < to ? [columns[i]?.[j] ?? 0] : []));
          const density = inside.reduce((sum, value) => sum + value, 0) / inside.length;
          const expected = bandPower(own, fif.rateHz, from, to) / (to - from);
          compared += 1;
          if (!(Math.abs(Math.log(density / expected)) < Math.log(1.35)))
            say(
              `${name} has ${density.toPrecision(3)} uV2/Hz between ${from.toFixed(1)} and ${to.toFixed(1)} Hz`,
              `about ${expected.toPrecision(3)}, by Welch's method`,
              name,
            );
        }
      }
      return { findings: findings.slice(0, 8), values: { compared } };
    },
  }),
];
