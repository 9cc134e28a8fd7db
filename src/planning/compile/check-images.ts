import { companionFor } from '../../bids/inheritance.js';
import { readEvents } from '../../bids/events.js';
import type { BidsDataset, BidsFile } from '../../bids/dataset.js';
import { errorFinding } from '../../kernel/findings.js';
import type { JsonValue } from '../../kernel/json.js';
import type { FindingList } from './finding-list.js';
import type { ImageFacts } from './image-facts.js';

/** Slice times are written with milliseconds: the last slice may round past the end of the volume. */
const SLICE_TOLERANCE_S = 0.001;

/**
 * Holds the events of a run against its length: events outside it mean onsets of another run, milliseconds in place of
 * seconds, or a run that was cut. One that begins after the last volume is an error, one that begins before the first
 * or ends after the last a warning.
 */
export async function checkEvents(
  dataset: BidsDataset,
  run: BidsFile,
  images: ImageFacts,
  findings: FindingList,
): Promise<void> {
  const file = companionFor(dataset, run, 'events');
  if (file === undefined) return;
  const { events, findings: problems } = await readEvents(dataset, file);
  findings.add(...problems);
  const volumes = images.volumes(run);
  const tr = (await images.sidecar(run))['RepetitionTime'] ?? images.header(run)?.repetitionTimeS;
  if (volumes === undefined || typeof tr !== 'number' || events.length === 0) return;
  const length = rounded(volumes * tr);
  const late = events.filter(({ onset }) => onset >= length);
  const [first] = late;
  const expected = `onsets from 0 to ${length} s: ${run.path} has ${volumes} volumes of ${tr} s`;
  if (first !== undefined) {
    const milliseconds =
      late.length === events.length - 1 || events.every(({ onset }) => onset / 1000 < length);
    findings.add({
      ...errorFinding(
        'input.invalid',
        `${late.length} of ${events.length} events begin after the run is over, the first at ${first.onset} s`,
        { file: file.path, field: 'onset' },
        expected,
      ),
      suggestion: milliseconds
        ? 'give onsets in seconds from the first volume of this run; these may be milliseconds'
        : 'give onsets in seconds from the first volume of this run, or use the events of this run',
    });
    return;
  }
  const early = events.filter(({ onset }) => onset < 0).length;
  const past = events.filter(({ onset, duration }) => onset + (duration ?? 0) > length + tr).length;
  const warn = (message: string): void =>
    findings.add({
      code: 'input.invalid',
      severity: 'warning',
      message,
      place: { file: file.path, field: 'onset' },
      expected,
    });
  if (early > 0) warn(`${early} of ${events.length} events begin before the run`);
  if (past > 0) warn(`${past} of ${events.length} events end after the run is over`);
}

/** What is wrong with the slice times of a run; undefined: they can be used. */
export function sliceTimingProblem(
  values: Readonly<Record<string, JsonValue>>,
  slices: number | undefined,
): { readonly message: string; readonly expected: string } | undefined {
  const times = values['SliceTiming'];
  const tr = values['RepetitionTime'];
  const expected = 'SliceTiming, a time in s for each slice, from 0 to less than RepetitionTime';
  if (times === undefined) return { message: 'SliceTiming is missing in the sidecar', expected };
  if (!Array.isArray(times) || !times.every((time) => typeof time === 'number' && time >= 0))
    return { message: 'SliceTiming is no list of times', expected };
  const last = Math.max(...(times as readonly number[]));
  if (slices !== undefined && times.length !== slices)
    return { message: `SliceTiming has ${times.length} times, the image ${slices} slices`, expected };
  if (typeof tr === 'number' && last > tr + SLICE_TOLERANCE_S)
    return {
      message: `SliceTiming reaches ${last}, the repetition time is ${tr} s`,
      expected: last > 10 * tr ? `${expected}: these may be milliseconds` : expected,
    };
  return undefined;
}

function rounded(seconds: number): number {
  return Number(seconds.toPrecision(9));
}
