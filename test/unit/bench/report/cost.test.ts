import { describe, expect, it } from 'vitest';
import { costOf, paretoFront } from '../../../../src/bench/report/cost.js';
import { makeTrial } from '../../../support/trial-result.js';

describe('Pareto front', () => {
  it('holds who is beaten by nobody in both, and both of two equals', () => {
    const points = [
      { name: 'cheap', cost: 1, success: 0.3 },
      { name: 'dear', cost: 5, success: 0.8 },
      { name: 'beaten', cost: 5, success: 0.7 },
      { name: 'waste', cost: 9, success: 0.8 },
      { name: 'twin', cost: 1, success: 0.3 },
    ];
    expect(paretoFront(points).map(({ name }) => name)).toEqual(['cheap', 'twin', 'dear']);
    expect(paretoFront([])).toEqual([]);
  });
});

describe('cost', () => {
  const trial = (usd: number | null, resolved: boolean): ReturnType<typeof makeTrial> =>
    makeTrial({
      status: resolved ? 'resolved' : 'unresolved',
      usage: { ...makeTrial().usage, usd, usd_source: usd === null ? 'unknown' : 'provider' },
    });

  it('of what is resolved holds what failed, too', () => {
    expect(costOf([trial(1, true), trial(3, false)])).toMatchObject({ usdPerTrial: 2, usdPerResolved: 4 });
    expect(costOf([trial(1, false)]).usdPerResolved).toBeUndefined();
  });

  it('is unknown as soon as one trial is, never the sum of the rest', () => {
    expect(costOf([trial(1, true), trial(null, true)])).toMatchObject({
      usdPerTrial: undefined,
      usdPerResolved: undefined,
      unknown: 1,
    });
    expect(costOf([]).usdPerTrial).toBeUndefined();
  });
});
