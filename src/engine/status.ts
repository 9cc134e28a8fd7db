import { resolve } from 'node:path';
import type { TraceEvent } from '../kernel/events.js';
import { readTrace } from '../trace/reader.js';
import { outputLayout } from './layout.js';
import { lockStatus, type LockHolder } from './lock.js';
import { findRun, listRuns } from './runs.js';

export type JobState =
  'running' | 'committed' | 'reused' | 'rejected' | 'failed' | 'cancelled' | 'skipped' | 'interrupted';

export interface JobStatus {
  readonly job: string;
  readonly state: JobState;
  readonly skill?: string;
  readonly seconds?: number;
  /** Reason of a failure or skip. */
  readonly message?: string;
}

export interface RunStatus {
  readonly run: string;
  readonly out: string;
  readonly title: string;
  readonly state: 'running' | 'finished' | 'failed' | 'cancelled' | 'interrupted';
  readonly planned: number;
  readonly jobs: readonly JobStatus[];
  readonly started: string;
  readonly ended?: string;
  readonly exit?: number;
  /** The process that works in the folder now. */
  readonly holder?: LockHolder;
  readonly runs: readonly string[];
}

/** The state of a run, read from its trace and the lock of the folder: nothing is remembered elsewhere. */
export async function runStatus(out: string, name?: string): Promise<RunStatus> {
  const { run, paths } = findRun(out, name);
  const lock = lockStatus(outputLayout(resolve(out)).lock);
  const runs = listRuns(out);
  const alive = lock !== undefined && lock.alive !== 'no' && run === runs.at(-1);
  const reading = new StatusReading();
  for await (const event of readTrace(paths.trace)) reading.take(event);
  return {
    run,
    out: resolve(out),
    ...reading.result(alive),
    ...(alive ? { holder: lock.holder } : {}),
    runs,
  };
}

const STATE_OF: Partial<Record<TraceEvent['type'], JobState>> = {
  'job.started': 'running',
  'job.retried': 'running',
  'job.committed': 'committed',
  'job.reused': 'reused',
  'job.rejected': 'rejected',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
  'job.skipped': 'skipped',
};

class StatusReading {
  readonly #jobs = new Map<string, JobStatus>();
  #planned = 0;
  #title = '';
  #started = '';
  #finished: { ended: string; outcome: 'finished' | 'failed' | 'cancelled'; exit: number } | undefined;

  take(event: TraceEvent): void {
    const { body } = event;
    if (event.type === 'run.planned') this.#title = String(body['title'] ?? '');
    if (event.type === 'run.started') this.#started = event.ts;
    if (event.type === 'run.resumed') this.#restart();
    if (event.type === 'stage.compiled' && typeof body['jobs'] === 'number') this.#planned += body['jobs'];
    if (event.type === 'run.finished') {
      const outcome = body['outcome'] as 'finished' | 'failed' | 'cancelled';
      this.#finished = { ended: event.ts, outcome, exit: Number(body['exit']) };
    }
    if (typeof body['job'] === 'string') this.#takeJob(event, body['job']);
  }

  #restart(): void {
    this.#finished = undefined;
    this.#planned = 0;
    this.#jobs.clear();
  }

  #takeJob(event: TraceEvent, job: string): void {
    const before = this.#jobs.get(job);
    if (event.type === 'job.exited' && before !== undefined) {
      const exit = event.body['exit'] as { wall_s?: number };
      this.#jobs.set(job, { ...before, ...(exit.wall_s === undefined ? {} : { seconds: exit.wall_s }) });
    }
    const state = STATE_OF[event.type];
    if (state === undefined) return;
    const message = event.body['message'] ?? event.body['reason'];
    this.#jobs.set(job, {
      ...before,
      job,
      state,
      ...(typeof event.body['skill'] === 'string' ? { skill: event.body['skill'] } : {}),
      ...(typeof message === 'string' ? { message } : {}),
    });
  }

  result(alive: boolean): Omit<RunStatus, 'run' | 'out' | 'runs' | 'holder'> {
    const state = this.#finished?.outcome ?? (alive ? 'running' : 'interrupted');
    const jobs = [...this.#jobs.values()].map((job) =>
      job.state === 'running' && state !== 'running' ? { ...job, state: 'interrupted' as const } : job,
    );
    return {
      title: this.#title,
      state,
      planned: this.#planned,
      jobs,
      started: this.#started,
      ...(this.#finished === undefined ? {} : { ended: this.#finished.ended, exit: this.#finished.exit }),
    };
  }
}
