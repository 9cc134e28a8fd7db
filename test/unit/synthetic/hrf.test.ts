import { describe, expect, it } from 'vitest';
import { hrf, regressor } from '../../../src/synthetic/hrf.js';

const STEP = 0.01;

/** `spm_hrf` in steps: gamma densities by their definition, cut at 32 s, divided by their sum. */
function spmHrf(): number[] {
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  const gamma = (shape: number, t: number): number =>
    (t ** (shape - 1) * Math.exp(-t)) / factorial(shape - 1);
  const samples = Array.from(
    { length: 32 / STEP + 1 },
    (_, index) => gamma(6, index * STEP) - gamma(16, index * STEP) / 6,
  );
  const sum = samples.reduce((total, value) => total + value, 0);
  return samples.map((value) => value / sum);
}

describe('the canonical response', () => {
  it('is that of SPM', () => {
    const reference = spmHrf();
    for (const seconds of [0, 1, 3, 5, 8, 12, 16, 20, 30])
      expect(hrf(seconds)).toBeCloseTo(reference[Math.round(seconds / STEP)]! / STEP, 4);
    const peak = Array.from({ length: 100 }, (_, index) => index / 10).sort((p, q) => hrf(q) - hrf(p))[0];
    expect(peak).toBe(5);
    expect(hrf(-1)).toBe(0);
  });

  it('gives the regressor that convolving boxcars step by step gives', () => {
    const events = [
      { onset: 4, duration: 5, trialType: 'a' },
      { onset: 10, duration: 3, trialType: 'b' },
      { onset: 18.5, duration: 0.5, trialType: 'a' },
    ];
    const response = spmHrf();
    const boxcar = (time: number): number =>
      events.some((e) => e.trialType === 'a' && time > e.onset && time <= e.onset + e.duration) ? 1 : 0;
    const times = [0, 3.9, 5, 7.3, 9, 12, 15, 22.7, 35, 60];
    const convolved = times.map((time) =>
      response.reduce((sum, value, lag) => sum + value * boxcar(time - lag * STEP), 0),
    );
    regressor(events, 'a', times).forEach((value, index) => expect(value).toBeCloseTo(convolved[index]!, 2));
  });

  it('rises to 1 in a block without end, and is 0 before any event', () => {
    const events = [{ onset: 10, duration: 1000, trialType: 'a' }];
    expect(regressor(events, 'a', [0, 10, 60])).toEqual([0, 0, expect.closeTo(1, 6)]);
    expect(regressor(events, 'b', [60])).toEqual([0]);
  });
});
