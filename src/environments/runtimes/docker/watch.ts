import type { Readable } from 'node:stream';
import type { ContainerEngine } from './engine.js';
import { jsonLines } from './json-lines.js';
import { labels } from './labels.js';

/** How long the end of a container may take to appear in the events after it was seen otherwise. */
const lateEventMs = 2000;

interface Fate {
  oom: boolean;
  died: boolean;
  tell?: () => void;
}

/** Follows the ends of the containers of one store. Open before the first start: the cgroup is gone after the exit. */
export interface ContainerWatch {
  /** Forgets a container and says whether anything in it was killed for memory. Call after it ended. */
  endOf(container: string): Promise<{ readonly oom: boolean }>;
  /** False once the engine closed the stream. */
  readonly open: boolean;
  close(): void;
}

interface EngineEvent {
  readonly Action?: string;
  readonly status?: string;
  readonly id?: string;
  readonly Actor?: { readonly ID?: string };
}

export async function watchContainers(engine: ContainerEngine, store: string): Promise<ContainerWatch> {
  const stream = (await engine.docker.getEvents({
    filters: JSON.stringify({
      type: ['container'],
      event: ['oom', 'die'],
      label: [`${labels.store}=${store}`],
    }),
  })) as Readable;
  const fates = new Map<string, Fate>();
  let open = true;

  function fateOf(id: string): Fate {
    const known = fates.get(id);
    if (known) return known;
    const fate: Fate = { oom: false, died: false };
    fates.set(id, fate);
    return fate;
  }

  async function read(): Promise<void> {
    try {
      for await (const event of jsonLines(stream)) {
        const { Action, status, Actor, id } = event as EngineEvent;
        const container = Actor?.ID ?? id;
        if (container === undefined) continue;
        const fate = fateOf(container);
        if ((Action ?? status) === 'oom') fate.oom = true;
        else fate.died = true;
        if (fate.died) fate.tell?.();
      }
    } catch {
      // The engine went away: `open` says so, and jobs learn it from their own connection.
    } finally {
      open = false;
      for (const fate of fates.values()) fate.tell?.();
    }
  }
  void read();

  return {
    get open() {
      return open;
    },
    async endOf(container) {
      const fate = fateOf(container);
      if (!fate.died && open) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          fate.tell = resolve;
          timer = setTimeout(resolve, lateEventMs);
        });
        clearTimeout(timer);
      }
      fates.delete(container);
      return { oom: fate.oom };
    },
    close() {
      open = false;
      stream.destroy();
    },
  };
}
