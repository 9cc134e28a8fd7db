import { bcaInterval, percentileInterval, type Interval } from './bootstrap-interval.js';
import { leaveClusterOut, resampleTable, usualClusters, type Resampling } from './bootstrap.js';
import { clusteredMean } from './clustered-interval.js';
import { tQuantile } from './distributions.js';
import { holm } from './holm.js';
import { clustersOf, meanOf, overSharedTasks, type System, type TaskOutcomes } from './outcomes.js';
import { signFlipTest, type SignFlip } from './sign-flip.js';

export interface Comparison {
  readonly a: string;
  readonly b: string;
  /** Tasks that both have: only these are compared. */
  readonly tasks: number;
  /** Mean over tasks of a minus b. */
  readonly difference: number;
  /** 95 %, two-level bootstrap. */
  readonly interval: { readonly percentile: Interval; readonly bca: Interval };
  readonly test: SignFlip;
  /** Difference that a test at 5 % would see in 80 % of repeats. Undefined with one cluster. */
  readonly detectable: number | undefined;
}

/** Two systems paired on the tasks that both have. Undefined where they share none. */
export function compareSystems(a: System, b: System, options: Resampling = {}): Comparison | undefined {
  const [left, right] = overSharedTasks([a, b]) as [System, System];
  if (left.tasks.length === 0) return undefined;
  const differences = left.tasks.map(
    ({ scores }, task) => meanOf(scores) - meanOf(right.tasks[task]?.scores ?? []),
  );
  const [mine = new Float64Array(), other = new Float64Array()] = resampleTable([left, right], options);
  const replicates = mine.map((value, resample) => value - (other[resample] ?? 0));
  const difference = meanOf(differences);
  return {
    a: a.name,
    b: b.name,
    tasks: differences.length,
    difference,
    interval: {
      percentile: percentileInterval(replicates),
      bca: bcaInterval(replicates, difference, leaveClusterOut(left.tasks, options.clusters, differences)),
    },
    test: signFlipTest(differences, options.seed === undefined ? {} : { seed: options.seed }),
    detectable: detectableDifference(left.tasks, differences, options.clusters),
  };
}

/** (t(1 - alpha/2) + t(power)) standard errors of the mean difference, clustered, with clusters - 1 degrees of freedom. */
function detectableDifference(
  tasks: readonly TaskOutcomes[],
  differences: readonly number[],
  by = usualClusters(tasks),
): number | undefined {
  const clusters = clustersOf(tasks, by);
  const values = clusters.flatMap((cluster, index) =>
    cluster.map((task) => ({ cluster: String(index), value: differences[task] ?? 0 })),
  );
  const { standardError, clusters: count } = clusteredMean(values);
  if (standardError === undefined) return undefined;
  return (tQuantile(0.975, count - 1) + tQuantile(0.8, count - 1)) * standardError;
}

export interface AdjustedComparison extends Comparison {
  /** p of the test, by Holm over all pairs. */
  readonly adjusted: number;
}

/** Every pair of systems that share a task, in the order given. */
export function comparePairs(systems: readonly System[], options: Resampling = {}): AdjustedComparison[] {
  const comparisons = systems.flatMap((a, index) =>
    systems.slice(index + 1).flatMap((b) => compareSystems(a, b, options) ?? []),
  );
  const adjusted = holm(comparisons.map(({ test }) => test.p));
  return comparisons.map((comparison, index) => ({ ...comparison, adjusted: adjusted[index] ?? 1 }));
}
