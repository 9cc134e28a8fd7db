import type { Exit } from '../../runtime.js';
import type { WorkerJob } from './messages.js';
import { WorkerProcess, type JobLimits } from './worker-process.js';

interface Waiting {
  readonly job: WorkerJob;
  readonly limits: JobLimits;
  readonly signal: AbortSignal;
  readonly resolve: (exit: Exit) => void;
}

/** Warm worker processes: started when needed, used again, at most `size` of them. Jobs wait in order of arrival. */
export class WorkerPool {
  readonly #size: number;
  readonly #startWorker: StartWorker;
  readonly #workers = new Set<WorkerProcess>();
  readonly #queue: Waiting[] = [];
  #closed = false;

  constructor(size: number, startWorker: StartWorker = startWarmWorker) {
    this.#size = Math.max(1, size);
    this.#startWorker = startWorker;
  }

  run(job: WorkerJob, limits: JobLimits, signal: AbortSignal): Promise<Exit> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        job,
        limits,
        signal,
        resolve: (exit) => {
          signal.removeEventListener('abort', leave);
          resolve(exit);
        },
      };
      const leave = (): void => {
        const at = this.#queue.indexOf(waiting);
        if (at === -1) return;
        this.#queue.splice(at, 1);
        waiting.resolve(neverStarted);
      };
      if (signal.aborted || this.#closed) {
        resolve(neverStarted);
        return;
      }
      signal.addEventListener('abort', leave);
      this.#queue.push(waiting);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.resolve(neverStarted);
    await Promise.all([...this.#workers].map((worker) => worker.end()));
    this.#workers.clear();
  }

  #dispatch(): void {
    for (const worker of this.#workers) {
      if (worker.state !== 'gone') continue;
      this.#workers.delete(worker);
      // A worker that cannot start takes a job with it, or we would start another one for ever.
      if (worker.startFailure !== undefined) this.#queue.shift()?.resolve(lost(worker.startFailure));
    }
    while (!this.#closed) {
      const [next] = this.#queue;
      if (next === undefined) return;
      const idle = [...this.#workers].filter((worker) => worker.state === 'idle');
      const fits = idle.find((worker) => worker.heapMb >= next.limits.memoryMb);
      if (fits === undefined) {
        this.#makeRoom(next, idle);
        return;
      }
      this.#queue.shift();
      void fits.run(next.job, next.limits, next.signal).then(next.resolve);
    }
  }

  /** Starts what the waiting jobs need, in place of a worker with too small a heap where there is no room. */
  #makeRoom(next: Waiting, idle: readonly WorkerProcess[]): void {
    const soon = [...this.#workers].filter(
      ({ state, heapMb }) => (state === 'starting' || state === 'settling') && heapMb >= next.limits.memoryMb,
    );
    const room = this.#size - this.#workers.size;
    if (room <= 0 && idle[0] !== undefined && soon.length === 0) {
      this.#workers.delete(idle[0]);
      void idle[0].end();
      this.#start(next.limits.memoryMb);
      return;
    }
    const wanted = Math.min(room, this.#queue.length - soon.length);
    for (const waiting of this.#queue.slice(0, Math.max(0, wanted))) this.#start(waiting.limits.memoryMb);
  }

  #start(memoryMb: number): void {
    this.#workers.add(this.#startWorker(memoryMb, () => this.#dispatch()));
  }
}

/** Starts a worker for a job of this memory; `onChange` is called when it becomes idle or is gone. */
export type StartWorker = (memoryMb: number, onChange: () => void) => WorkerProcess;

const startWarmWorker: StartWorker = (memoryMb, onChange) => new WorkerProcess(heapFor(memoryMb), onChange);

function lost(message: string): Exit {
  return { reason: 'lost', exitCode: null, wallS: 0, message };
}

const neverStarted: Exit = { reason: 'cancelled', exitCode: null, wallS: 0 };

/** Few sizes, so that workers serve jobs of different sizes. The exact limit is kept by looking at resident memory. */
function heapFor(memoryMb: number): number {
  return Math.max(2048, 2 ** Math.ceil(Math.log2(memoryMb)));
}
