import type { DatasetSummary } from '../../bids/summary.js';
import type { DicomScan } from '../../imaging/dicom-series.js';
import type { JsonValue } from '../../kernel/json.js';
import { objectTypes } from '../../planning/request/vocabulary.js';
import type { Answer, Source } from '../reply.js';
import type { DataView } from '../workplace.js';

/** What is there: read from the index of the dataset or the headers of the DICOMs. */
export function describeData(view: DataView, words = ''): Answer {
  return view.kind === 'bids' ? describeBids(view.summary, words) : describeDicoms(view.scan);
}

/** Who has the kinds of data that a question names, and how many runs. */
function focus({ participants }: DatasetSummary, words: string): string[] {
  const said = words.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const types = new Set(said.flatMap((word) => objectTypes.get(word) ?? []));
  const present = participants.filter(({ files }) => files > 0);
  const lines = [...types].map((type) => {
    const having = present.filter(({ datatypes }) => datatypes[type] !== undefined);
    const without = present.filter(({ datatypes }) => datatypes[type] === undefined);
    const names = (those: typeof present): string => listed(those.map(({ participant }) => participant));
    if (having.length === 0) return `${type}: nobody has it`;
    if (without.length === 0) return `${type}: all ${present.length} have it`;
    return `${type}: ${having.length} of ${present.length} have it (${names(having)}), not ${names(without)}`;
  });
  if (!said.some((word) => word === 'run' || word === 'runs')) return lines;
  const counts = new Map<string, string[]>();
  for (const { participant, runs } of present)
    for (const [task, count] of Object.entries(runs)) {
      const key = `${plural(count, 'run')} of task ${task}`;
      counts.set(key, [...(counts.get(key) ?? []), participant]);
    }
  return [
    ...lines,
    ...[...counts].map(
      ([what, who]) => `${what}: ${who.length === present.length ? 'everybody' : listed(who)}`,
    ),
  ];
}

/** What is missing or looks wrong. */
export function oddities(view: DataView): Answer {
  if (view.kind === 'dicom') {
    const lines = view.scan.findings.map(({ message }) => message);
    return answer(
      'odd',
      lines.length === 0 ? ['nothing that the headers show looks odd'] : lines,
      { findings: lines },
      view.scan.root,
    );
  }
  const { missing, odd, root } = view.summary;
  const problems = view.dataset.findings.map(({ message, place }) =>
    place?.file === undefined ? message : `${message} (${place.file})`,
  );
  const lines = [
    ...missing.map((text) => `missing: ${text}`),
    ...odd.map((text) => `odd: ${text}`),
    ...problems.map((text) => `problem: ${text}`),
  ];
  const shown = lines.length === 0 ? ['nothing is missing or looks odd by names and sidecars'] : lines;
  const hint = 'to hold the dataset against the BIDS specification: "validate the dataset"';
  return answer(
    'odd',
    [...shown.slice(0, 40), ...more(shown.length - 40), hint],
    { missing, odd, problems },
    root,
  );
}

function describeBids(summary: DatasetSummary, words: string): Answer {
  const { totals, sessions, tasks, participants } = summary;
  const counts = Object.entries(totals.datatypes).map(
    ([datatype, suffixes]) =>
      `  ${datatype}: ${Object.entries(suffixes)
        .map(([suffix, count]) => `${count} ${suffix}`)
        .join(', ')}`,
  );
  const labels = participants.filter(({ files }) => files > 0).map(({ participant }) => participant);
  const lines = [
    ...focus(summary, words),
    `${summary.name}: a ${summary.type} BIDS dataset (${summary.bids_version}) of ${plural(totals.participants, 'participant')} and ${plural(totals.files, 'file')}`,
    ...(labels.length === 0 ? [] : [`participants: ${listed(labels)}`]),
    ...(sessions.length === 0 ? [] : [`sessions: ${listed(sessions)}`]),
    ...(tasks.length === 0 ? [] : [`tasks: ${listed(tasks)}`]),
    'data:',
    ...counts,
    ...(summary.missing.length + summary.odd.length === 0
      ? []
      : [`${plural(summary.missing.length + summary.odd.length, 'thing')} to know before working with it:`]),
    ...[...summary.missing, ...summary.odd].slice(0, 6).map((text) => `  ${text}`),
  ];
  return answer('dataset', lines, summary as unknown as JsonValue, summary.root);
}

function describeDicoms({ root, series, findings }: DicomScan): Answer {
  const patients = new Set(series.map(({ patientId }) => patientId));
  const lines = [
    `a folder of DICOMs: ${plural(series.length, 'series', 'series')} of ${plural(patients.size, 'patient')}`,
    ...series
      .slice(0, 30)
      .map(({ number, description, volumes }) => `  ${number} ${description}: ${plural(volumes, 'volume')}`),
    ...more(series.length - 30),
    'to make a BIDS dataset of it: "convert these DICOMs to BIDS"',
  ];
  const facts = series.map(({ number, description, volumes }) => ({ number, description, volumes }));
  return answer(
    'dataset',
    lines,
    { root, series: facts, findings: findings.map(({ message }) => message) },
    root,
  );
}

function answer(about: string, lines: readonly string[], facts: JsonValue, root: string): Answer {
  const sources: Source[] = [{ kind: 'dataset', name: root }];
  return { kind: 'answer', about, text: lines.join('\n'), facts, sources };
}

function more(count: number): string[] {
  return count > 0 ? [`  and ${count} more`] : [];
}

/** `1 participant`, `2 participants`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The first twelve, and how many more. */
export function listed(labels: readonly string[]): string {
  return labels.length <= 12
    ? labels.join(', ')
    : `${labels.slice(0, 10).join(', ')} and ${labels.length - 10} more`;
}
