export interface Demand {
  readonly cpus: number;
  readonly memoryMb: number;
  /** Greater goes first: jobs deep in the graph, so that participants finish early. */
  readonly priority: number;
}

interface Waiting {
  readonly demand: Demand;
  readonly grant: () => void;
  passedOver: number;
}

/** After being passed over this often, a big job is waited for, so that small ones cannot starve it. */
const PATIENCE = 50;

/** Hands out cpus and memory of this machine to jobs. A demand beyond the machine is cut to the whole machine. */
export class ResourcePool {
  readonly #total: { cpus: number; memoryMb: number };
  #freeCpus: number;
  #freeMemory: number;
  readonly #waiting: Waiting[] = [];

  constructor(total: { cpus: number; memoryMb: number }) {
    this.#total = total;
    this.#freeCpus = total.cpus;
    this.#freeMemory = total.memoryMb;
  }

  /** Resolves with what was granted and the function that gives it back. Rejects with the signal's reason. */
  async acquire(
    wanted: Demand,
    signal: AbortSignal,
  ): Promise<{ cpus: number; memoryMb: number; release: () => void }> {
    signal.throwIfAborted();
    const demand = {
      cpus: Math.min(wanted.cpus, this.#total.cpus),
      memoryMb: Math.min(wanted.memoryMb, this.#total.memoryMb),
      priority: wanted.priority,
    };
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        demand,
        passedOver: 0,
        grant: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = (): void => {
        const index = this.#waiting.indexOf(waiting);
        if (index >= 0) this.#waiting.splice(index, 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
      this.#grantWhatFits();
    });
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      this.#freeCpus += demand.cpus;
      this.#freeMemory += demand.memoryMb;
      this.#grantWhatFits();
    };
    return { cpus: demand.cpus, memoryMb: demand.memoryMb, release };
  }

  #grantWhatFits(): void {
    for (;;) {
      const next = this.#next();
      if (next === undefined) return;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#freeCpus -= next.demand.cpus;
      this.#freeMemory -= next.demand.memoryMb;
      next.grant();
    }
  }

  #next(): Waiting | undefined {
    let best: Waiting | undefined;
    let blocked: Waiting | undefined;
    for (const waiting of this.#waiting) {
      const { cpus, memoryMb, priority } = waiting.demand;
      if (cpus <= this.#freeCpus && memoryMb <= this.#freeMemory) {
        if (best === undefined || priority > best.demand.priority) best = waiting;
      } else if (blocked === undefined || priority > blocked.demand.priority) {
        blocked = waiting;
      }
    }
    if (best !== undefined && blocked !== undefined && blocked.demand.priority >= best.demand.priority) {
      blocked.passedOver += 1;
      if (blocked.passedOver > PATIENCE) return undefined;
    }
    return best;
  }
}
