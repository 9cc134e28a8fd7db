import type { DicomScan, DicomSeries } from '../../imaging/dicom-series.js';
import { hasErrors } from '../../kernel/findings.js';
import { describeQuery } from '../compile/select-files.js';
import { proposeNaming, type NamingProposal } from '../dicom-naming.js';
import type { Pipeline } from '../pipeline.js';
import type { PlanStage, SeriesNaming } from '../plan.js';
import type { PlanningOptions, PlanningOutcome } from '../planning-outcome.js';
import { selectionOf } from './bids-data.js';
import { stageIds, type DataSelection, type PlanningData } from './planning-data.js';
import { readRequest } from './read-request.js';
import { listed, selectData } from './select-data.js';

/**
 * A folder of DICOMs as the planner sees it: with the names that its series will have. Series that nobody can name
 * from the headers make questions.
 */
export function dicomData(
  request: string,
  scan: DicomScan,
  pipelines: readonly Pipeline[],
  options: PlanningOptions,
): PlanningData | PlanningOutcome {
  if (scan.series.length === 0)
    return {
      kind: 'cannot',
      reasons: [`there is no DICOM file in ${scan.root}, and no dataset_description.json`],
      findings: scan.findings,
    };
  const called = whatToCall(request, scan, pipelines, options);
  const series = chosenSeries(scan.series, called);
  if (series.length === 0)
    return {
      kind: 'cannot',
      reasons: [
        `there is no participant ${called.asked.join(', ')}: the folder holds ${listed(patientLabels(scan.series))}`,
      ],
      findings: scan.findings,
    };
  const proposal = proposeNaming(series, {
    ...(called.label === undefined ? {} : { participant: called.label }),
    ...(options.session === undefined ? {} : { session: options.session }),
    ...(options.map === undefined ? {} : { map: options.map }),
  });
  const findings = [...scan.findings, ...proposal.findings];
  const errors = proposal.findings.filter(({ severity }) => severity === 'error');
  if (hasErrors(errors)) return { kind: 'cannot', reasons: errors.map(({ message }) => message), findings };
  if (proposal.questions.length > 0) return { kind: 'question', questions: proposal.questions, findings };
  const converted = proposal.naming.filter(({ action }) => action === 'convert');
  if (converted.length === 0)
    return {
      kind: 'cannot',
      reasons: ['no series to convert', ...proposal.naming.map(({ label, reason }) => `${label}: ${reason}`)],
      findings,
    };

  const known = knownLabels(converted);
  return {
    known:
      called.label === undefined
        ? known
        : { ...known, participants: [...known.participants, ...called.asked] },
    datatypes: [...new Set(converted.flatMap(({ datatype }) => datatype ?? []))],
    findings,
    needsConversion: true,
    isDone: () => false,
    lacks: (pipeline) => lacks(pipeline, converted, series),
    select: (read, wanted) => {
      // Named by the person, or chosen among several: then who is to be left out is decided already.
      const { exclude = [] } = called.asked.length > 0 ? {} : options;
      const selection = selectData(read, known, { exclude }, wanted);
      if ('reasons' in selection || called.label === undefined) return selection;
      return { ...selection, participants: undefined, reasonsWhy: [...called.reasons] };
    },
    stages: (wanted, selection) => stages(wanted, selection, scan, proposal),
  };
}

interface Called {
  /** What the one participant is to be called. */
  readonly label?: string;
  /** Labels to keep, of several. */
  readonly keep?: readonly string[];
  readonly asked: readonly string[];
  readonly reasons: readonly string[];
}

/** `--participant 03` or `as sub-03`: the name of the one patient, or a choice among several. */
function whatToCall(
  request: string,
  scan: DicomScan,
  pipelines: readonly Pipeline[],
  options: PlanningOptions,
): Called {
  const labels = patientLabels(scan.series);
  const spoken = readRequest(request, pipelines, {
    participants: labels,
    sessions: [],
    tasks: [],
    runs: [],
  }).participants;
  const asked = options.participants?.map((label) => label.replace(/^sub-/, '')) ?? [
    ...(spoken?.labels ?? []),
    ...(spoken?.unknown ?? []),
  ];
  if (asked.length === 0) return { asked, reasons: [] };
  const known = asked.every((label) => labels.includes(label));
  if (known && labels.length > 1)
    return {
      keep:
        spoken?.negated === true && options.participants === undefined
          ? labels.filter((label) => !asked.includes(label))
          : asked,
      asked,
      reasons: [],
    };
  const [label] = asked;
  if (label === undefined || asked.length > 1) return { keep: asked, asked, reasons: [] };
  return { label, asked, reasons: [`participant ${label}: named by you`] };
}

function patientLabels(series: readonly DicomSeries[]): string[] {
  return [...new Set(series.map(({ patientId }) => patientId.replace(/[^A-Za-z0-9]/g, '')))];
}

function chosenSeries(series: readonly DicomSeries[], { keep }: Called): readonly DicomSeries[] {
  if (keep === undefined) return series;
  return series.filter(({ patientId }) => keep.includes(patientId.replace(/[^A-Za-z0-9]/g, '')));
}

function knownLabels(naming: readonly SeriesNaming[]): PlanningData['known'] {
  const of = (entity: string): string[] => [
    ...new Set(naming.flatMap(({ entities }) => entities[entity] ?? [])),
  ];
  return { participants: of('subject'), sessions: of('session'), tasks: of('task'), runs: of('run') };
}

/** Whether what the series become is what a pipeline works on; and long enough, where mosaics tell. */
function lacks(
  pipeline: Pipeline,
  converted: readonly SeriesNaming[],
  series: readonly DicomSeries[],
): string | undefined {
  for (const input of Object.values(pipeline.inputs)) {
    if (!('query' in input) || input.optional) continue;
    const fits = converted.filter(
      ({ datatype, suffix }) =>
        isOf(input.query['datatype'], datatype) && isOf(input.query['suffix'], suffix),
    );
    const what = describeQuery(input.query);
    if (fits.length === 0) {
      const names = converted.map(({ datatype, suffix }) => `${datatype} ${suffix}`);
      return `no series becomes ${what}, which ${pipeline.id} needs: there are ${listed([...new Set(names)])}`;
    }
    const minimum = input.minimum_volumes ?? 0;
    const short = fits
      .map(({ series: uid }) => series.find((each) => each.uid === uid))
      .filter((each) => each !== undefined && countsVolumes(each) && each.volumes < minimum);
    if (short.length === fits.length && short[0] !== undefined)
      return `${short[0].description} has ${short[0].volumes} volumes, and ${pipeline.id} needs at least ${minimum}`;
  }
  return undefined;
}

/** Frames inside one file are not counted by a scan. */
function countsVolumes({ header }: DicomSeries): boolean {
  return header.mosaic || header.frames === undefined;
}

function isOf(wanted: string | string[] | undefined, value: string | undefined): boolean {
  if (wanted === undefined) return true;
  return value !== undefined && (Array.isArray(wanted) ? wanted.includes(value) : wanted === value);
}

function stages(
  pipelines: readonly Pipeline[],
  selection: DataSelection,
  scan: DicomScan,
  proposal: NamingProposal,
): PlanStage[] {
  const named = new Set(proposal.naming.map(({ series }) => series));
  const others = scan.series
    .filter(({ uid }) => !named.has(uid))
    .map((series): SeriesNaming => ({
      series: series.uid,
      label: `${series.number} ${series.description}`,
      action: 'skip',
      entities: {},
      sidecar: {},
      reason: 'of a participant that was not chosen',
    }));
  const ids = stageIds(pipelines);
  const [conversion] = ids;
  return pipelines.map((pipeline, index): PlanStage => {
    const common = {
      id: ids[index] ?? pipeline.id,
      pipeline: pipeline.id,
      version: pipeline.version,
      params: {},
      inputs: {},
      providers: {},
    };
    if (index === 0)
      return { ...common, data: { dicom: scan.root }, select: {}, naming: [...proposal.naming, ...others] };
    return { ...common, data: { stage: conversion ?? '' }, ...selectionOf(pipeline, selection) };
  });
}
