import { createHash } from 'node:crypto';

/** A stream of pseudo-random numbers: the same for the same seed and name, on every machine. */
export interface Random {
  /** In [0, 1), 32 bits. */
  uniform(): number;
  /** Standard normal: mean 0, variance 1. */
  normal(): number;
  /** Magnitude of `signal` plus complex Gaussian noise of standard deviation `sigma` in each channel. */
  rician(signal: number, sigma: number): number;
}

/**
 * Generator sfc32 (C. Doty-Humphrey, PractRand, "small fast counter", 128 bits of state), its state taken from
 * SHA-256 over seed and stream name. Streams are independent: one more participant or modality leaves every other
 * stream as it was. Normal numbers by Marsaglia's polar method (SIAM Review 6:260, 1964), which needs no sine, so that
 * whether a pair is taken never depends on the mathematical library. Rician noise: Gudbjartsson & Patz,
 * Magn Reson Med 34:910, 1995.
 */
export function seededRandom(seed: number, ...stream: readonly string[]): Random {
  const state = createHash('sha256')
    .update(JSON.stringify([seed, ...stream]))
    .digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => state.readInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  const uniform = (): number => next() / 4294967296;
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s === 0 || s >= 1) continue;
      const factor = Math.sqrt((-2 * Math.log(s)) / s);
      spare = v * factor;
      return u * factor;
    }
  };
  const rician = (signal: number, sigma: number): number => {
    const real = signal + sigma * normal();
    const imaginary = sigma * normal();
    return Math.sqrt(real * real + imaginary * imaginary);
  };
  return { uniform, normal, rician };
}
