import type { BidsDataset, BidsFile } from './dataset.js';
import { companionFor, sidecarFor } from './inheritance.js';
import type { ParticipantSummary } from './participant-summary.js';

/** Of participants that have data, how many must have something before its absence in the others is told. */
const MOST = 0.6;

/** What is not there and usually is: folders, data that most participants have, field maps. */
export function missingNotes(dataset: BidsDataset, participants: readonly ParticipantSummary[]): string[] {
  const notes: string[] = [];
  const withoutFolder = dataset.participants.filter(({ hasFolder }) => !hasFolder);
  if (withoutFolder.length > 0) {
    notes.push(`no data of ${list(withoutFolder.map(({ label }) => `sub-${label}`))}`);
  }
  const present = withData(participants);
  for (const [thing, counts] of countsByThing(present)) {
    const having = counts.size;
    if (having === present.length || having < present.length * MOST || having < 2) continue;
    const without = present.filter(({ participant }) => !counts.has(participant));
    const labels = list(without.map(({ participant }) => `sub-${participant}`));
    notes.push(`no ${thing} of ${labels}, which ${having} of ${present.length} participants have`);
  }
  return [...notes, ...fieldmapNotes(dataset)];
}

/** Participants that have more or less of something than most who have it. */
function countNotes(participants: readonly ParticipantSummary[]): string[] {
  const notes: string[] = [];
  for (const [thing, counts] of countsByThing(withData(participants))) {
    if (counts.size < 3) continue;
    const frequency = new Map<number, number>();
    for (const count of counts.values()) frequency.set(count, (frequency.get(count) ?? 0) + 1);
    const [usual = 0, share = 0] = [...frequency].sort((a, b) => b[1] - a[1])[0] ?? [];
    if (share === counts.size || share < counts.size * MOST) continue;
    const unusual = [...counts].filter(([, count]) => count !== usual);
    const labels = list(unusual.map(([label, count]) => `${count} in sub-${label}`));
    notes.push(`${usual} ${thing} in most participants, but ${labels}`);
  }
  return notes;
}

function withData(participants: readonly ParticipantSummary[]): ParticipantSummary[] {
  return participants.filter(({ participant, files }) => files > 0 && participant !== 'emptyroom');
}

/** `func/bold`, `ses-2` or `task-rest` -> participant -> how many of it. */
function countsByThing(participants: readonly ParticipantSummary[]): Map<string, Map<string, number>> {
  const things = new Map<string, Map<string, number>>();
  const add = (thing: string, participant: string, count: number): void => {
    things.set(thing, (things.get(thing) ?? new Map<string, number>()).set(participant, count));
  };
  for (const { participant, datatypes, sessions, tasks } of participants) {
    for (const [datatype, suffixes] of Object.entries(datatypes)) {
      for (const [suffix, count] of Object.entries(suffixes))
        add(`${datatype}/${suffix}`, participant, count);
    }
    for (const session of sessions) add(`ses-${session}`, participant, 1);
    for (const task of tasks) add(`task-${task}`, participant, 1);
  }
  return things;
}

/** Suffixes in `fmap` from which the B0 field can be estimated; the others map the radio-frequency field. */
const B0_SUFFIXES = new Set(['phasediff', 'phase1', 'fieldmap', 'epi', 'm0scan']);

function fieldmapNotes(dataset: BidsDataset): string[] {
  const echoPlanar = dataset.files.some(
    (file) => isImage(file) && (file.suffix === 'bold' || file.suffix === 'dwi'),
  );
  const fieldmaps = dataset.files.some(
    ({ datatype, suffix }) => datatype === 'fmap' && B0_SUFFIXES.has(suffix),
  );
  return dataset.type === 'raw' && echoPlanar && !fieldmaps
    ? ['no field maps: the distortion of echo-planar images cannot be measured']
    : [];
}

/**
 * What is there and looks wrong: other numbers than most participants have, DWI without gradients, BOLD without
 * timing, with another one or without events. Raw datasets only.
 */
export async function oddNotes(
  dataset: BidsDataset,
  participants: readonly ParticipantSummary[],
): Promise<string[]> {
  if (dataset.type === 'derivative') return [];
  const images = dataset.files.filter(isImage);
  const dwi = images.filter(({ suffix }) => suffix === 'dwi');
  const bold = images.filter(({ suffix }) => suffix === 'bold');
  const noGradients = dwi.filter(
    (file) => !companionFor(dataset, file, 'bval') || !companionFor(dataset, file, 'bvec'),
  );
  return [
    ...countNotes(participants),
    ...lackNote(noGradients, dwi, 'DWI', 'no bval and bvec'),
    ...(await timingNotes(dataset, bold)),
    ...eventNotes(dataset, bold),
  ];
}

async function timingNotes(dataset: BidsDataset, bold: readonly BidsFile[]): Promise<string[]> {
  const timed = await Promise.all(
    bold.map(async (file) => {
      const { values } = await sidecarFor(dataset, file);
      // VolumeTiming stands in for it where volumes are not acquired at one rate.
      return { file, seconds: values['RepetitionTime'], irregular: Array.isArray(values['VolumeTiming']) };
    }),
  );
  const untimed = timed.filter(
    ({ seconds, irregular }) => !irregular && !(typeof seconds === 'number' && seconds > 0),
  );
  const notes = lackNote(
    untimed.map(({ file }) => file),
    bold,
    'BOLD',
    'no RepetitionTime',
  );
  const times = new Map<string, Map<number, BidsFile[]>>();
  for (const { file, seconds } of timed) {
    if (typeof seconds !== 'number') continue;
    const series = [file.entities['task'], file.entities['acq']]
      .filter((label) => label !== undefined)
      .join(', ');
    const bySeconds = times.get(series) ?? new Map<number, BidsFile[]>();
    times.set(series, bySeconds.set(seconds, [...(bySeconds.get(seconds) ?? []), file]));
  }
  for (const [series, bySeconds] of times) {
    if (bySeconds.size < 2) continue;
    const each = [...bySeconds].map(([seconds, files]) => `${seconds} s in ${files.length}`);
    const rarest = [...bySeconds.values()].sort((a, b) => a.length - b.length)[0] ?? [];
    notes.push(
      `RepetitionTime of ${series} differs: ${each.join(', ')} (${list(rarest.map(({ path }) => path))})`,
    );
  }
  return notes;
}

function eventNotes(dataset: BidsDataset, bold: readonly BidsFile[]): string[] {
  const notes: string[] = [];
  const byTask = new Map<string, BidsFile[]>();
  for (const file of bold) {
    const { task } = file.entities;
    // A run at rest has none.
    if (task !== undefined && !/rest/i.test(task)) byTask.set(task, [...(byTask.get(task) ?? []), file]);
  }
  for (const [task, files] of byTask) {
    const without = files.filter((file) => companionFor(dataset, file, 'events') === undefined);
    notes.push(...lackNote(without, files, `BOLD of task ${task}`, 'no events'));
  }
  return notes;
}

function isImage({ extension }: BidsFile): boolean {
  return extension === '.nii' || extension === '.nii.gz';
}

/** `2 of 20 DWI have no bval and bvec: sub-01/dwi/..., ...`. */
function lackNote(files: readonly BidsFile[], of: readonly BidsFile[], what: string, lack: string): string[] {
  if (files.length === 0) return [];
  const verb = files.length === 1 ? 'has' : 'have';
  const which = files.length === of.length ? `all ${of.length}` : `${files.length} of ${of.length}`;
  const named = files.length === of.length && of.length > 1 ? '' : `: ${list(files.map(({ path }) => path))}`;
  return [`${of.length === 1 ? 'the only' : which} ${what} ${verb} ${lack}${named}`];
}

function list(items: readonly string[]): string {
  if (items.length <= 4) return items.join(', ');
  return `${items.slice(0, 3).join(', ')} and ${items.length - 3} more`;
}
