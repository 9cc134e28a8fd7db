import { removeContainer } from './container.js';
import type { ContainerEngine } from './engine.js';
import { labels } from './labels.js';

/**
 * Ends the containers, in any state, that a dead process left behind for a store.
 *
 * @returns one line for each container ended
 */
export async function endContainers(engine: ContainerEngine, store: string): Promise<string[]> {
  const found = await engine.docker.listContainers({
    all: true,
    filters: JSON.stringify({ label: [`${labels.store}=${store}`] }),
  });
  return Promise.all(
    found.map(async (entry) => {
      await removeContainer(engine.docker.getContainer(entry.Id));
      const job = entry.Labels[labels.job] ?? 'unknown';
      return `container ${entry.Id.slice(0, 12)} (${entry.State}) of job ${job}`;
    }),
  );
}
