import type { JobEnd } from '../engine/history.js';
import { preimageChanges, type PreimageChange } from '../engine/keys.js';
import type { JobRecord } from '../engine/stage-record.js';
import { canonicalJson, type JsonValue } from '../kernel/json.js';
import { qualityTables } from './quality-numbers.js';
import type { RunArtifacts } from './run-artifacts.js';

export interface Changed<T> {
  readonly what: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

export interface JobDifference {
  readonly job: string;
  /** What the job was given differently: its own causes, not what follows from jobs before it. */
  readonly changes: readonly PreimageChange[];
  /** Roles whose content differs because a job before it gave another result. */
  readonly follows: readonly string[];
  /** Whether its outputs are the same to the bit. */
  readonly results: 'same' | 'other' | 'unknown';
}

/** What differs between two runs, from their traces, keys and committed results. */
export interface RunDifference {
  readonly before: RunName;
  readonly after: RunName;
  /** NeuroClaw, pipelines, presets, parameters and providers. */
  readonly plan: readonly Changed<JsonValue>[];
  /** Digests and versions, by name of the environment. */
  readonly environments: readonly Changed<string>[];
  /** Files of the data whose content differs, that came or went, by name. */
  readonly data: readonly Changed<string>[];
  readonly jobs: readonly JobDifference[];
  readonly sameJobs: number;
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  readonly ends: readonly (Changed<JobEnd> & { readonly message?: string })[];
  /** Quality numbers that differ. */
  readonly numbers: readonly (Changed<number | string | boolean> & {
    readonly stage: string;
    readonly of: string;
  })[];
}

export interface RunName {
  readonly run: string;
  readonly started: string;
  readonly outcome: string;
}

/** Compares two runs, of one output folder or of two, job by job. */
export function diffRuns(a: RunArtifacts, b: RunArtifacts): RunDifference {
  const [jobsA, jobsB] = [jobsOf(a), jobsOf(b)];
  const both = [...jobsA.keys()].filter((id) => jobsB.has(id));
  const jobs: JobDifference[] = [];
  const ends: RunDifference['ends'][number][] = [];
  const data = new Map<string, Changed<string>>();
  let sameJobs = 0;
  for (const id of both) {
    const [endA, endB] = [endOf(a, id), endOf(b, id)];
    if (endA !== endB) {
      const message = (b.history.jobs.get(id) ?? a.history.jobs.get(id))?.message;
      ends.push({ what: id, before: endA, after: endB, ...(message === undefined ? {} : { message }) });
    }
    const difference = jobDifference(id, jobsB.get(id), a, b);
    if (difference === undefined) sameJobs += 1;
    else jobs.push(difference);
    addData(id, jobsB.get(id), a, b, data);
  }
  return {
    before: nameOf(a),
    after: nameOf(b),
    plan: planChanges(a, b),
    environments: environmentChanges(a, b),
    data: [...data.values()],
    jobs,
    sameJobs,
    onlyBefore: [...jobsA.keys()].filter((id) => !jobsB.has(id)),
    onlyAfter: [...jobsB.keys()].filter((id) => !jobsA.has(id)),
    ends,
    numbers: numberChanges(a, b),
  };
}

function nameOf({ run, history }: RunArtifacts): RunName {
  return { run, started: history.started, outcome: history.outcome ?? 'interrupted' };
}

function jobsOf({ stages }: RunArtifacts): Map<string, JobRecord> {
  return new Map(stages.flatMap(({ jobs }) => jobs.map((job) => [job.id, job] as const)));
}

/** How a job ended; a result that was taken over is a result. */
function endOf({ history }: RunArtifacts, job: string): JobEnd | undefined {
  const end = history.jobs.get(job)?.end;
  return end === 'reused' ? 'committed' : end;
}

function jobDifference(
  id: string,
  record: JobRecord | undefined,
  a: RunArtifacts,
  b: RunArtifacts,
): JobDifference | undefined {
  const [keyA, keyB] = [a.done.get(id), b.done.get(id)];
  const [before, after] = [a.preimageOf(id), b.preimageOf(id)];
  if (keyA === undefined || keyB === undefined || before === undefined || after === undefined)
    return undefined;
  const results = sameOutputs(id, a, b);
  if (keyA === keyB) return results === 'other' ? { job: id, changes: [], follows: [], results } : undefined;
  const made = new Set(
    (record?.inputs ?? []).flatMap(({ role, files }) =>
      files.some(({ source }) => source.from === 'job') ? [`inputs.${role}`] : [],
    ),
  );
  const changes = preimageChanges(before, after);
  return {
    job: id,
    changes: changes.filter(({ field }) => !made.has(field)),
    follows: changes.flatMap(({ field }) => (made.has(field) ? [field.slice('inputs.'.length)] : [])),
    results,
  };
}

function sameOutputs(id: string, a: RunArtifacts, b: RunArtifacts): JobDifference['results'] {
  const [one, two] = [a.entryOf(id), b.entryOf(id)];
  if (one === undefined || two === undefined) return 'unknown';
  const digests = (outputs: typeof one.outputs): string =>
    canonicalJson(
      Object.fromEntries(outputs.map(({ id: output, sha256, absent }) => [output, absent ? null : sha256])),
    );
  return digests(one.outputs) === digests(two.outputs) ? 'same' : 'other';
}

/** Inputs that are files of the data, by the name that the tool saw. */
function addData(
  id: string,
  record: JobRecord | undefined,
  a: RunArtifacts,
  b: RunArtifacts,
  data: Map<string, Changed<string>>,
): void {
  const [before, after] = [a.preimageOf(id), b.preimageOf(id)];
  if (before === undefined || after === undefined) return;
  for (const { role, files } of record?.inputs ?? []) {
    if (files.some(({ source }) => source.from === 'job')) continue;
    const digests = (inputs: typeof before.inputs): Map<string, string> =>
      new Map(inputs.flatMap((input) => (input.role === role ? [[input.name, input.sha256] as const] : [])));
    const [then, now] = [digests(before.inputs), digests(after.inputs)];
    for (const name of new Set([...then.keys(), ...now.keys()])) {
      if (then.get(name) === now.get(name)) continue;
      const what = name === '' ? `the files of ${role} of ${id}` : name;
      data.set(what, { what, before: then.get(name), after: now.get(name) });
    }
  }
}

function planChanges(a: RunArtifacts, b: RunArtifacts): Changed<JsonValue>[] {
  const facts = ({ version, stages }: RunArtifacts): Map<string, JsonValue> => {
    const known = new Map<string, JsonValue>([['NeuroClaw', version]]);
    for (const { stage, pipeline, preset, parameters, providers } of stages) {
      known.set(`${stage}: pipeline`, `${pipeline.id} ${pipeline.version}`);
      known.set(`${stage}: preset`, preset);
      for (const [name, value] of Object.entries(parameters)) {
        const unit = pipeline.parameters[name]?.unit;
        known.set(`${stage}: ${name}${unit === undefined || unit === '' ? '' : ` (${unit})`}`, value);
      }
      for (const { capability, skill } of providers) known.set(`${stage}: skill for ${capability}`, skill);
    }
    return known;
  };
  return changesOf(facts(a), facts(b));
}

function environmentChanges(a: RunArtifacts, b: RunArtifacts): Changed<string>[] {
  const facts = ({ environments }: RunArtifacts): Map<string, string> => {
    const known = new Map<string, string>();
    for (const { name, runtime, digest, details } of environments.values()) {
      known.set(name, `${runtime} ${digest}`);
      for (const [detail, value] of Object.entries(details)) known.set(`${name}: ${detail}`, value);
    }
    return known;
  };
  return changesOf(facts(a), facts(b));
}

function numberChanges(a: RunArtifacts, b: RunArtifacts): RunDifference['numbers'][number][] {
  const cells = (
    artifacts: RunArtifacts,
  ): Map<string, { stage: string; of: string; what: string; value: JsonValue }> => {
    const known = new Map<string, { stage: string; of: string; what: string; value: JsonValue }>();
    for (const { stage, columns, rows } of qualityTables(artifacts))
      for (const { entities, values } of rows)
        for (const { name } of columns) {
          const of = Object.entries(entities)
            .map(([key, label]) => `${key}-${label}`)
            .join('_');
          known.set([stage, of, name].join('\n'), { stage, of, what: name, value: values[name] ?? null });
        }
    return known;
  };
  const [before, after] = [cells(a), cells(b)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [then, now] = [before.get(key), after.get(key)];
    const { stage, of, what } = now ?? then ?? { stage: '', of: '', what: '' };
    if ((then?.value ?? null) === (now?.value ?? null)) return [];
    const plain = (value: JsonValue | undefined): number | string | boolean | undefined =>
      typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
        ? value
        : undefined;
    return [{ stage, of, what, before: plain(then?.value), after: plain(now?.value) }];
  });
}

function changesOf<T extends JsonValue>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): Changed<T>[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((what) => {
    const [then, now] = [before.get(what), after.get(what)];
    return canonicalJson(then ?? null) === canonicalJson(now ?? null)
      ? []
      : [{ what, before: then, after: now }];
  });
}
