import type { TraceEvent } from '../../kernel/events.js';
import type { ProgressReply } from '../reply.js';

/** Progress of a run from its events: one reply for every event that changes it. */
export class RunProgress {
  #run = '';
  #done = 0;
  #total = 0;
  readonly #running = new Set<string>();

  take(event: TraceEvent): ProgressReply | undefined {
    this.#run = event.run;
    const { body, type } = event;
    const job = typeof body['job'] === 'string' ? body['job'] : '';
    switch (type) {
      case 'stage.compiled':
        this.#total += Number(body['jobs']);
        return this.#reply();
      case 'job.started':
        this.#running.add(job);
        return this.#reply();
      case 'job.reused':
      case 'job.committed':
        return this.#end(job, type === 'job.reused' ? undefined : `done ${job}`);
      case 'job.rejected':
      case 'job.failed':
        return this.#end(job, `${type.slice(4)} ${job}: ${String(body['message'])}`);
      case 'job.skipped':
        return this.#end(job, `skipped ${job}: ${String(body['reason'])}`);
      case 'job.cancelled':
        return this.#end(job, `cancelled ${job}`);
      case 'job.retried':
        return this.#reply(`again ${job}: ${String(body['message'])}`);
      case 'substitution':
        return this.#reply(
          `${String(body['skill'])} takes the place of ${String(body['instead_of'])}: ${String(body['reason'])}`,
        );
      default:
        return undefined;
    }
  }

  #end(job: string, line: string | undefined): ProgressReply {
    this.#done += 1;
    this.#running.delete(job);
    return this.#reply(line);
  }

  #reply(line?: string): ProgressReply {
    return {
      kind: 'progress',
      run: this.#run,
      done: this.#done,
      total: this.#total,
      running: [...this.#running],
      ...(line === undefined ? {} : { line }),
    };
  }
}
