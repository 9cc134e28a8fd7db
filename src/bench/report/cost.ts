import type { TrialResult } from '../result.js';
import { meanOf } from '../statistics/outcomes.js';

/** Means over trials, undefined where one of them is not known: a sum of the rest would be too small. */
export interface Cost {
  readonly usdPerTrial: number | undefined;
  /** All that was spent over the trials that were resolved; undefined where none was. */
  readonly usdPerResolved: number | undefined;
  /** Input and output. */
  readonly tokensPerTrial: number | undefined;
  readonly wallS: number | undefined;
  /** Trials whose cost is not known. */
  readonly unknown: number;
}

export function costOf(trials: readonly TrialResult[]): Cost {
  const usd = allKnown(trials, ({ usage }) => usage.usd);
  const resolved = trials.filter(({ status }) => status === 'resolved').length;
  const tokens = allKnown(trials, ({ usage: { input_tokens: input, output_tokens: output } }) =>
    input === null || output === null ? null : input + output,
  );
  return {
    usdPerTrial: usd && meanOf(usd),
    usdPerResolved: usd === undefined || resolved === 0 ? undefined : sum(usd) / resolved,
    tokensPerTrial: tokens && meanOf(tokens),
    wallS: trials.length === 0 ? undefined : meanOf(trials.map(({ usage }) => usage.wall_s)),
    unknown: trials.filter(({ usage }) => usage.usd === null).length,
  };
}

function allKnown(
  trials: readonly TrialResult[],
  of: (trial: TrialResult) => number | null,
): number[] | undefined {
  const values = trials.flatMap((trial) => of(trial) ?? []);
  return values.length === trials.length && values.length > 0 ? values : undefined;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export interface CostPoint {
  readonly name: string;
  readonly cost: number;
  readonly success: number;
}

/** Those that nobody beats: no other costs as little and resolves as much, and one of both better. Cheapest first. */
export function paretoFront<Point extends CostPoint>(points: readonly Point[]): Point[] {
  return points
    .filter(
      (own) =>
        !points.some(
          (other) =>
            other.cost <= own.cost &&
            other.success >= own.success &&
            (other.cost < own.cost || other.success > own.success),
        ),
    )
    .sort((a, b) => a.cost - b.cost || a.name.localeCompare(b.name, 'en'));
}
