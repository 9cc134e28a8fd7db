import type { JsonObject } from './json.js';

export interface Actor {
  readonly kind: 'human' | 'agent' | 'engine';
  readonly id: string;
}

/**
 * Types of trace events. The body of each is a JSON object; `trace/story.ts` says how each is read.
 * Job events carry `job` in the body; `span` groups the events of one attempt.
 */
export const eventTypes = [
  'run.planned', // first event: plan digest, origin, request
  'run.approved',
  'run.started', // also after resume: host facts, version, environments
  'run.resumed',
  'run.finished', // counts, exit, seconds
  'stage.compiled', // jobs, substitutions, forecast
  'substitution', // another skill than the preferred one serves a capability
  'adaptation', // a step was added or adapted so that the pipeline fits the data
  'adoption.used', // results that were there before: name, makers, key, when adopted, folders
  'environment.substituted', // one took the place of another that is not available: message
  'stage.finished',
  'job.staged', // key, inputs with digests
  'job.started', // argv, environment digest, limits
  'job.exited', // exit report
  'job.verified', // findings of the checks
  'job.committed', // key, outputs with digests; recovered: true when repeated at start-up
  'job.reused', // a committed result serves
  'job.published', // files in the dataset
  'job.rejected',
  'job.failed',
  'job.cancelled',
  'job.skipped', // reason
  'job.orphaned', // found by the next process
  'job.retried',
  'store.damaged', // a committed entry was edited and set aside
  'publish.replaced',
  'publish.repaired',
  'output.nondeterministic',
  'leftover.ended',
  'trial.started', // of the benchmark: task, agent, inputs with digests
  'trial.command', // argv, environment digest, exit, files that it left with their digests
  'trial.wrote', // a text that the agent wrote: path and digest
  'trial.asked', // a model: tokens, and its id as returned
  'trial.finished', // status and score
  'trace.recovered', // a half last line was cut
] as const;

export type EventType = (typeof eventTypes)[number];

/** What callers hand to the trace; the writer adds sequence, time, links and hash. */
export interface EventInput {
  readonly type: EventType;
  readonly body: JsonObject;
  readonly actor?: Actor;
  readonly span?: string;
  readonly parent?: string;
}

/** One line of trace.jsonl. `hash` is the SHA-256 of the canonical JSON of all other members; `prev` the hash before. */
export interface TraceEvent {
  readonly v: 1;
  readonly seq: number;
  /** ISO 8601 UTC with milliseconds: informs, does not order. */
  readonly ts: string;
  readonly run: string;
  readonly span: string;
  readonly parent: string;
  readonly type: EventType;
  readonly actor: Actor;
  readonly body: JsonObject;
  readonly prev: string;
  readonly hash: string;
}
