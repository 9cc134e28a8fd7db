import { seriesKey, type DicomSeries } from '../imaging/dicom-series.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { describeSeries, seriesFacts } from './dicom/series-facts.js';
import { mappedVerdict, unusedPatterns, type SeriesMap } from './dicom/series-map.js';
import { nameSeries } from './dicom/series-rules.js';
import { bidsName, type Verdict } from './dicom/verdict.js';
import type { SeriesNaming } from './plan.js';
import type { Question } from './question.js';

export interface NamingOptions {
  /** Label of the participant, without `sub-`; else made from PatientID, never from PatientName. */
  readonly participant?: string;
  /** Label of the session, without `ses-`. */
  readonly session?: string;
  /** What a person says of single series; wins over every rule. */
  readonly map?: SeriesMap;
}

export interface NamingProposal {
  /** Every series that is decided, in the order of their numbers. */
  readonly naming: readonly SeriesNaming[];
  /** What the headers do not tell. While there are any, no plan is made. */
  readonly questions: readonly Question[];
  readonly findings: readonly Finding[];
}

interface Named {
  readonly series: DicomSeries;
  readonly verdict: Exclude<Verdict, { readonly action: 'ask' }>;
  readonly subject: string;
}

/** Proposes how each DICOM series becomes a BIDS file, with the reason. What is not certain is a question, never a guess. */
export function proposeNaming(series: readonly DicomSeries[], options: NamingOptions = {}): NamingProposal {
  const findings: Finding[] = [];
  const questions: Question[] = [];
  const subjects = subjectLabels(series, options, questions, findings);
  askForSessions(series, options, questions);
  for (const pattern of options.map === undefined ? [] : unusedPatterns(options.map, series))
    findings.push({
      code: 'input.invalid',
      severity: 'warning',
      message: `the map names ${pattern}, and no series fits it`,
      place: { field: pattern },
    });
  const facts = series.map(seriesFacts);
  const named: Named[] = [];
  for (const [index, each] of series.entries()) {
    const own = facts[index];
    if (own === undefined) continue;
    const verdict = mappedVerdict(options.map, each) ?? nameSeries(own, facts);
    if (verdict.action === 'ask') questions.push(questionOf(each, verdict));
    else named.push({ series: each, verdict, subject: subjects.get(each.patientId) ?? '' });
  }
  const clear = askForRuns(named, questions);
  return { naming: clear.map((each) => namingOf(each, options.session)), questions, findings };
}

function namingOf({ series, verdict, subject }: Named, session: string | undefined): SeriesNaming {
  const label = `${seriesKey(series)} ${series.description === '' ? series.protocolName : series.description}`;
  if (verdict.action === 'skip')
    return { series: series.uid, label, action: 'skip', entities: {}, sidecar: {}, reason: verdict.reason };
  const { datatype, suffix, entities, reason } = verdict;
  const task = datatype === 'func' ? entities['task'] : undefined;
  return {
    series: series.uid,
    label,
    action: 'convert',
    datatype,
    suffix,
    entities: { subject, ...(session === undefined ? {} : { session }), ...entities },
    // BIDS asks for TaskName beside every functional image, and no header holds it.
    sidecar: { ...verdict.sidecar, ...(task === undefined ? {} : { TaskName: task }) },
    reason,
  };
}

/** Label by PatientID: letters and digits of it, as BIDS allows no others. */
function subjectLabels(
  series: readonly DicomSeries[],
  options: NamingOptions,
  questions: Question[],
  findings: Finding[],
): Map<string, string> {
  const ids = [...new Set(series.map((each) => each.patientId))];
  const labels = new Map<string, string>();
  if (options.participant !== undefined) {
    const label = options.participant.replace(/^sub-/, '');
    if (!/^[A-Za-z0-9]+$/.test(label))
      findings.push(
        errorFinding(
          'input.invalid',
          `participant ${JSON.stringify(label)} is no BIDS label`,
          { field: 'participant' },
          'letters and digits',
        ),
      );
    if (ids.length > 1)
      findings.push(
        errorFinding(
          'input.invalid',
          `one participant is named (${label}), and the folder holds ${ids.length} patients`,
          { field: 'participant' },
          'one patient in the folder, or no participant named: then each is called by its PatientID',
        ),
      );
    for (const id of ids) labels.set(id, label);
    return labels;
  }
  const owners = new Map<string, string>();
  for (const id of ids) {
    const label = id.replace(/[^A-Za-z0-9]/g, '');
    labels.set(id, label);
    if (label === '')
      questions.push({
        id: 'participant',
        text: 'the headers say no patient id that could name the participant: what is the label?',
        choices: [],
        set: '--participant LABEL',
      });
    const owner = owners.get(label);
    if (owner !== undefined && label !== '')
      findings.push(
        errorFinding(
          'plan.conflict',
          `two patient ids would both become sub-${label}`,
          { field: 'PatientID' },
          'ids that differ in letters or digits; convert the folders one by one with --participant',
        ),
      );
    owners.set(label, id);
  }
  return labels;
}

/** Two studies of one patient are two visits, or one that was interrupted: no header tells. */
function askForSessions(series: readonly DicomSeries[], options: NamingOptions, questions: Question[]): void {
  if (options.session !== undefined) return;
  const studies = new Map<string, Set<string>>();
  for (const { patientId, studyUid } of series)
    studies.set(patientId, (studies.get(patientId) ?? new Set()).add(studyUid));
  for (const [, uids] of studies) {
    if (uids.size < 2) continue;
    questions.push({
      id: 'session',
      text: `the folder holds ${uids.size} studies of one participant: are they several sessions, or one that was interrupted?`,
      choices: ['one session', 'several sessions'],
      set: '--session LABEL if it is one; else convert the folder of each session by itself, with its --session',
    });
    return;
  }
}

function questionOf(series: DicomSeries, verdict: Extract<Verdict, { readonly action: 'ask' }>): Question {
  const example = verdict.names.find((name) => name !== 'skip') ?? 'skip';
  return {
    id: `series-${seriesKey(series)}`,
    text: verdict.question,
    choices: verdict.names,
    set: `--map FILE with the line \`${seriesKey(series)}: ${example}\``,
  };
}

/** Series that would get one name: repeats, or runs; the person says which. The others are clear. */
function askForRuns(named: readonly Named[], questions: Question[]): Named[] {
  const groups = new Map<string, Named[]>();
  for (const each of named) {
    const { verdict } = each;
    const key =
      verdict.action === 'skip'
        ? each.series.uid
        : `${each.subject}/${bidsName(verdict.datatype, verdict.suffix, verdict.entities)} ${JSON.stringify(verdict.entities)}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const clear: Named[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined || group.length === 1 || first.verdict.action === 'skip') {
      clear.push(...group);
      continue;
    }
    const told = byDirection(group);
    if (told !== undefined) {
      clear.push(...told);
      continue;
    }
    const { datatype, suffix, entities } = first.verdict;
    const names = group.map((_each, index) =>
      bidsName(datatype, suffix, { ...entities, run: String(index + 1) }),
    );
    const lines = (values: readonly string[]): string =>
      group.map(({ series }, index) => `${seriesKey(series)}: ${values[index] ?? 'skip'}`).join(', ');
    const last = group.map((_each, index) =>
      index === group.length - 1 ? bidsName(datatype, suffix, entities) : 'skip',
    );
    questions.push({
      id: `series-${group.map(({ series }) => seriesKey(series)).join('-')}`,
      text: `${group.map(({ series }) => describeSeries(series)).join(' and ')} would all become ${bidsName(datatype, suffix, entities)} of sub-${first.subject}: runs, or repeats of a scan that failed?`,
      choices: [lines(names), lines(last)],
      set: `--map FILE with lines such as \`${lines(names)}\``,
    });
  }
  return clear.sort((a, b) => a.series.number - b.series.number);
}

/** Series of one name that differ in the phase encoding of their headers get it into their names. */
function byDirection(group: readonly Named[]): Named[] | undefined {
  const directions = new Set(group.map(({ series }) => series.header.phaseEncoding));
  if (directions.size < group.length) return undefined;
  const told: Named[] = [];
  for (const each of group) {
    const { verdict } = each;
    const direction = each.series.header.phaseEncoding;
    if (verdict.action === 'skip' || direction === undefined || 'direction' in verdict.entities)
      return undefined;
    const reason = `${verdict.reason}; phase encoding ${direction} in its header tells it from the others`;
    told.push({ ...each, verdict: { ...verdict, entities: { ...verdict.entities, direction }, reason } });
  }
  return told;
}
