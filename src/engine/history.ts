import type { Actor, TraceEvent } from '../kernel/events.js';
import { isJsonObject, type JsonObject } from '../kernel/json.js';
import { readTrace } from '../trace/reader.js';

export type JobEnd = 'committed' | 'reused' | 'rejected' | 'failed' | 'cancelled' | 'skipped';

/** What a trace says of one job. Of a job that was taken up again after an interruption, the last time counts. */
export interface JobHistory {
  readonly job: string;
  readonly skill?: string;
  readonly key?: string;
  /** Absent: it never ended, or never began. */
  readonly end?: JobEnd;
  /** ISO 8601 UTC: start of the last attempt, and when it ended. */
  readonly started?: string;
  readonly ended?: string;
  readonly argv?: readonly string[];
  readonly environment?: { readonly name: string; readonly runtime: string; readonly digest: string };
  /** How the process ended: see `exitBody`. */
  readonly exit?: JsonObject;
  /** Of a failure: code of the table, message, findings. Of a job that was skipped the message is its reason. */
  readonly code?: string;
  readonly message?: string;
  readonly findings?: readonly JsonObject[];
  readonly stderrTail?: string;
  /** How many checks its outputs were held against. */
  readonly checks?: number;
  /** Files in the dataset, relative to it, that it was the first to publish. */
  readonly published?: readonly string[];
  /** What the last attempt was given. */
  readonly limits?: { readonly memory_mb?: number; readonly walltime_s?: number };
  /** Times that it was tried again. */
  readonly retries: number;
}

export interface RunHistory {
  readonly run: string;
  /** Version of NeuroClaw that began it. */
  readonly version: string;
  readonly started: string;
  /** Absent while it runs, or where its process died. */
  readonly ended?: string;
  readonly outcome?: 'finished' | 'failed' | 'cancelled';
  readonly exit?: number;
  /** The first failure, as JSON of the error. */
  readonly error?: JsonObject;
  /** Who started it. */
  readonly actor: Actor;
  readonly plannedBy: Actor;
  readonly origin: JsonObject;
  readonly approvals: readonly { readonly stage: string; readonly ts: string; readonly actor: Actor }[];
  /** By stage: what compiling found. */
  readonly findings: ReadonlyMap<string, readonly JsonObject[]>;
  readonly substitutions: readonly JsonObject[];
  readonly jobs: ReadonlyMap<string, JobHistory>;
  readonly head: { readonly seq: number; readonly hash: string };
}

const ENDS: Partial<Record<TraceEvent['type'], JobEnd>> = {
  'job.committed': 'committed',
  'job.reused': 'reused',
  'job.rejected': 'rejected',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
  'job.skipped': 'skipped',
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads a trace from its beginning into what it says of the run and of every job. */
export async function readHistory(trace: string): Promise<RunHistory> {
  const nobody: Actor = { kind: 'engine', id: '' };
  const jobs = new Map<string, Writable<JobHistory>>();
  const findings = new Map<string, readonly JsonObject[]>();
  const approvals: RunHistory['approvals'][number][] = [];
  const substitutions: JsonObject[] = [];
  const run: Writable<Omit<RunHistory, 'jobs' | 'findings' | 'approvals' | 'substitutions'>> = {
    run: '',
    version: '',
    started: '',
    actor: nobody,
    plannedBy: nobody,
    origin: {},
    head: { seq: 0, hash: '' },
  };
  for await (const event of readTrace(trace)) {
    const { type, body, ts, actor } = event;
    run.run = event.run;
    run.head = { seq: event.seq, hash: event.hash };
    switch (type) {
      case 'run.planned':
        run.plannedBy = actor;
        run.origin = isJsonObject(body['origin']) ? body['origin'] : {};
        break;
      case 'run.started':
        run.started = ts;
        run.actor = actor;
        run.version = text(body['version']) ?? '';
        break;
      case 'run.resumed':
        delete run.ended;
        delete run.outcome;
        delete run.error;
        break;
      case 'run.approved':
        approvals.push({ stage: text(body['stage']) ?? '', ts, actor });
        break;
      case 'stage.compiled':
        findings.set(text(body['stage']) ?? '', objects(body['findings']));
        break;
      case 'substitution':
      case 'environment.substituted':
        substitutions.push(body);
        break;
      case 'run.finished':
        run.ended = ts;
        run.outcome = body['outcome'] as 'finished' | 'failed' | 'cancelled';
        run.exit = Number(body['exit']);
        if (isJsonObject(body['error'])) run.error = body['error'];
        break;
      default:
        if (typeof body['job'] === 'string') takeJob(event, body['job'], jobs);
    }
  }
  return { ...run, approvals, findings, substitutions, jobs };
}

/** Who approved what ran, each once: `human Ada, policy defaults`; undefined where nobody did. */
export function approversOf({ approvals }: Pick<RunHistory, 'approvals'>): string | undefined {
  const names = new Set(approvals.map(({ actor }) => `${actor.kind} ${actor.id}`));
  return names.size === 0 ? undefined : [...names].join(', ');
}

function takeJob({ type, body, ts }: TraceEvent, id: string, jobs: Map<string, Writable<JobHistory>>): void {
  const job = jobs.get(id) ?? { job: id, retries: 0 };
  jobs.set(id, job);
  const [key, skill] = [text(body['key']), text(body['skill'])];
  if (key !== undefined) job.key = key;
  if (skill !== undefined) job.skill = skill;
  if (type === 'job.started') {
    job.started = ts;
    delete job.ended;
    if (Array.isArray(body['argv'])) job.argv = (body['argv'] as unknown[]).map(String);
    if (isJsonObject(body['environment'])) {
      const { name, runtime, digest } = body['environment'];
      job.environment = { name: String(name), runtime: String(runtime), digest: String(digest) };
    }
    if (isJsonObject(body['limits'])) job.limits = body['limits'];
  } else if (type === 'job.exited') {
    job.ended = ts;
    if (isJsonObject(body['exit'])) job.exit = body['exit'];
  } else if (type === 'job.verified' && typeof body['checks'] === 'number') job.checks = body['checks'];
  else if (type === 'job.published' && Array.isArray(body['paths']))
    job.published = [...(job.published ?? []), ...(body['paths'] as unknown[]).map(String)];
  else if (type === 'job.retried') job.retries += 1;
  const end = ENDS[type];
  if (end === undefined) return;
  job.end = end;
  if (job.started !== undefined) job.ended ??= ts;
  delete job.message;
  const message = text(body['message']) ?? text(body['reason']);
  if (message !== undefined) job.message = message;
  const code = text(body['code']);
  if (code !== undefined) job.code = code;
  const tail = text(body['stderr_tail']);
  if (tail !== undefined) job.stderrTail = tail;
  if (end === 'failed' || end === 'rejected') job.findings = objects(body['findings']);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
