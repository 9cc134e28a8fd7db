import type { TraceEvent } from '../kernel/events.js';
import type { Io } from './io.js';
import { duration } from './render.js';

/** Often enough to look alive, seldom enough not to flicker. */
const REDRAW_MS = 100;

/** Progress of a run from its events: a live line or two on a terminal, plain lines elsewhere, events with `--json`. */
export class Progress {
  readonly #io: Io;
  #forecastS = 0;
  readonly #started = Date.now();
  readonly #running = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #total = 0;
  #done = 0;
  #reused = 0;
  #drawn = 0;
  #paused = false;

  constructor(io: Io) {
    this.#io = io;
    if (io.interactive) {
      this.#timer = setInterval(() => this.#draw(), 250);
      this.#timer.unref();
    }
  }

  /** Adds seconds of work that are expected: by them the time left is told until jobs have been measured. */
  expect(seconds: number): void {
    this.#forecastS += seconds;
  }

  take(event: TraceEvent): void {
    if (this.#io.json) this.#io.data(event);
    const { body } = event;
    const job = typeof body['job'] === 'string' ? body['job'] : '';
    switch (event.type) {
      case 'stage.compiled':
        this.#total += Number(body['jobs']);
        return;
      case 'job.started':
        this.#running.set(job, Date.now());
        return this.#draw();
      case 'job.reused':
        this.#reused += 1;
        return this.#end(job, '');
      case 'job.committed':
        return this.#end(job, `${this.#io.style('green', 'done')}      ${job}  ${this.#seconds(job)}`);
      case 'job.rejected':
      case 'job.failed': {
        const word = event.type === 'job.rejected' ? 'rejected' : 'failed  ';
        return this.#end(job, `${this.#io.style('red', word)}  ${job}  ${String(body['message'])}`);
      }
      case 'job.skipped':
        return this.#end(job, `${this.#io.style('yellow', 'skipped')}   ${job}  ${String(body['reason'])}`);
      case 'job.cancelled':
        return this.#end(job, `${this.#io.style('yellow', 'cancelled')} ${job}`);
      case 'job.retried':
        this.#io.line(`${this.#io.style('yellow', 'again')}     ${job}  ${String(body['message'])}`);
        return;
      case 'store.damaged':
      case 'publish.repaired':
        this.#io.line(
          `${this.#io.style('yellow', 'repaired')}  ${String(body['path'] ?? job)} was edited since it was committed`,
        );
        return;
      case 'run.finished':
        return this.close();
      default:
        return;
    }
  }

  /** Keeps the terminal still while a question stands on it. */
  async still<T>(question: () => Promise<T>): Promise<T> {
    this.#io.live([]);
    this.#paused = true;
    try {
      return await question();
    } finally {
      this.#paused = false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#io.live([]);
  }

  #end(job: string, text: string): void {
    if (text !== '') this.#io.line(text);
    this.#done += 1;
    this.#running.delete(job);
    this.#draw();
  }

  #seconds(job: string): string {
    const since = this.#running.get(job);
    return since === undefined ? '' : this.#io.style('dim', duration((Date.now() - since) / 1000));
  }

  #draw(): void {
    const now = Date.now();
    if (!this.#io.interactive || this.#paused || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    const running = [...this.#running]
      .slice(0, 4)
      .map(([job, since]) => `  ${job}  ${duration((now - since) / 1000)}`);
    const worked = this.#done - this.#reused;
    const elapsed = (now - this.#started) / 1000;
    const left = worked > 0 ? (elapsed / worked) * (this.#total - this.#done) : this.#forecastS - elapsed;
    const more = this.#running.size > 4 ? [`  and ${this.#running.size - 4} more`] : [];
    const summary = `${this.#done} of ${this.#total} jobs done, ${this.#running.size} running, ${duration(elapsed)}`;
    this.#io.live([
      ...running,
      ...more,
      this.#total > this.#done ? `${summary}, about ${duration(Math.max(1, left))} left` : summary,
    ]);
  }
}
