import type { Tissue } from './tissues.js';

/** All times in seconds, angles in degrees; signals relative to the equilibrium magnetisation of water. */
export interface GradientEcho {
  readonly repetitionTimeS: number;
  readonly echoTimeS: number;
  readonly flipAngleDeg: number;
}

/** Steady state of a spoiled gradient echo: Ernst & Anderson, Rev Sci Instrum 37:93, 1966; Haase, J Magn Reson 67:258, 1986. */
export function spoiledGradientEcho(tissue: Tissue, sequence: GradientEcho): number {
  const angle = radians(sequence.flipAngleDeg);
  const e1 = Math.exp(-sequence.repetitionTimeS / tissue.t1S);
  const longitudinal = (tissue.pd * (1 - e1)) / (1 - Math.cos(angle) * e1);
  return longitudinal * Math.sin(angle) * Math.exp(-sequence.echoTimeS / tissue.t2StarS);
}

/** Spin echo of a 90 degree pulse, TE much shorter than TR. */
export function spinEcho(tissue: Tissue, repetitionTimeS: number, echoTimeS: number): number {
  return tissue.pd * (1 - Math.exp(-repetitionTimeS / tissue.t1S)) * Math.exp(-echoTimeS / tissue.t2S);
}

export interface Mprage extends GradientEcho {
  /** From the inversion to the excitation that fills the centre of k-space. */
  readonly inversionTimeS: number;
  readonly echoSpacingS: number;
  /** Excitations after each inversion; the middle one fills the centre of k-space. */
  readonly excitations: number;
}

/**
 * Magnitude of MPRAGE (Mugler & Brookeman, Magn Reson Med 15:152, 1990) in its steady state, at the centre of k-space.
 * Each part of the cycle (perfect inversion, recovery, excitation) maps the longitudinal magnetisation to an affine
 * function of itself; the steady state is the fixed point of their composition. No approximation but perfect spoiling.
 */
export function mprage(tissue: Tissue, sequence: Mprage): number {
  const angle = radians(sequence.flipAngleDeg);
  const cosine = Math.cos(angle);
  const centre = Math.floor(sequence.excitations / 2);
  const before = sequence.inversionTimeS - centre * sequence.echoSpacingS;
  const after =
    sequence.repetitionTimeS -
    sequence.inversionTimeS -
    (sequence.excitations - centre) * sequence.echoSpacingS;
  if (before < 0 || after < 0)
    throw new RangeError('the train of excitations does not fit between inversions');
  const recover = (m: number, time: number): number =>
    tissue.pd + (m - tissue.pd) * Math.exp(-time / tissue.t1S);
  const train = (m: number, count: number): number => {
    for (let pulse = 0; pulse < count; pulse++) m = recover(m * cosine, sequence.echoSpacingS);
    return m;
  };
  const toCentre = (m: number): number => train(recover(-m, before), centre);
  const cycle = (m: number): number => recover(train(toCentre(m), sequence.excitations - centre), after);
  const offset = cycle(0);
  const slope = cycle(1) - offset;
  const steady = offset / (1 - slope);
  return Math.abs(toCentre(steady)) * Math.sin(angle) * Math.exp(-sequence.echoTimeS / tissue.t2StarS);
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
