import { resolve } from 'node:path';
import { entrantsOf, outcomesOf, scoredTrials } from '../../bench/report/entrants.js';
import { readRun } from '../../bench/run/read-run.js';
import { comparePairs } from '../../bench/statistics/compare.js';
import type { System } from '../../bench/statistics/outcomes.js';
import type { CommandContext } from '../context.js';
import { table } from '../render.js';

export async function run({ io, cwd }: CommandContext, names: string[]): Promise<number> {
  const systems: System[] = [];
  for (const name of names) {
    const { results } = await readRun(resolve(cwd, name));
    for (const entrant of entrantsOf(results))
      systems.push({
        name: names.length > 1 ? `${name}: ${entrant.name}` : entrant.name,
        tasks: outcomesOf(scoredTrials(entrant)),
      });
  }
  const pairs = comparePairs(systems);
  if (io.json) {
    io.data(pairs);
    return 0;
  }
  const points = (value: number): string => (100 * value).toFixed(1);
  const rows = pairs.map(({ a, b, tasks, difference, interval, test, adjusted }) => [
    a,
    b,
    String(tasks),
    points(difference),
    `${points(interval.percentile.low)} to ${points(interval.percentile.high)}`,
    test.p.toPrecision(2),
    adjusted.toPrecision(2),
  ]);
  if (rows.length === 0) io.line('there are no two agents to compare');
  else
    for (const line of table([['A', 'B', 'TASKS', 'A-B POINTS', '95 %', 'P', 'P (HOLM)'], ...rows]))
      io.line(line);
  return 0;
}
