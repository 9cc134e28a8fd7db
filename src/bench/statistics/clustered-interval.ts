import type { Interval } from './bootstrap-interval.js';
import { tQuantile } from './distributions.js';
import { meanOf } from './outcomes.js';

export interface ClusteredMean {
  readonly mean: number;
  /** Undefined with one cluster, as is `interval`: it has no spread to tell. */
  readonly standardError: number | undefined;
  readonly clusters: number;
  readonly interval: Interval | undefined;
}

export interface ClusteredValue {
  readonly cluster: string;
  readonly value: number;
}

/**
 * Mean with the clustered standard error of inspect_ai (`stderr(cluster=...)`): the root of C/(C-1) times the sum over
 * clusters of the squared sum of deviations, over the number of values (Miller 2024, arXiv:2411.00640, appendix A, with
 * the correction for few clusters); the interval takes Student's t with C-1 degrees of freedom.
 */
export function clusteredMean(values: readonly ClusteredValue[], level = 0.95): ClusteredMean {
  const mean = meanOf(values.map(({ value }) => value));
  const deviations = new Map<string, number>();
  for (const { cluster, value } of values)
    deviations.set(cluster, (deviations.get(cluster) ?? 0) + (value - mean));
  const clusters = deviations.size;
  if (clusters < 2) return { mean, standardError: undefined, clusters, interval: undefined };
  const squares = [...deviations.values()].reduce((sum, deviation) => sum + deviation ** 2, 0);
  const standardError = Math.sqrt((squares * clusters) / (clusters - 1)) / values.length;
  const half = tQuantile((1 + level) / 2, clusters - 1) * standardError;
  return { mean, standardError, clusters, interval: { low: mean - half, high: mean + half } };
}
