import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { checkPlanTask } from '../../../../src/bench/plans/load-plan.js';
import { loadTasks } from '../../../../src/bench/task/load-task.js';
import { loadSkills } from '../../../../src/skills/registry.js';

const root = join(import.meta.dirname, '../../../..');
const loaded = await loadTasks([join(root, 'neurobench/tasks')]);
const skills = [...(await loadSkills([join(root, 'skills')])).skills.values()];
const plans = [...loaded.tasks.values()].filter(({ track }) => track === 'P');

it('finds tasks of track P', () => {
  expect(loaded.findings).toEqual([]);
  expect(plans.length).toBeGreaterThanOrEqual(40);
});

describe.each(plans.map((task) => [task.id, task] as const))('%s', (_, task) => {
  it('accepts the oracle, and rejects the empty plan and every mutant by the rule that names it', async () => {
    const outcomes = await checkPlanTask(task, skills);
    expect(
      outcomes.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`])),
    ).toEqual([]);
    expect(outcomes.filter(({ kind }) => kind === 'mutant').length).toBeGreaterThanOrEqual(5);
  });
});
