import type { BidsDataset } from '../bids/dataset.js';
import type { DatasetSummary } from '../bids/summary.js';
import type { DicomScan } from '../imaging/dicom-series.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import type { JsonValue } from '../kernel/json.js';
import { checkValue, parseParameter, presetNames } from './parameters.js';
import type { Pipeline } from './pipeline.js';
import { planSchema, type Plan, type PlanStage } from './plan.js';
import type { PlanningOptions, PlanningOutcome } from './planning-outcome.js';
import type { Question } from './question.js';
import { amendRequest } from './request/amend-request.js';
import { bidsData } from './request/bids-data.js';
import { dicomData } from './request/dicom-data.js';
import type { PlanningData } from './request/planning-data.js';
import { readRequest, type ReadRequest } from './request/read-request.js';

export type { PlanningOptions, PlanningOutcome } from './planning-outcome.js';

/** What there is: a BIDS dataset or a folder of DICOMs. */
export interface PlanningContext {
  readonly bids?: { readonly dataset: BidsDataset; readonly summary: DatasetSummary };
  readonly dicom?: DicomScan;
  /** Output folder, absolute. */
  readonly out: string;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly options?: PlanningOptions;
}

const VERSION = '1.0.0';

/**
 * Makes a plan of a wish in words, by rules: intent words choose pipelines, names and numbers choose data and
 * parameters, and the data decide what is possible. What can be read in two ways is a question; what cannot be done
 * says what is missing. Nothing is guessed in silence: `plan.origin` holds the reason of each choice.
 */
export function planByRules(request: string, context: PlanningContext): PlanningOutcome {
  const cannot = (...reasons: string[]): PlanningOutcome => ({ kind: 'cannot', reasons, findings: [] });
  const pipelines = [...context.pipelines.values()];
  if (pipelines.length === 0) return cannot('no pipeline is installed');
  const data = openData(request, context, pipelines);
  if (data === undefined) return cannot('the data are neither a BIDS dataset nor DICOMs');
  if ('kind' in data) return data;
  const read = (context.options?.amendments ?? []).reduce(
    (before, later) => amendRequest(before, readRequest(later, pipelines, data.known)),
    readRequest(request, pipelines, data.known),
  );
  const problems = [
    ...read.problems,
    ...(read.choice.missing.length > 0 ? [missingText(read, pipelines), ...possibleText(read, data)] : []),
  ];
  if (problems.length > 0) return cannot(...problems);
  if (read.questions.length > 0) return { kind: 'question', questions: read.questions, findings: [] };

  const choice = settlePipelines(read, pipelines, data);
  if ('kind' in choice) return choice;
  const selection = data.select(read, choice.pipelines);
  if ('reasons' in selection) return cannot(...selection.reasons);
  const impossible = choice.pipelines.flatMap((pipeline) => data.lacks(pipeline, selection) ?? []);
  if (impossible.length > 0) return cannot(...impossible);
  const params = settleParameters(read, choice.pipelines, context.options?.prefer ?? {});
  if ('reasons' in params) return cannot(...params.reasons);

  const stages = data.stages(choice.pipelines, selection).map((stage) => ({
    ...stage,
    params: params.values.get(typeof stage.pipeline === 'string' ? stage.pipeline : '') ?? {},
    ...presetOf(stage, read, context.pipelines),
  }));
  const plan = planSchema.parse({
    schema: 'neuroclaw/plan@1',
    title: choice.pipelines.map(({ title }) => title).join(', then '),
    request,
    out: context.out,
    origin: {
      planner: 'rules',
      version: VERSION,
      reasons: [
        ...read.corrections.map(({ from, to }) => `"${from}" was read as ${to}`),
        ...choice.reasons,
        ...selection.reasonsWhy,
        ...params.reasonsWhy,
        ...presetReasons(read, choice.pipelines),
        ...(read.choice.unknown.length === 0
          ? []
          : [`left aside, because the rules do not know it: ${read.choice.unknown.join(', ')}`]),
      ],
      alternatives: choice.alternatives,
    },
    stages,
  });
  return { kind: 'plan', plan, findings: [...data.findings, ...notUnderstood(read)] };
}

/** Opens what there is; questions and contradictions of DICOM headers end the planning here. */
function openData(
  request: string,
  context: PlanningContext,
  pipelines: readonly Pipeline[],
): PlanningData | PlanningOutcome | undefined {
  if (context.bids !== undefined)
    return bidsData(context.bids.dataset, context.bids.summary, context.options ?? {});
  const words = [request, ...(context.options?.amendments ?? [])].join(', ');
  if (context.dicom !== undefined) return dicomData(words, context.dicom, pipelines, context.options ?? {});
  return undefined;
}

function missingText(read: ReadRequest, pipelines: readonly Pipeline[]): string {
  return `no installed pipeline does this: ${read.choice.missing.join(', ')} (there are: ${pipelines.map(({ id }) => id).join(', ')})`;
}

/** What of the request can be done all the same, for the person to ask for alone. */
function possibleText({ choice }: ReadRequest, data: PlanningData): string[] {
  const possible = choice.chosen.filter(
    ({ pipeline }) => !data.isDone(pipeline) && data.lacks(pipeline) === undefined,
  );
  if (possible.length === 0) return [];
  return [
    `of the request, this can be done: ${possible.map(({ pipeline, words }) => `${pipeline.id} ("${words.join('", "')}")`).join(', ')}`,
  ];
}

function notUnderstood(read: ReadRequest): Finding[] {
  const { unknown } = read.choice;
  if (unknown.length === 0) return [];
  return [
    {
      code: 'plan.question',
      severity: 'warning',
      message: `not understood, and left aside: ${unknown.join(', ')}`,
      suggestion: 'say it in other words, or set the parameter with --set',
    },
  ];
}

interface SettledPipelines {
  readonly pipelines: readonly Pipeline[];
  readonly reasons: readonly string[];
  readonly alternatives: Plan['origin']['alternatives'];
}

/** Which pipelines run, in which order: those that were asked for, and a conversion before them where there are DICOMs. */
function settlePipelines(
  read: ReadRequest,
  pipelines: readonly Pipeline[],
  data: PlanningData,
): SettledPipelines | PlanningOutcome {
  const { choice } = read;
  const reasons: string[] = [];
  const alternatives: Plan['origin']['alternatives'] = [];
  const wanted: Pipeline[] = [];
  for (const { pipeline, words } of choice.chosen) {
    if (data.isDone(pipeline)) {
      alternatives.push({ what: pipeline.id, why_not: 'the data are a BIDS dataset already' });
      continue;
    }
    wanted.push(pipeline);
    reasons.push(`${pipeline.id}, because you said ${words.map((word) => `"${word}"`).join(', ')}`);
  }
  for (const { clause, pipelines: tied } of choice.ties) {
    const possible = tied.filter((pipeline) => !data.isDone(pipeline) && data.lacks(pipeline) === undefined);
    const [only] = possible;
    if (only === undefined)
      return {
        kind: 'cannot',
        reasons: tied.flatMap((pipeline) => data.lacks(pipeline) ?? []),
        findings: [],
      };
    if (possible.length > 1)
      return { kind: 'question', questions: [whichPipeline(clause, possible)], findings: [] };
    if (!wanted.includes(only)) wanted.push(only);
    reasons.push(`${only.id} for "${clause}": the only one that these data allow`);
    for (const pipeline of tied)
      if (pipeline !== only)
        alternatives.push({ what: pipeline.id, why_not: data.lacks(pipeline) ?? 'done already' });
  }
  for (const { pipeline, word } of choice.declined)
    if (!wanted.includes(pipeline))
      alternatives.push({ what: pipeline.id, why_not: `you said not to ("${word}")` });

  if (wanted.length === 0) {
    const byParameter = pipelinesOfParameters(read, pipelines).filter((pipeline) => !data.isDone(pipeline));
    if (byParameter.length === 1 && byParameter[0] !== undefined) {
      wanted.push(byParameter[0]);
      reasons.push(`${byParameter[0].id}, because you set its parameters`);
    } else if (choice.chosen.length > 0) {
      return {
        kind: 'cannot',
        reasons: ['the data are a BIDS dataset already: there is nothing to convert'],
        findings: [],
      };
    } else {
      const absent = absentTypes(read, data);
      if (absent !== undefined) return { kind: 'cannot', reasons: [absent], findings: [] };
      const possible = pipelines.filter(
        (pipeline) => !data.isDone(pipeline) && data.lacks(pipeline) === undefined,
      );
      return { kind: 'question', questions: [whatToDo(choice.unknown, possible)], findings: [] };
    }
  }
  return orderPipelines(wanted, read, pipelines, data, reasons, alternatives);
}

/** The request speaks of kinds of data alone that are not there. */
function absentTypes({ choice }: ReadRequest, { datatypes }: PlanningData): string | undefined {
  const wanted = [...choice.types];
  if (wanted.length === 0 || wanted.some((type) => datatypes.includes(type))) return undefined;
  return `the data have no ${wanted.join(' and no ')}: there are ${datatypes.length === 0 ? 'no images at all' : datatypes.join(', ')}`;
}

function orderPipelines(
  wanted: Pipeline[],
  read: ReadRequest,
  pipelines: readonly Pipeline[],
  data: PlanningData,
  reasons: string[],
  alternatives: Plan['origin']['alternatives'],
): SettledPipelines | PlanningOutcome {
  if (!data.needsConversion) return { pipelines: wanted, reasons, alternatives };
  const converts = (pipeline: Pipeline): boolean =>
    Object.values(pipeline.inputs).some((input) => 'dicom' in input);
  const chosen = wanted.filter(converts);
  if (chosen.length === 0) {
    const declined = read.choice.declined.find(({ pipeline }) => converts(pipeline));
    if (declined !== undefined)
      return {
        kind: 'cannot',
        reasons: ['the data are DICOMs, and nothing else can be done before they are converted'],
        findings: [],
      };
    const known = pipelines.filter(converts);
    const [only] = known;
    if (only === undefined)
      return {
        kind: 'cannot',
        reasons: ['the data are DICOMs, and no installed pipeline converts them'],
        findings: [],
      };
    if (known.length > 1)
      return { kind: 'question', questions: [whichPipeline('the conversion', known)], findings: [] };
    chosen.push(only);
    reasons.push(`${only.id} first, because the data are DICOMs`);
  }
  return {
    pipelines: [...chosen, ...wanted.filter((pipeline) => !converts(pipeline))],
    reasons,
    alternatives,
  };
}

function whichPipeline(clause: string, possible: readonly Pipeline[]): Question {
  return {
    id: 'pipeline',
    text: `which is meant by "${clause}": ${possible.map(({ id, title }) => `${id} (${title})`).join(', or ')}?`,
    choices: possible.map(({ id }) => id),
    set: `say it in the request: "${possible[0]?.id ?? ''}"`,
  };
}

function whatToDo(unknown: readonly string[], possible: readonly Pipeline[]): Question {
  const what =
    unknown.length === 0
      ? 'the request does not say what to do'
      : `the rules do not know what ${unknown.map((word) => `"${word}"`).join(', ')} means`;
  return {
    id: 'pipeline',
    text: `${what}: which of these?`,
    choices: possible.map(({ id }) => id),
    set: `say it in the request, such as "${possible[0]?.intent[0] ?? 'validate'} the data"`,
  };
}

function pipelinesOfParameters(read: ReadRequest, pipelines: readonly Pipeline[]): Pipeline[] {
  const names = [
    ...read.parameters.filter(({ value }) => value !== 0).map(({ name }) => name),
    ...read.settings.keys(),
  ];
  return pipelines.filter((pipeline) => names.some((name) => pipeline.parameters[name] !== undefined));
}

/** The preset that was asked for, where the pipeline of a stage has it. */
function presetOf(
  { pipeline }: PlanStage,
  { preset }: ReadRequest,
  pipelines: ReadonlyMap<string, Pipeline>,
): { preset?: string } {
  const known = typeof pipeline === 'string' ? pipelines.get(pipeline) : pipeline;
  if (preset === undefined || known === undefined) return {};
  return presetNames(known).includes(preset.name) ? { preset: preset.name } : {};
}

function presetReasons({ preset }: ReadRequest, pipelines: readonly Pipeline[]): string[] {
  if (preset === undefined) return [];
  return pipelines.map((pipeline) =>
    presetNames(pipeline).includes(preset.name)
      ? `${pipeline.id} with the preset ${preset.name}, because you said "${preset.words}"`
      : `${pipeline.id} has no preset ${preset.name}: it runs with its defaults`,
  );
}

interface SettledParameters {
  readonly values: ReadonlyMap<string, Readonly<Record<string, JsonValue>>>;
  readonly reasonsWhy: readonly string[];
}

/** Spoken parameters and `name=value` for each pipeline that has them, within what it allows. */
function settleParameters(
  read: ReadRequest,
  pipelines: readonly Pipeline[],
  prefer: Readonly<Record<string, string>>,
): SettledParameters | { readonly reasons: readonly string[] } {
  const values = new Map<string, Record<string, JsonValue>>();
  const problems: string[] = [];
  const why: string[] = [];
  for (const pipeline of pipelines) {
    const own: Record<string, JsonValue> = {};
    for (const { name, value, reason } of read.parameters) {
      const schema = pipeline.parameters[name];
      if (schema === undefined) continue;
      const wrong = checkValue(schema, value);
      if (wrong !== undefined)
        problems.push(`${name} ${wrong.message}: ${pipeline.id} takes ${wrong.expected}`);
      own[name] = value;
      why.push(`${name} ${JSON.stringify(value)}: ${reason}`);
    }
    for (const [name, text] of read.settings) {
      try {
        const value = parseParameter(pipeline, name, text);
        if (value === undefined) continue;
        own[name] = value;
        why.push(`${name} ${JSON.stringify(value)}: you set it`);
      } catch (error) {
        if (!(error instanceof NeuroClawError)) throw error;
        problems.push(`${error.message}: ${pipeline.id} takes ${error.expected ?? 'another value'}`);
      }
    }
    for (const [name, value] of read.switches) {
      if (own[name] !== undefined || pipeline.parameters[name]?.type !== 'boolean') continue;
      if (pipeline.parameters[name].default === value) continue;
      own[name] = value;
      why.push(`${name} ${String(value)}: you spoke of it`);
    }
    for (const [name, text] of Object.entries(prefer)) {
      if (own[name] !== undefined || pipeline.parameters[name] === undefined) continue;
      try {
        const value = parseParameter(pipeline, name, text);
        if (value === undefined) continue;
        own[name] = value;
        why.push(`${name} ${JSON.stringify(value)}: your preference, from memory`);
      } catch (error) {
        if (!(error instanceof NeuroClawError)) throw error;
        why.push(`the preference ${name}=${text} is not used: ${error.message}`);
      }
    }
    values.set(pipeline.id, own);
  }
  return problems.length > 0 ? { reasons: problems } : { values, reasonsWhy: why };
}
