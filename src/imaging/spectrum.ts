/**
 * Power spectral density of one channel by Welch's method (Welch 1967, doi:10.1109/TAU.1967.1161901): Hann windows of
 * `size` samples (a power of two) that overlap by half, each without its mean, one-sided.
 *
 * @returns unit of x squared per Hz, at k * rateHz / size for k = 0 ... size / 2
 */
export function welchDensity(x: Float64Array, rateHz: number, size: number): Float64Array {
  const hann = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const power = hann.reduce((sum, w) => sum + w * w, 0);
  const density = new Float64Array(size / 2 + 1);
  let windows = 0;
  for (let start = 0; start + size <= x.length; start += size / 2) {
    const piece = x.subarray(start, start + size);
    const mean = piece.reduce((sum, value) => sum + value, 0) / size;
    const re = piece.map((value, i) => (value - mean) * (hann[i] ?? 0));
    const im = new Float64Array(size);
    fourier(re, im);
    for (let k = 0; k <= size / 2; k += 1) {
      const twice = k === 0 || k === size / 2 ? 1 : 2;
      const square = (re[k] ?? 0) ** 2 + (im[k] ?? 0) ** 2;
      density[k] = (density[k] ?? 0) + (twice * square) / (power * rateHz);
    }
    windows += 1;
  }
  return density.map((value) => value / Math.max(1, windows));
}

/** Power between two frequencies: the sum of the bins between them times their distance. */
export function bandPower(density: Float64Array, rateHz: number, lowHz: number, highHz: number): number {
  const step = rateHz / (2 * (density.length - 1));
  let sum = 0;
  for (let k = 0; k < density.length; k += 1)
    if (k * step >= lowHz && k * step < highHz) sum += density[k] ?? 0;
  return sum * step;
}

/** In-place discrete Fourier transform, radix 2; the length is a power of two. */
function fourier(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i += 1) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [re[i], re[j]] = [re[j] ?? 0, re[i] ?? 0];
    [im[i], im[j]] = [im[j] ?? 0, im[i] ?? 0];
  }
  for (let length = 2; length <= n; length *= 2) {
    const angle = (-2 * Math.PI) / length;
    for (let start = 0; start < n; start += length) {
      for (let k = 0; k < length / 2; k += 1) {
        const [c, s] = [Math.cos(angle * k), Math.sin(angle * k)];
        const [a, b] = [start + k, start + k + length / 2];
        const [br, bi] = [re[b] ?? 0, im[b] ?? 0];
        const [tr, ti] = [br * c - bi * s, br * s + bi * c];
        const [ar, ai] = [re[a] ?? 0, im[a] ?? 0];
        re[a] = ar + tr;
        im[a] = ai + ti;
        re[b] = ar - tr;
        im[b] = ai - ti;
      }
    }
  }
}
