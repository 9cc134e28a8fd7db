import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/synthetic/random.js';

const many = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);
const moment = (values: readonly number[], power: number): number =>
  values.reduce((sum, value) => sum + value ** power, 0) / values.length;

describe('seeded random numbers', () => {
  it('repeat for a seed and a stream, and differ for another of either', () => {
    const draw = (seed: number, ...stream: string[]): number[] => {
      const random = seededRandom(seed, ...stream);
      return many(20, () => random.uniform());
    };
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
    expect(draw(1, 'a', 'b')).not.toEqual(draw(1, 'ab'));
  });

  it('are these, on every machine and in every version', () => {
    const random = seededRandom(1, 'stream');
    expect(many(3, () => random.uniform() * 2 ** 32)).toEqual([371274419, 460386767, 3716979485]);
  });

  it('are uniform', () => {
    const random = seededRandom(5);
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 160_000; i++) counts[Math.floor(random.uniform() * 16)]! += 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // 15 degrees of freedom: 1 in 1000 is beyond 37.7.
    expect(chiSquared).toBeLessThan(37.7);
  });

  it('are normal: mean 0, variance 1, no skew, kurtosis 3, independent of the one before', () => {
    const random = seededRandom(3);
    const values = many(200_000, () => random.normal());
    expect(Math.abs(moment(values, 1))).toBeLessThan(0.01);
    expect(moment(values, 2)).toBeCloseTo(1, 1.7);
    expect(Math.abs(moment(values, 3))).toBeLessThan(0.03);
    expect(Math.abs(moment(values, 4) - 3)).toBeLessThan(0.1);
    const lag = values.slice(1).reduce((sum, value, index) => sum + value * values[index]!, 0);
    expect(Math.abs(lag / values.length)).toBeLessThan(0.01);
  });

  it.each([
    [0, 10],
    [15, 10],
    [200, 10],
  ])('Rician noise about %d has the moments of Rice', (signal, sigma) => {
    const random = seededRandom(4, String(signal));
    const values = many(100_000, () => random.rician(signal, sigma));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    // E[m^2] = A^2 + 2 sigma^2; in air the mean is sigma sqrt(pi / 2).
    expect(moment(values, 2) / (signal ** 2 + 2 * sigma ** 2)).toBeCloseTo(1, 2);
    if (signal === 0) expect(moment(values, 1) / (sigma * Math.sqrt(Math.PI / 2))).toBeCloseTo(1, 2);
  });
});
