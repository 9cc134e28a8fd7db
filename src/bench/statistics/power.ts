import { seededRandom } from '../../synthetic/random.js';
import { normalQuantile } from './distributions.js';
import { meanOf } from './outcomes.js';
import { signFlipTest } from './sign-flip.js';

export interface PowerDesign {
  readonly tasks: number;
  readonly trials: number;
  /** True difference of the resolved rates, 0 to 1. */
  readonly difference: number;
  /** Resolved rate in the middle between the two systems. */
  readonly rate?: number;
  /** Standard deviation over tasks of the log odds that both systems share. */
  readonly taskSpread?: number;
  /** Standard deviation of the log odds of a system on a task beyond that. */
  readonly interaction?: number;
}

export interface Power {
  /** Share of simulated benchmarks whose sign-flip test gives p below 0.05: what the benchmark will see. */
  readonly power: number;
  /** The same for a difference of more than 1.96 of its standard errors, which is too easy with few tasks. */
  readonly powerOfNormal: number;
  /** Standard deviation over simulated benchmarks of the observed difference. */
  readonly standardError: number;
  readonly simulations: number;
}

/**
 * Power by simulation: log odds of system s on task t are m_s + u_t + v_st, u and v normal; each trial is a coin with
 * these odds; two systems are compared by {@link signFlipTest} on tasks. m_s is chosen so that over the population of
 * tasks the rates lie half the difference above and below `rate`.
 */
export function simulatePower(
  { tasks, trials, difference, rate = 0.5, taskSpread = 1.2, interaction = 0.5 }: PowerDesign,
  { simulations = 1000, flips = 999, seed = 1 }: { simulations?: number; flips?: number; seed?: number } = {},
): Power {
  const spread = Math.hypot(taskSpread, interaction);
  const [weak, strong] = [logOddsOf(rate - difference / 2, spread), logOddsOf(rate + difference / 2, spread)];
  const random = seededRandom(seed, 'power');
  const observed: number[] = [];
  let [found, normal] = [0, 0];
  for (let simulation = 0; simulation < simulations; simulation++) {
    const differences = Array.from({ length: tasks }, () => {
      const shared = taskSpread * random.normal();
      const resolvedShare = (logOdds: number): number => {
        const chance = logistic(logOdds + shared + interaction * random.normal());
        let resolved = 0;
        for (let trial = 0; trial < trials; trial++) if (random.uniform() < chance) resolved += 1;
        return resolved / trials;
      };
      return resolvedShare(strong) - resolvedShare(weak);
    });
    const mean = meanOf(differences);
    observed.push(mean);
    if (Math.abs(mean) > normalQuantile(0.975) * (deviationOf(differences) / Math.sqrt(tasks))) normal += 1;
    if (signFlipTest(differences, { flips, seed: seed + simulation }).p < 0.05) found += 1;
  }
  return {
    power: found / simulations,
    powerOfNormal: normal / simulations,
    standardError: deviationOf(observed),
    simulations,
  };
}

/** Sample standard deviation. */
function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Quantiles of a standard normal in the middle of equal slices of probability. */
const SLICES = Array.from({ length: 2000 }, (_, slice) => normalQuantile((slice + 0.5) / 2000));

/** Mean of the log odds, over tasks with this spread, that makes the mean rate `rate`. By bisection. */
function logOddsOf(rate: number, spread: number): number {
  if (!(rate > 0 && rate < 1)) throw new RangeError(`a rate of ${rate}: expected between 0 and 1`);
  let [low, high] = [-30, 30];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (meanOf(SLICES.map((z) => logistic(middle + spread * z))) < rate) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
