import { fork, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Exit } from '../../runtime.js';
import { residentMb } from '../process-table.js';
import { builtUrl } from './built-url.js';
import type { WorkerJob, WorkerMessage, WorkerResult } from './messages.js';

export interface JobLimits {
  readonly memoryMb: number;
  readonly walltimeS: number;
}

/** How often the memory of a busy worker is looked at. */
const pollMs = 25;
/** Still held after garbage was collected: such a worker is not used again. */
const retireAboveMb = 400;
const longestTimerMs = 2 ** 31 - 1;

type Ending = 'oom' | 'timeout' | 'cancelled';

interface CurrentJob {
  readonly finish: (exit: Exit) => void;
  readonly started: number;
  ended: Ending | undefined;
  peakMb: number;
}

/** One warm worker process. It runs one job at a time and keeps its parent alive only while it does. */
export class WorkerProcess {
  /** Largest JavaScript heap it may have; fixed when it starts. */
  readonly heapMb: number;
  /** `settling`: the job is over and the worker tidies up. */
  state: 'starting' | 'idle' | 'busy' | 'settling' | 'gone' = 'starting';
  /** Why it ended before it was ever ready: the next one would do no better. */
  startFailure: string | undefined;
  readonly #child: ChildProcess;
  readonly #onChange: () => void;
  readonly #gone: Promise<void>;
  #current: CurrentJob | undefined;
  #said = '';

  constructor(heapMb: number, onChange: () => void) {
    this.heapMb = heapMb;
    this.#onChange = onChange;
    this.#child = fork(fileURLToPath(builtUrl(import.meta.url, './worker.js')), [], {
      execArgv: [`--max-old-space-size=${heapMb}`, '--expose-gc'],
      // Nothing of the caller's environment: no token, no proxy, no NODE_OPTIONS.
      env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      // 3: messages; 4: the pipe by which the worker learns that its parent is gone.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
    });
    this.#child.channel?.unref();
    for (const stream of [this.#child.stderr, this.#child.stdio[4]]) {
      if (stream instanceof Socket) stream.unref();
    }
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = `${this.#said}${chunk.toString()}`.slice(-4000);
    });
    this.#child.on('message', (message: WorkerMessage) => this.#receive(message));
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) this.#end(null, null, error.message);
        resolve();
      });
      // `close` rather than `exit`: the last words on stderr have arrived by then.
      this.#child.once('close', (code, signal) => {
        this.#end(code, signal);
        resolve();
      });
    });
  }

  /** Runs a job to its end; only when `idle`. */
  run(job: WorkerJob, limits: JobLimits, signal: AbortSignal): Promise<Exit> {
    this.state = 'busy';
    this.#child.ref();
    return new Promise((resolve) => {
      const current: CurrentJob = {
        started: performance.now(),
        ended: undefined,
        peakMb: 0,
        finish: (exit) => {
          clearTimeout(walltime);
          clearInterval(poll);
          signal.removeEventListener('abort', cancel);
          this.#current = undefined;
          resolve(exit);
        },
      };
      this.#current = current;
      const force = (reason: Ending): void => {
        current.ended ??= reason;
        this.#child.kill('SIGKILL');
      };
      const cancel = (): void => force('cancelled');
      signal.addEventListener('abort', cancel);
      const walltime = setTimeout(() => force('timeout'), Math.min(limits.walltimeS * 1000, longestTimerMs));
      const { pid = 0 } = this.#child;
      // What the worker held before the job does not count as the job's.
      const beforeMb = residentMb(pid);
      const poll = setInterval(() => {
        const usedMb = residentMb(pid) - beforeMb;
        current.peakMb = Math.max(current.peakMb, usedMb + beforeMb);
        if (usedMb > limits.memoryMb) force('oom');
      }, pollMs);
      if (signal.aborted) cancel();
      else this.#child.send(job, (error) => error && this.#child.kill('SIGKILL'));
    });
  }

  /** Ends the process, whatever it does. */
  async end(): Promise<void> {
    if (this.#current !== undefined) this.#current.ended ??= 'cancelled';
    // Idle workers keep nobody alive; one that is waited for must, or the waiting never ends.
    this.#child.ref();
    for (const stream of [this.#child.stderr, this.#child.stdio[4]]) {
      if (stream instanceof Socket) stream.ref();
    }
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  #receive(message: WorkerMessage): void {
    if (message.type === 'done') {
      this.state = 'settling';
      this.#current?.finish(exitOf(message.result));
      return;
    }
    if (this.#current !== undefined || this.state === 'gone') return;
    if (message.rssMb > retireAboveMb) {
      this.state = 'gone';
      this.#child.kill('SIGKILL');
    } else {
      this.state = 'idle';
      this.#child.unref();
    }
    this.#onChange();
  }

  #end(code: number | null, signal: NodeJS.Signals | null, failure?: string): void {
    const how = this.#howItEnded(code, signal, failure);
    if (this.state === 'starting') this.startFailure = `the worker ${how} while it was starting`;
    this.state = 'gone';
    const current = this.#current;
    if (current !== undefined) current.finish(this.#exitOfDeath(current, signal, how));
    this.#onChange();
  }

  #exitOfDeath(current: CurrentJob, signal: NodeJS.Signals | null, how: string): Exit {
    const facts = {
      exitCode: null,
      wallS: (performance.now() - current.started) / 1000,
      ...(current.peakMb > 0 ? { maxRssMb: current.peakMb } : {}),
      ...(signal === null ? {} : { signal }),
    };
    if (current.ended === 'oom') {
      return { ...facts, reason: 'oom', message: `the tool used ${Math.round(current.peakMb)} MB` };
    }
    if (current.ended !== undefined) return { ...facts, reason: current.ended };
    if (/heap out of memory|Reached heap limit/i.test(this.#said)) {
      return { ...facts, reason: 'oom', message: `the JavaScript heap grew beyond ${this.heapMb} MB` };
    }
    return { ...facts, reason: 'lost', message: `the worker ${how}` };
  }

  #howItEnded(code: number | null, signal: NodeJS.Signals | null, failure: string | undefined): string {
    const how = failure ?? (signal === null ? `exited with status ${code}` : `was ended by ${signal}`);
    const said = this.#said.trim().split('\n').at(-1) ?? '';
    return said === '' ? how : `${how}: ${said}`;
  }
}

function exitOf(result: WorkerResult): Exit {
  const { exitCode, message, refused, wallS, cpuS, maxRssMb } = result;
  return {
    reason: refused === 'memory' ? 'oom' : 'exited',
    exitCode,
    wallS,
    cpuS,
    maxRssMb,
    ...(message === undefined ? {} : { message }),
    ...(refused === 'disk' ? { code: 'job.disk' } : {}),
  };
}
