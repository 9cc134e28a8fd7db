import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNatural } from '../../../src/bids/natural-order.js';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '0', '1', '2', '9', '-', 'ü'), maxLength: 8 });

describe('compareNatural', () => {
  it('orders numbers in names by their value', () => {
    const names = ['run-10', 'run-9', 'run-2', 'run-02', 'run-1', 'run', 'run-1a', 'run-1_x'];
    expect(names.sort(compareNatural)).toEqual([
      'run',
      'run-1',
      'run-1_x',
      'run-1a',
      'run-02',
      'run-2',
      'run-9',
      'run-10',
    ]);
  });

  it('sees a number that begins before the first difference', () => {
    expect(compareNatural('sub-100', 'sub-19')).toBeGreaterThan(0);
    expect(compareNatural('sub-12x', 'sub-112x')).toBeLessThan(0);
    const long = '9'.repeat(40);
    expect(compareNatural(`x${long}8`, `x${long}9`)).toBeLessThan(0);
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(Math.sign(compareNatural(a, b))).toBe(-Math.sign(compareNatural(b, a)) + 0);
        expect(compareNatural(a, b) === 0).toBe(a === b);
        if (compareNatural(a, b) <= 0 && compareNatural(b, c) <= 0) {
          expect(compareNatural(a, c)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
