import { describe, expect, it } from 'vitest';
import {
  clustersOf,
  meanOverTasks,
  overSharedTasks,
  type TaskOutcomes,
} from '../../../../src/bench/statistics/outcomes.js';

const task = (name: string, family: string, ...scores: number[]): TaskOutcomes => ({
  task: name,
  family,
  scores,
});

describe('outcomes by task', () => {
  it('count every task the same, however many trials it had', () => {
    // Pooled over trials it would be 1/4.
    expect(meanOverTasks([task('a', 'f', 1), task('b', 'f', 0, 0, 0)])).toBe(0.5);
  });

  it('are compared over the tasks that all systems have, in one order', () => {
    const shared = overSharedTasks([
      { name: 'x', tasks: [task('a', 'f', 1), task('b', 'f', 0), task('c', 'g', 1)] },
      { name: 'y', tasks: [task('c', 'g', 0), task('a', 'f', 0)] },
    ]);
    expect(shared.map(({ tasks }) => tasks.map((each) => [each.task, ...each.scores]))).toEqual([
      [
        ['a', 1],
        ['c', 1],
      ],
      [
        ['a', 0],
        ['c', 0],
      ],
    ]);
  });

  it('form clusters by family or one by one', () => {
    const tasks = [task('a', 'f', 1), task('b', 'g', 1), task('c', 'f', 1)];
    expect(clustersOf(tasks, 'family')).toEqual([[0, 2], [1]]);
    expect(clustersOf(tasks, 'task')).toEqual([[0], [1], [2]]);
  });
});
