import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivations, FWHM_PER_SIGMA, type DerivationContext } from '../../../src/planning/derivations.js';
import type { JsonObject } from '../../../src/kernel/json.js';

function derive(name: string, args: JsonObject, tr?: unknown, more: Partial<DerivationContext> = {}) {
  const derivation = derivations.get(name);
  if (derivation === undefined) throw new Error(`no derivation ${name}`);
  return derivation.compute(args, {
    sidecar: (key) => (key === 'RepetitionTime' ? (tr as number | undefined) : undefined),
    volumes: undefined,
    participants: [],
    additions: {},
    entities: {},
    affine: undefined,
    names: [],
    ...more,
  });
}

describe('sigma-from-fwhm', () => {
  it('is the sigma at which a Gaussian has fallen to half at half the width', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 30, noNaN: true }), (fwhm) => {
        const result = derive('sigma-from-fwhm', { fwhm_mm: fwhm });
        const sigma = 'value' in result ? (result.value as number) : NaN;
        expect(Math.exp(-((fwhm / 2) ** 2) / (2 * sigma ** 2))).toBeCloseTo(0.5, 6);
      }),
    );
    expect(FWHM_PER_SIGMA).toBeCloseTo(2.354820045, 9);
  });

  it('refuses what is no width', () => {
    for (const fwhm of [0, -1, '6', null])
      expect(derive('sigma-from-fwhm', { fwhm_mm: fwhm })).toHaveProperty('problem');
  });
});

describe('high-pass-sigma-volumes', () => {
  it('follows FSL: a FEAT cut-off of 100 s at a TR of 3 s is a sigma of 16.67 volumes', () => {
    expect(derive('high-pass-sigma-volumes', { period_s: 100 }, 3)).toEqual({ value: 16.6666667 });
  });

  it('is off at 0 s without asking for a repetition time', () => {
    expect(derive('high-pass-sigma-volumes', { period_s: 0 })).toEqual({ value: -1 });
  });

  it('needs a repetition time that is a positive number', () => {
    for (const tr of [undefined, 0, -2, '2', NaN])
      expect(derive('high-pass-sigma-volumes', { period_s: 100 }, tr)).toHaveProperty('problem');
  });

  it('refuses periods that cannot be sampled, and only those', () => {
    expect(derive('high-pass-sigma-volumes', { period_s: 4 }, 2)).toHaveProperty('problem');
    expect(derive('high-pass-sigma-volumes', { period_s: 4.1 }, 2)).toHaveProperty('value');
  });

  it('warns where the run is shorter than the period', () => {
    expect(derive('high-pass-sigma-volumes', { period_s: 100 }, 2, { volumes: 49 })).toHaveProperty(
      'warning',
    );
    expect(derive('high-pass-sigma-volumes', { period_s: 100 }, 2, { volumes: 50 })).not.toHaveProperty(
      'warning',
    );
  });
});

describe('low-pass-sigma-volumes', () => {
  it('is the sigma of the period that belongs to the frequency', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (tr, part) => {
          const cutoff = part / (2 * tr);
          const low = derive('low-pass-sigma-volumes', { cutoff_hz: cutoff }, tr);
          const high = derive('high-pass-sigma-volumes', { period_s: 1 / cutoff }, tr);
          expect('value' in low && 'value' in high).toBe(true);
          if ('value' in low && 'value' in high) expect(low.value).toBeCloseTo(high.value as number, 5);
        },
      ),
    );
  });

  it('refuses Nyquist and beyond, and a band without width', () => {
    expect(derive('low-pass-sigma-volumes', { cutoff_hz: 0.25 }, 2)).toHaveProperty('problem');
    expect(derive('low-pass-sigma-volumes', { cutoff_hz: 0.249 }, 2)).toHaveProperty('value');
    expect(derive('low-pass-sigma-volumes', { cutoff_hz: 0.01, high_pass_s: 100 }, 2)).toHaveProperty(
      'problem',
    );
    expect(derive('low-pass-sigma-volumes', { cutoff_hz: 0.1, high_pass_s: 100 }, 2)).toEqual({ value: 2.5 });
    expect(derive('low-pass-sigma-volumes', { cutoff_hz: 0.1, high_pass_s: 0 }, 2)).toEqual({ value: 2.5 });
  });
});

describe('phase-encoding', () => {
  const direction = (said: string | undefined, signs: readonly [number, number, number]) =>
    derivations.get('phase-encoding')?.compute(
      {},
      {
        sidecar: () => said,
        volumes: undefined,
        participants: [],
        additions: {},
        entities: {},
        names: [],
        affine: [
          [2 * signs[0], 0, 0, 0],
          [0, 2 * signs[1], 0, 0],
          [0, 0, 2 * signs[2], 0],
          [0, 0, 0, 1],
        ],
      },
    );
  it.each([
    ['j-', [1, 1, 1], 'AP'],
    ['j', [1, 1, 1], 'PA'],
    ['j-', [1, -1, 1], 'PA'],
    ['i', [1, 1, 1], 'LR'],
    ['i', [-1, 1, 1], 'RL'],
    ['k-', [1, 1, 1], 'SI'],
  ] as const)('%s along axes %j is %s', (said, signs, expected) => {
    expect(direction(said, signs)).toEqual({ value: expected });
  });
  it('is a problem where it is missing or no axis', () => {
    expect(direction(undefined, [1, 1, 1])).toMatchObject({
      problem: expect.stringContaining('missing') as string,
    });
    expect(direction('AP', [1, 1, 1])).toMatchObject({ expected: 'i, i-, j, j-, k or k-' });
  });
});

describe('subject-name', () => {
  it('is that of fMRIPrep, with a suffix for templates', () => {
    const named = (args: JsonObject, entities: Record<string, string>) =>
      derive('subject-name', args, 2, { entities });
    expect(named({}, { sub: '01' })).toEqual({ value: 'sub-01' });
    expect(named({}, { sub: '01', ses: 'a' })).toEqual({ value: 'sub-01_ses-a' });
    expect(named({ suffix: 'base', of_participant: true }, { sub: '01', ses: 'a' })).toEqual({
      value: 'sub-01_base',
    });
    expect(named({}, {})).toMatchObject({ problem: 'the step runs for no participant' });
  });
});
