import { z } from 'zod';
import { parseTsv } from '../bids/tsv.js';
import { readFifEpochs } from '../imaging/fif.js';
import type { Recording, RecordingEvent } from '../imaging/recording.js';
import type { Finding } from '../kernel/findings.js';
import { isJsonObject, type JsonValue } from '../kernel/json.js';
import { defineCheck, type Check } from './check.js';
import { pathOf, type FileFacts } from './file-facts.js';
import { problem } from './problem.js';

/** Checks of the frame of a recording in FIF: rate, channels, length and events, against what it was made from. */
export const recordingChecks: readonly Check[] = [
  defineCheck({
    name: 'recording.same-frame',
    version: 1,
    catches: 'a recording with another sampling rate, other channels or another length than it was made from',
    args: z.strictObject({
      /** Role of a recording: FIF, EEGLAB, BrainVision, EDF, BDF. */
      input: z.string(),
      /** Parameter that holds the new sampling rate in Hz. */
      rate: z.string().optional(),
      /** Channels that may come in addition: a restored reference. */
      more_channels: z.number().int().min(0).default(0),
    }),
    run: async (subject, { input, rate, more_channels: more }, facts) => {
      const { path } = subject;
      const found = await facts.fif(path);
      const source = await facts.recording(pathOf(subject, input));
      const findings: Finding[] = [];
      const say = (message: string, expected: string, field: string): void =>
        void findings.push(problem('recording.same-frame', path, message, expected, field));
      const asked = rate === undefined ? undefined : subject.params[rate];
      if (source === undefined && asked === undefined) return { findings: [notRead(path)] };
      const expectedHz = typeof asked === 'number' ? asked : (source?.rateHz ?? found.rateHz);
      if (Math.abs(found.rateHz - expectedHz) > 1e-5 * expectedHz)
        say(`the sampling rate is ${found.rateHz} Hz`, `${expectedHz} Hz`, 'sampling rate');
      if (source !== undefined) {
        const extra = found.channels.length - source.channels.length;
        if (extra < 0 || extra > more)
          say(`${found.channels.length} channels`, `${source.channels.length}`, 'channels');
        const other = source.channels.findIndex(
          ({ name }, i) => !sameName(name, found.channels[i]?.name ?? ''),
        );
        if (other >= 0 && extra >= 0)
          say(
            `channel ${other + 1} is ${found.channels[other]?.name ?? 'absent'}`,
            source.channels[other]?.name ?? '',
            'channels',
          );
        const [has, had] = [found.samples / found.rateHz, source.samples / source.rateHz];
        // Another rate rounds the number of samples.
        if (Math.abs(has - had) > 1.01 / Math.min(found.rateHz, source.rateHz))
          say(`${has.toFixed(3)} s long`, `${had.toFixed(3)} s`, 'length');
      }
      return { findings, values: { sampling_rate_hz: found.rateHz, channels: found.channels.length } };
    },
  }),
  defineCheck({
    name: 'recording.events',
    version: 1,
    catches: 'events that were lost, renamed or moved in time, as resampling and cut files do',
    args: z.strictObject({
      /** Role of an events.tsv, or of a recording; the first that is given. */
      inputs: z.array(z.string()).min(1),
      /** Parameter that names the column of events.tsv. */
      column: z.string().optional(),
    }),
    run: async (subject, { inputs, column }, facts) => {
      const { path } = subject;
      const found = await facts.fif(path);
      const role = inputs.find((name) => (subject.inputs[name]?.length ?? 0) > 0);
      const expected =
        role === undefined
          ? undefined
          : await eventsOf(
              pathOf(subject, role),
              facts,
              column === undefined ? undefined : subject.params[column],
            );
      if (expected === undefined) return { findings: [notRead(path)] };
      const findings = [];
      const [has, had] = [countsOf(found.events ?? []), countsOf(expected)];
      if (JSON.stringify(has) !== JSON.stringify(had))
        findings.push(problem('recording.events', path, `events ${describe(has)}`, describe(had), 'events'));
      else {
        // Onsets are float32 in FIF; half a sample is what rounding to samples moves.
        const tolerance = 0.51 / found.rateHz + 1e-6 * (found.samples / found.rateHz);
        const [mine, theirs] = [sorted(found.events ?? []), sorted(expected)];
        const moved = mine.findIndex(
          ({ onsetS }, i) => Math.abs(onsetS - (theirs[i]?.onsetS ?? NaN)) > tolerance,
        );
        if (moved >= 0)
          findings.push(
            problem(
              'recording.events',
              path,
              `${mine[moved]?.name} stands at ${mine[moved]?.onsetS.toFixed(4)} s`,
              `${theirs[moved]?.onsetS.toFixed(4)} s`,
              'events',
            ),
          );
      }
      return { findings, values: { events: found.events?.length ?? 0 } };
    },
  }),
  defineCheck({
    name: 'epochs.counts',
    version: 1,
    catches: 'epochs that are more, fewer or of other conditions than the events they were cut around',
    args: z.strictObject({
      /** Output with the JSON report of the skill. */
      report: z.string(),
      /** Role of an events.tsv, or of the recording; the first that is given. */
      inputs: z.array(z.string()).min(1),
      column: z.string().optional(),
    }),
    run: async (subject, { report: reportId, inputs, column }, facts) => {
      const { path } = subject;
      const findings: Finding[] = [];
      const say = (message: string, expected: string): void =>
        void findings.push(problem('epochs.counts', path, message, expected, 'epochs'));
      const data = await readFifEpochs(path);
      if (data === undefined)
        return { findings: [problem('epochs.counts', path, 'no epochs', 'epochs in FIF')] };
      const report = await facts.json(pathOf(subject, reportId));
      const conditions = conditionsOf(report);
      const kept = [...conditions.values()].reduce((sum, each) => sum + each.kept, 0);
      if (data.epochs !== kept) say(`the file holds ${data.epochs} epochs`, `${kept}, as the report says`);
      const role = inputs.find((name) => (subject.inputs[name]?.length ?? 0) > 0);
      const events =
        role === undefined
          ? undefined
          : await eventsOf(
              pathOf(subject, role),
              facts,
              column === undefined ? undefined : subject.params[column],
            );
      const counts = countsOf(events ?? []);
      for (const [name, each] of conditions) {
        if (each.kept > each.events) say(`${each.kept} epochs of ${name}`, `at most ${each.events}`);
        if (events !== undefined && each.events !== counts[name])
          say(`${each.events} events ${name}`, `${counts[name] ?? 0}, as ${role} has`);
      }
      return { findings, values: { epochs: data.epochs, samples: data.samples } };
    },
  }),
];

/** FIF keeps 15 characters of a name in its channel table. */
function sameName(a: string, b: string): boolean {
  return a === b || a.slice(0, 15) === b.slice(0, 15);
}

function notRead(path: string): Finding {
  return {
    ...problem('recording', path, 'not compared: the source is in a format that is not read here', ''),
    severity: 'info',
  };
}

/** Onset and name of every event: `column` of a table, `value` where that is n/a; the events of a recording. */
async function eventsOf(
  path: string,
  facts: FileFacts,
  column: JsonValue | undefined,
): Promise<readonly RecordingEvent[] | undefined> {
  if (!path.endsWith('.tsv')) {
    const recording: Recording | undefined = await facts.recording(path);
    return recording?.events;
  }
  const { rows } = parseTsv(await facts.text(path), { file: path });
  return rows.flatMap((row): RecordingEvent[] => {
    const first = row[typeof column === 'string' ? column : 'trial_type'] ?? 'n/a';
    const name = first === 'n/a' || first === '' ? (row['value'] ?? 'n/a') : first;
    return name === 'n/a' || name === '' ? [] : [{ onsetS: Number(row['onset']), name }];
  });
}

function countsOf(events: readonly RecordingEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of sorted(events)) counts[name] = (counts[name] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sorted(events: readonly RecordingEvent[]): RecordingEvent[] {
  return [...events].sort((a, b) => a.onsetS - b.onsetS || (a.name < b.name ? -1 : 1));
}

function describe(counts: Readonly<Record<string, number>>): string {
  const text = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return text.length === 0 ? 'none' : text.slice(0, 12).join(', ');
}

function conditionsOf(report: unknown): Map<string, { events: number; kept: number }> {
  const listed = isJsonObject(report) ? report['conditions'] : undefined;
  const number = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : NaN);
  return new Map(
    Object.entries(isJsonObject(listed) ? listed : {}).flatMap(([name, value]) =>
      isJsonObject(value) ? [[name, { events: number(value['events']), kept: number(value['kept']) }]] : [],
    ),
  );
}
