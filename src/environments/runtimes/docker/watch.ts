import type { Readable } from 'node:stream';
import type { ContainerEngine } from './engine.js';
import { jsonLines } from './json-lines.js';
import { labels } from './labels.js';

/** How long the end of a container may take to appear in the events after it was seen otherwise. */
const lateEventMs = 2000;

/** What the events tell about one container. */
export interface FollowedContainer {
  /** Rejects when the engine goes away: an answer that is under way then never comes. */
  readonly gone: Promise<never>;
  /** Stops following and says whether anything in it was killed for memory. Call after the container ended. */
  end(): Promise<{ readonly oom: boolean }>;
}

/** Follows the containers of one store. Open before the first start: the cgroup is gone after the exit. */
export interface ContainerWatch {
  /** Call before the container starts. */
  follow(container: string): FollowedContainer;
  /** False once the engine closed the stream. */
  readonly open: boolean;
  close(): void;
}

class Fate implements FollowedContainer {
  oom = false;
  readonly gone: Promise<never>;
  readonly #died: Promise<void>;
  readonly #forget: () => void;
  die: () => void = () => undefined;
  lose: () => void = () => undefined;

  constructor(forget: () => void) {
    this.#forget = forget;
    this.#died = new Promise((resolve) => {
      this.die = resolve;
    });
    this.gone = new Promise((_, reject) => {
      this.lose = () => reject(new Error('its stream of events ended'));
    });
    this.gone.catch(() => undefined);
  }

  async end(): Promise<{ oom: boolean }> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lateEventMs);
    });
    await Promise.race([this.#died, this.gone.catch(() => undefined), late]);
    clearTimeout(timer);
    this.#forget();
    return { oom: this.oom };
  }
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

  async function read(): Promise<void> {
    try {
      for await (const event of jsonLines(stream)) {
        const { Action, status, Actor, id } = event as EngineEvent;
        const fate = fates.get(Actor?.ID ?? id ?? '');
        if (!fate) continue;
        if ((Action ?? status) === 'oom') fate.oom = true;
        else fate.die();
      }
    } catch {
      // The engine went away: told below, as when it closed the stream in good order.
    } finally {
      open = false;
      for (const fate of fates.values()) fate.lose();
    }
  }
  void read();

  return {
    get open() {
      return open;
    },
    follow(container) {
      const fate = new Fate(() => fates.delete(container));
      fates.set(container, fate);
      if (!open) fate.lose();
      return fate;
    },
    close() {
      open = false;
      stream.destroy();
    },
  };
}
