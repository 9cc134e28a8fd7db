import { z } from 'zod';
import { volumesOf, type NiftiHeader } from '../imaging/nifti-header.js';
import type { Finding, Severity } from '../kernel/findings.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.js';
import { defineCheck, type Check } from './check.js';
import { pathOf } from './file-facts.js';
import { problem } from './problem.js';

type Say = (field: string, message: string, expected: string, severity?: Severity) => void;

export const sidecarCheck: Check = defineCheck({
  name: 'bids.sidecar',
  version: 2,
  catches: 'timing, phase encoding or units in a sidecar that contradict the image they describe',
  args: z.strictObject({ image: z.string() }),
  run: async (subject, { image }, facts) => {
    const sidecar = await facts.json(subject.path);
    if (!isJsonObject(sidecar))
      return { findings: [problem('bids.sidecar', subject.path, 'not a JSON object', 'an object')] };
    const header = await facts.header(pathOf(subject, image));
    const findings: Finding[] = [];
    const say: Say = (field, message, expected, severity = 'error') =>
      void findings.push({ ...problem('bids.sidecar', subject.path, message, expected, field), severity });
    repetitionTime(sidecar, header, say);
    sliceTiming(sidecar, header, say);
    for (const field of ['PhaseEncodingDirection', 'SliceEncodingDirection']) direction(sidecar, field, say);
    for (const field of ['EchoTime', 'EchoTime1', 'EchoTime2', 'TotalReadoutTime', 'EffectiveEchoSpacing'])
      belowOneSecond(sidecar, field, say);
    return { findings };
  },
});

/** BIDS wants seconds everywhere; DICOM says milliseconds, and that is how they get into sidecars. */
const SECONDS = 'seconds (DICOM says milliseconds: divide by 1000)';

function repetitionTime(sidecar: JsonObject, header: NiftiHeader, say: Say): void {
  const tr = sidecar['RepetitionTime'];
  if (tr === undefined) return;
  if (!(typeof tr === 'number' && tr > 0 && tr < 100)) {
    say('RepetitionTime', `RepetitionTime is ${JSON.stringify(tr)}`, SECONDS);
    return;
  }
  if (volumesOf(header) <= 1) return;
  const own = header.repetitionTimeS;
  if (own === undefined) {
    say(
      'RepetitionTime',
      `RepetitionTime is ${tr} s but the header has none`,
      `pixdim[4] of ${tr} s`,
      'warning',
    );
  } else if (Math.abs(tr - own) >= 1e-3) {
    const message = `RepetitionTime is ${tr} s but the header says ${own} s`;
    say('RepetitionTime', message, 'the same in both, in seconds');
  }
}

function sliceTiming(sidecar: JsonObject, header: NiftiHeader, say: Say): void {
  const [timing, tr] = [sidecar['SliceTiming'], sidecar['RepetitionTime']];
  if (timing === undefined) return;
  if (!isList(timing)) {
    say('SliceTiming', 'SliceTiming is no list', 'one time per slice, in seconds');
    return;
  }
  const axis = String(sidecar['SliceEncodingDirection'] ?? 'k').charAt(0);
  const slices = header.dims[{ i: 0, j: 1, k: 2 }[axis] ?? 2] ?? 1;
  if (timing.length !== slices)
    say(
      'SliceTiming',
      `${timing.length} slice times for ${slices} slices along ${axis}`,
      'one time per slice',
    );
  const wrong = timing.find(
    (time) => !(typeof time === 'number' && time >= 0 && (typeof tr !== 'number' || time < tr)),
  );
  if (wrong !== undefined)
    say(
      'SliceTiming',
      `a slice time is ${JSON.stringify(wrong)}`,
      `from 0 to below RepetitionTime, in ${SECONDS}`,
    );
}

function direction(sidecar: JsonObject, field: string, say: Say): void {
  const value = sidecar[field];
  if (value === undefined || /^[ijk]-?$/.test(String(value))) return;
  say(
    field,
    `${field} is ${JSON.stringify(value)}`,
    'i, i-, j, j-, k or k-: an axis of the image, not of the body',
  );
}

function belowOneSecond(sidecar: JsonObject, field: string, say: Say): void {
  const value = sidecar[field];
  if (value === undefined) return;
  const wrong = (isList(value) ? value : [value]).some(
    (each) => !(typeof each === 'number' && each > 0 && each < 1),
  );
  if (wrong) say(field, `${field} is ${JSON.stringify(value)}`, `above 0 and below 1, in ${SECONDS}`);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
