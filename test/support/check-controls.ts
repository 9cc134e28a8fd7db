import { describe, expect, it } from 'vitest';
import { missingData } from '../../src/bench/materials/materialize.js';
import type { Task } from '../../src/bench/task/load-task.js';
import { benchmarkTasks, controlsOf, problemsOf } from './benchmark.js';
import { testDataFolder } from './data.js';
import { temporaryFolder } from './temporary.js';

/** Declares a test for each executed task of some families: oracle, other tools, null, mutants, adversaries. */
export function checkControls(families: readonly Task['family'][]): void {
  const tasks = [...benchmarkTasks.tasks.values()].filter(
    ({ track, family }) => track === 'A' && families.includes(family),
  );
  describe(`controls of the tasks of ${families.join(', ')}`, () => {
    it.each(tasks.map((task) => [task.id, task] as const))('%s', { timeout: 900_000 }, async (_, task) => {
      const missing = missingData(task, testDataFolder);
      if (missing !== undefined) {
        if (process.env['CI'] === 'true') throw new Error(missing);
        console.warn(`${task.id} is not checked: ${missing}`);
        return;
      }
      const outcomes = await controlsOf(task, temporaryFolder());
      if (outcomes === undefined) {
        console.warn(`${task.id} is not checked: an environment of it is not here`);
        return;
      }
      expect(problemsOf(outcomes)).toEqual([]);
      expect(outcomes.filter(({ kind }) => kind === 'mutant').length).toBeGreaterThanOrEqual(5);
    });
  });
}
