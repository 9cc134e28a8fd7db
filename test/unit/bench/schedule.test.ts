import { describe, expect, it } from 'vitest';
import { schedule } from '../../../src/bench/run/schedule.js';

describe('the order of trials', () => {
  const tasks = ['a', 'b', 'c', 'd', 'e'];

  it('has every agent on every task so often, first trials before second ones', () => {
    const order = schedule(tasks, 2, 3, 7);
    expect(new Set(order.map((item) => JSON.stringify(item))).size).toBe(30);
    expect(order.map(({ trial }) => trial)).toEqual(
      [...order].sort((a, b) => a.trial - b.trial).map(({ trial }) => trial),
    );
  });

  it('is drawn from its seed, and mixes agents', () => {
    expect(schedule(tasks, 2, 1, 7)).toEqual(schedule(tasks, 2, 1, 7));
    expect(schedule(tasks, 2, 1, 7)).not.toEqual(schedule(tasks, 2, 1, 8));
    const agents = schedule(tasks, 2, 4, 7).map(({ agent }) => agent);
    const turns = agents.filter((agent, index) => index > 0 && agent !== agents[index - 1]).length;
    expect(turns).toBeGreaterThan(8);
  });
});
