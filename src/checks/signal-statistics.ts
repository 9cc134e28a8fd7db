import type { FifRecording } from '../imaging/fif.js';

/** Seconds that are looked at where a whole recording would be slow: taken from its middle. */
const STRETCH_S = 60;

/** EEG, SEEG, ECoG and DBS channels that are not marked bad. */
export function goodBrain(fif: FifRecording): number[] {
  const brain = new Set(['eeg', 'seeg', 'ecog', 'dbs']);
  return fif.channels.flatMap(({ kind, bad }, c) => (brain.has(kind) && !bad ? [c] : []));
}

/** channels x samples of up to a minute from the middle of a recording. */
export async function stretch(fif: FifRecording): Promise<{ rows: Float64Array[] }> {
  const count = Math.min(fif.samples, Math.round(STRETCH_S * fif.rateHz));
  return { rows: await fif.read(Math.floor((fif.samples - count) / 2), count) };
}

export function meanOf(rows: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows)
    for (const [i, value] of row.entries()) sum[i] = (sum[i] ?? 0) + value / rows.length;
  return sum;
}

export function mean(x: Float64Array): number {
  return x.reduce((sum, value) => sum + value, 0) / Math.max(1, x.length);
}

export function covariance(a: Float64Array, b: Float64Array): number {
  const [ma, mb] = [mean(a), mean(b)];
  return a.reduce((sum, value, i) => sum + (value - ma) * ((b[i] ?? 0) - mb), 0) / Math.max(1, a.length);
}

export function deviation(x: Float64Array): number {
  return Math.sqrt(covariance(x, x));
}

export function median(values: readonly number[]): number {
  const order = [...values].sort((a, b) => a - b);
  return order[Math.floor(order.length / 2)] ?? NaN;
}
