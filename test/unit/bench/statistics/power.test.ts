import { describe, expect, it } from 'vitest';
import { simulatePower } from '../../../../src/bench/statistics/power.js';

describe('power by simulation', () => {
  // The table that the benchmark was sized by: standard error of a difference and power of the normal test at
  // differences of 9.4, 14 and 4.7 points. 400 simulations: power within 0.025 (one standard error), errors of 3.5 %.
  it.each([
    [24, 3, 7.7, [0.25, 0.44, 0.1]],
    [60, 5, 3.9, [0.64, 0.93, 0.21]],
  ])('%d tasks x %d trials', (tasks, trials, standardError, powers) => {
    for (const [index, difference] of [0.094, 0.14, 0.047].entries()) {
      const found = simulatePower({ tasks, trials, difference }, { simulations: 400, flips: 199 });
      expect(Math.abs(100 * found.standardError - standardError) / standardError).toBeLessThan(0.1);
      expect(Math.abs(found.powerOfNormal - (powers[index] ?? NaN))).toBeLessThan(0.075);
    }
  });

  it('finds something in at most about 5 % where nothing is', () => {
    const found = simulatePower({ tasks: 40, trials: 3, difference: 0 }, { simulations: 600, flips: 199 });
    expect(found.power).toBeLessThan(0.07);
    expect(found.power).toBeGreaterThan(0.01);
    expect(found.power).toBeLessThanOrEqual(found.powerOfNormal);
  });

  it('gives the same for the same seed, and refuses rates that are none', () => {
    const design = { tasks: 10, trials: 2, difference: 0.3 };
    expect(simulatePower(design, { simulations: 20 })).toEqual(simulatePower(design, { simulations: 20 }));
    expect(() => simulatePower({ ...design, difference: 1.2 })).toThrow('a rate of');
  });
});
