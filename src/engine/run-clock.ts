import { NeuroClawError } from '../kernel/errors.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The time that the jobs of a run may take by the clock. It runs while jobs do, and stands still while a person thinks
 * about a stage. When it has run out, the jobs under way are stopped as by a cancellation; resume goes on with as much time
 * again.
 */
export class RunClock {
  /** Aborts when the run is cancelled, or when its time has run out. */
  readonly signal: AbortSignal;
  readonly #out = new AbortController();
  readonly #limitS: number | undefined;
  readonly #onOut: (error: NeuroClawError) => void;
  #leftMs: number;

  /** `limitS`: seconds; undefined: no limit. `onOut` is told before anything is stopped. */
  constructor(
    cancelled: AbortSignal,
    limitS: number | undefined,
    onOut: (error: NeuroClawError) => void = () => undefined,
  ) {
    this.signal = limitS === undefined ? cancelled : AbortSignal.any([cancelled, this.#out.signal]);
    this.#limitS = limitS;
    this.#onOut = onOut;
    this.#leftMs = (limitS ?? 0) * 1000;
  }

  /** Lets the clock run while `work` does. */
  async time<T>(work: () => Promise<T>): Promise<T> {
    if (this.#limitS === undefined) return work();
    const started = Date.now();
    const timer = setTimeout(() => this.#stop(), Math.min(this.#leftMs, LONGEST_TIMER_MS));
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      this.#leftMs = Math.max(0, this.#leftMs - (Date.now() - started));
    }
  }

  #stop(): void {
    const error = new NeuroClawError('budget.time', `the jobs took the ${this.#limitS} seconds of this run`, {
      place: { field: 'run_budget_seconds' },
      hint: 'resume goes on with as much time again; or raise run_budget_seconds, or the run budget of the policy',
    });
    this.#onOut(error);
    this.#out.abort(error);
  }
}
