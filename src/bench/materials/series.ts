import type { Random } from '../../synthetic/random.js';

/** Time series that the generators are made of. */

/** Noise that remembers what was before: AR(1) of variance 1. */
export function memoryNoise(random: Random, length: number, rho: number): Float64Array {
  const innovation = Math.sqrt(1 - rho * rho);
  let state = random.normal();
  return Float64Array.from({ length }, () => (state = rho * state + innovation * random.normal()));
}

/** The mean of vectors of one length. */
export function meanSeries(rows: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows)
    for (let t = 0; t < sum.length; t++) sum[t] = (sum[t] as number) + (row[t] as number) / rows.length;
  return sum;
}

/** An orthonormal basis of the space of the columns, by the modified method of Gram and Schmidt; what depends on others is left out. */
export function orthonormal(columns: readonly ArrayLike<number>[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const column of columns) {
    const vector = Float64Array.from(column);
    const size = Math.sqrt(dot(vector, vector));
    // Twice: once leaves what rounding brought back (Giraud et al., Numer Math 101:87, 2005).
    remove(vector, basis);
    remove(vector, basis);
    const left = Math.sqrt(dot(vector, vector));
    if (left > 1e-9 * size) basis.push(vector.map((value) => value / left));
  }
  return basis;
}

/** What least squares leaves of a series, in place; the basis is orthonormal. */
export function remove(series: Float64Array, basis: readonly Float64Array[]): Float64Array {
  for (const direction of basis) {
    const weight = dot(series, direction);
    for (let t = 0; t < series.length; t++)
      series[t] = (series[t] as number) - weight * (direction[t] as number);
  }
  return series;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < a.length; t++) sum += (a[t] as number) * (b[t] as number);
  return sum;
}

/** Tab-separated values with a header; numbers with ten digits. */
export function tsv(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string =>
    typeof value === 'string'
      ? value
      : Number.isFinite(value)
        ? String(Number(value.toPrecision(10)))
        : 'n/a';
  return [columns.join('\t'), ...rows.map((row) => row.map(cell).join('\t')), ''].join('\n');
}
