import { describe, expect, it } from 'vitest';
import { mprage, spinEcho, spoiledGradientEcho } from '../../../src/synthetic/signal-equations.js';
import { label, tissues } from '../../../src/synthetic/tissues.js';
import { t1wSequence } from '../../../src/synthetic/t1w.js';

const [grey, white, fluid] = [label.grey, label.white, label.csf].map((index) => tissues[index]!);
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Magnetisation stepped through time, a tenth of a millisecond at a time, pulse after pulse, until it repeats. */
function steppedMprage(tissue: typeof grey, cycles: number): number {
  const step = 1e-4;
  const { repetitionTimeS, inversionTimeS, echoSpacingS, excitations, flipAngleDeg, echoTimeS } = t1wSequence;
  const first = inversionTimeS - Math.floor(excitations / 2) * echoSpacingS;
  const pulses = new Map(
    Array.from({ length: excitations }, (_, pulse) => [
      Math.round((first + pulse * echoSpacingS) / step),
      pulse,
    ]),
  );
  let m = tissue!.pd;
  let signal = NaN;
  for (let cycle = 0; cycle < cycles; cycle++) {
    m = -m;
    for (let t = 0; t < Math.round(repetitionTimeS / step); t++) {
      const pulse = pulses.get(t);
      if (pulse !== undefined) {
        if (pulse === excitations / 2) signal = Math.abs(m) * Math.sin(radians(flipAngleDeg));
        m *= Math.cos(radians(flipAngleDeg));
      }
      m += (tissue!.pd - m) * (1 - Math.exp(-step / tissue!.t1S));
    }
  }
  return signal * Math.exp(-echoTimeS / tissue!.t2StarS);
}

describe('signal equations', () => {
  it.each([
    ['grey', grey],
    ['white', white],
    ['fluid', fluid],
  ])('MPRAGE of %s matter is what stepping the magnetisation through time gives', (_, tissue) => {
    expect(mprage(tissue!, t1wSequence) / steppedMprage(tissue, 8)).toBeCloseTo(1, 3);
  });

  it('MPRAGE shows white matter brighter than grey, grey brighter than fluid', () => {
    const signals = [white, grey, fluid].map((tissue) => mprage(tissue!, t1wSequence));
    expect(signals[0]! / signals[1]!).toBeGreaterThan(1.3);
    expect(signals[1]! / signals[2]!).toBeGreaterThan(2);
  });

  it('MPRAGE refuses a train that does not fit between two inversions', () => {
    expect(() => mprage(grey!, { ...t1wSequence, inversionTimeS: 0.1 })).toThrow(RangeError);
    expect(() => mprage(grey!, { ...t1wSequence, repetitionTimeS: 1 })).toThrow(RangeError);
  });

  it('the spoiled echo is strongest at the Ernst angle', () => {
    const at = (flipAngleDeg: number): number =>
      spoiledGradientEcho(white!, { repetitionTimeS: 0.02, echoTimeS: 0.004, flipAngleDeg });
    const ernst = (Math.acos(Math.exp(-0.02 / white!.t1S)) * 180) / Math.PI;
    expect(at(ernst)).toBeGreaterThan(at(ernst - 1));
    expect(at(ernst)).toBeGreaterThan(at(ernst + 1));
  });

  it('a late spin echo shows fluid brightest, as T2 weighting does', () => {
    const [g, w, f] = [grey, white, fluid].map((tissue) => spinEcho(tissue!, 6, 0.08));
    expect(f).toBeGreaterThan(2 * g!);
    expect(g).toBeGreaterThan(w!);
  });
});
