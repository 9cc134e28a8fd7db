import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobRecord, StageRecord } from '../../engine/stage-record.js';
import type { StoreEntry } from '../../engine/store.js';
import type { TraceEvent } from '../../kernel/events.js';
import type { JsonObject } from '../../kernel/json.js';
import { numberOf, objectOf, objectsOf, textOf, textsOf } from '../../trace/body-fields.js';
import type { JobEnd, JobHistory } from './job-history.js';

type Told = { -readonly [Field in keyof JobHistory]?: JobHistory[Field] };

const ENDS: Partial<Record<TraceEvent['type'], JobEnd>> = {
  'job.committed': 'committed',
  'job.reused': 'reused',
  'job.rejected': 'rejected',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
  'job.skipped': 'skipped',
};

/** Gathers what the events of a run say of each job. After a resume the later end counts. */
export class JobReading {
  readonly #told = new Map<string, Told>();

  take(event: TraceEvent): void {
    const { body, type } = event;
    const job = textOf(body, 'job');
    if (job === '') return;
    if (type === 'job.started') {
      const { argv, environment } = {
        argv: textsOf(body, 'argv'),
        environment: objectOf(body, 'environment'),
      };
      this.#told.set(job, { end: 'interrupted', argv, environment: environmentOf(environment) });
      return;
    }
    const told = this.#told.get(job) ?? {};
    this.#told.set(job, told);
    if (type === 'job.exited') takeExit(objectOf(body, 'exit'), told);
    if (type === 'job.verified') told.checks = numberOf(body, 'checks') ?? 0;
    if (type === 'job.published') told.published = [...(told.published ?? []), ...textsOf(body, 'paths')];
    const end = ENDS[type];
    if (end === undefined) return;
    told.end = end;
    if (type === 'job.committed') {
      told.degraded = [...new Set([...(told.degraded ?? []), ...textsOf(body, 'degraded')])];
      return;
    }
    if (type === 'job.reused') return;
    told.message = textOf(body, 'message') || textOf(body, 'reason');
    told.code = textOf(body, 'code');
    told.findings = objectsOf(body, 'findings');
    told.said = textOf(body, 'stderr_tail');
  }

  /** A job that no event names was not run. */
  historyOf(job: JobRecord, stage: StageRecord, entry: StoreEntry | undefined): JobHistory {
    const told = this.#told.get(job.id) ?? {};
    return {
      end: 'not run',
      findings: [],
      degraded: [],
      published: [],
      ...(told.end === 'reused' && entry !== undefined ? ofEntry(entry) : {}),
      ...told,
      id: job.id,
      stage: stage.stage,
      step: job.step,
      skill: job.skill,
      entities: job.entities,
    };
  }
}

function takeExit(exit: JsonObject, told: Told): void {
  const [seconds, memoryMb] = [numberOf(exit, 'wall_s'), numberOf(exit, 'max_rss_mb')];
  if (seconds !== undefined) told.seconds = seconds;
  if (memoryMb !== undefined) told.memoryMb = memoryMb;
  told.degraded = textsOf(exit, 'degraded');
}

/** Command, time and environment of a result that an earlier run made. */
function ofEntry({ folder }: StoreEntry): Told {
  const preimage = documentOf(join(folder, 'preimage.json'));
  const resources = documentOf(join(folder, 'resources.json'));
  const seconds = numberOf(resources, 'wall_s');
  const memoryMb = numberOf(resources, 'max_rss_mb');
  return {
    argv: textsOf(preimage, 'argv'),
    environment: environmentOf(objectOf(resources, 'environment')),
    degraded: textsOf(resources, 'degraded'),
    ...(seconds === undefined ? {} : { seconds }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
  };
}

function environmentOf(body: JsonObject): NonNullable<JobHistory['environment']> {
  return { name: textOf(body, 'name'), runtime: textOf(body, 'runtime'), digest: textOf(body, 'digest') };
}

function documentOf(path: string): JsonObject {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
  } catch {
    return {};
  }
}
