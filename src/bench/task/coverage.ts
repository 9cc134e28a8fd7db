import { z } from 'zod';
import { readDocument } from './read-document.js';
import type { LoadedTasks } from './load-task.js';

/** `neurobench/covers.yaml`: the original tasks, by id. */
const originals = z.record(
  z.string().regex(/^T\d{2,3}$/),
  z.strictObject({
    /** Runs with the tool it names; with another; against a service; small training; needs an image, weights or a GPU. */
    class: z.enum(['native', 'equivalent', 'service', 'training', 'image']),
    asks: z.string().min(3),
    /** Why no task of ours stands for it, as long as none does. */
    without: z.string().min(5),
  }),
);

export interface CoveredTask {
  readonly id: string;
  readonly class: string;
  readonly asks: string;
  /** Ours that stand for it, with their track; where there is none, `reason` says why. */
  readonly tasks: readonly { readonly id: string; readonly track: string }[];
  readonly reason: string | undefined;
}

export interface Coverage {
  readonly originals: readonly CoveredTask[];
  /** Ids that tasks of ours name and that are no original task. */
  readonly unknown: readonly { readonly task: string; readonly id: string }[];
}

/** Every original task with ours that stand for it, or the reason why there is none. Throws task.invalid. */
export async function loadCoverage(file: string, { tasks }: LoadedTasks): Promise<Coverage> {
  const known = await readDocument(file, originals);
  const ours = [...tasks.values()];
  const number = (id: string): number => Number(id.slice(1));
  return {
    originals: Object.entries(known)
      .sort(([a], [b]) => number(a) - number(b))
      .map(([id, { class: kind, asks, without }]) => {
        const own = ours
          .filter(({ covers }) => covers.includes(id))
          .map((task) => ({ id: task.id, track: task.track }));
        return { id, class: kind, asks, tasks: own, reason: own.length === 0 ? without : undefined };
      }),
    unknown: ours.flatMap(({ id: task, covers }) =>
      covers.filter((id) => known[id] === undefined).map((id) => ({ task, id })),
    ),
  };
}
