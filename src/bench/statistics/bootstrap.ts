import { seededRandom, type Random } from '../../synthetic/random.js';
import { bcaInterval, percentileInterval, type Interval } from './bootstrap-interval.js';
import {
  clustersOf,
  meanOf,
  meanOverTasks,
  type ClusterBy,
  type System,
  type TaskOutcomes,
} from './outcomes.js';

export const RESAMPLES = 10_000;
/** Of every resampling in the benchmark, so that a report repeats to the last digit. */
export const SEED = 20_240_601;

export interface Resampling {
  readonly resamples?: number;
  readonly seed?: number;
  /** Families, where there are two or more; else tasks. */
  readonly clusters?: ClusterBy;
}

/** Families where there are several of them: a bootstrap of one cluster has no spread. */
export function usualClusters(tasks: readonly TaskOutcomes[]): ClusterBy {
  return new Set(tasks.map(({ family }) => family)).size > 1 ? 'family' : 'task';
}

/**
 * Two-level bootstrap of the whole table: clusters of tasks are drawn with replacement, the same for every system; then,
 * for each system on its own, the trials of each task drawn. Gives for each system its mean over tasks in each resample.
 * All systems must have the same tasks in the same order ({@link overSharedTasks}).
 *
 * With c clusters of one task each, k trials and 0/1 scores its variance is (1/c)(var(p) + mean(p(1-p))/k), var over
 * tasks with divisor c: the spread between trials is in var(p) already, so intervals are slightly wide rather than
 * narrow (Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.8).
 */
export function resampleTable(systems: readonly System[], options: Resampling = {}): Float64Array[] {
  const tasks = systems[0]?.tasks ?? [];
  assertSameTasks(systems);
  const { resamples = RESAMPLES, seed = SEED, clusters: by = usualClusters(tasks) } = options;
  const clusters = clustersOf(tasks, by);
  const random = seededRandom(seed, 'bootstrap');
  const results = systems.map(() => new Float64Array(resamples));
  const trials = systems.map((system) => system.tasks.map(({ scores }) => Float64Array.from(scores)));
  const drawn = new Int32Array(clusters.length * Math.max(0, ...clusters.map(({ length }) => length)));
  for (let resample = 0; resample < resamples; resample++) {
    let count = 0;
    for (let c = 0; c < clusters.length; c++) {
      const cluster = clusters[Math.floor(random.uniform() * clusters.length)] ?? [];
      for (const task of cluster) drawn[count++] = task;
    }
    for (let system = 0; system < trials.length; system++) {
      let total = 0;
      for (let at = 0; at < count; at++)
        total += meanOfDraw(trials[system]?.[drawn[at] ?? 0] ?? new Float64Array(), random);
      (results[system] as Float64Array)[resample] = total / count;
    }
  }
  return results;
}

/** Mean of as many scores as there are, drawn with replacement. */
function meanOfDraw(scores: Float64Array, random: Random): number {
  const count = scores.length;
  let sum = 0;
  for (let n = 0; n < count; n++) sum += scores[Math.floor(random.uniform() * count)] as number;
  return sum / count;
}

export interface MeanInterval {
  readonly mean: number;
  readonly percentile: Interval;
  readonly bca: Interval;
}

/** Mean over tasks of one system with both 95 % intervals of the two-level bootstrap. Needs one task or more. */
export function bootstrapMean(tasks: readonly TaskOutcomes[], options: Resampling = {}): MeanInterval {
  const [replicates = new Float64Array()] = resampleTable([{ name: '', tasks }], options);
  const mean = meanOverTasks(tasks);
  return {
    mean,
    percentile: percentileInterval(replicates),
    bca: bcaInterval(
      replicates,
      mean,
      leaveClusterOut(
        tasks,
        options.clusters,
        tasks.map(({ scores }) => meanOf(scores)),
      ),
    ),
  };
}

/** Means over tasks of `values`, one a task, without each cluster in turn: for {@link bcaInterval}. */
export function leaveClusterOut(
  tasks: readonly TaskOutcomes[],
  by: ClusterBy = usualClusters(tasks),
  values: readonly number[],
): number[] {
  const clusters = clustersOf(tasks, by);
  if (clusters.length < 2) return [0];
  const sum = values.reduce((total, value) => total + value, 0);
  return clusters.map((cluster) => {
    const own = cluster.reduce((total, task) => total + (values[task] ?? 0), 0);
    return (sum - own) / (values.length - cluster.length);
  });
}

function assertSameTasks(systems: readonly System[]): void {
  const [first, ...others] = systems.map(({ tasks }) => tasks.map(({ task }) => task).join('\n'));
  if (others.some((names) => names !== first)) throw new RangeError('systems with different tasks');
}
