import { seededRandom } from '../../synthetic/random.js';

/** One trial that is to be run. */
export interface Scheduled {
  readonly task: string;
  /** Position of the agent in the list of those under test. */
  readonly agent: number;
  /** From 1. */
  readonly trial: number;
}

/**
 * Every agent on every task, `trials` times, in an order that is drawn from the seed: first trials of all before second
 * ones, and within them agents and tasks mixed, so that a provider that drifts over hours drifts for nobody alone.
 */
export function schedule(
  tasks: readonly string[],
  agents: number,
  trials: number,
  seed: number,
): Scheduled[] {
  const random = seededRandom(seed, 'schedule');
  const all: Scheduled[] = [];
  for (let trial = 1; trial <= trials; trial++) {
    const round = tasks.flatMap((task) =>
      Array.from({ length: agents }, (_, agent) => ({ task, agent, trial })),
    );
    // Fisher and Yates, from the end.
    for (let at = round.length - 1; at > 0; at--) {
      const other = Math.floor(random.uniform() * (at + 1));
      [round[at], round[other]] = [round[other] as Scheduled, round[at] as Scheduled];
    }
    all.push(...round);
  }
  return all;
}
