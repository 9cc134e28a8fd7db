/**
 * Ordinary least squares, by the normal equations: coefficients of each column of `design` (rows are volumes). Gauss with
 * partial pivots on columns scaled to length 1; throws RangeError for columns that depend on each other.
 */
export function leastSquares(design: readonly (readonly number[])[], data: readonly number[]): number[] {
  const size = design[0]?.length ?? 0;
  const norms = Array.from({ length: size }, (_, j) => Math.hypot(...design.map((row) => row[j] ?? NaN)));
  const at = (row: readonly number[], j: number): number => (row[j] ?? NaN) / (norms[j] ?? NaN);
  const rows = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_each, j) =>
      design.reduce((sum, row) => sum + at(row, i) * at(row, j), 0),
    ),
    design.reduce((sum, row, t) => sum + at(row, i) * (data[t] ?? NaN), 0),
  ]);
  for (let pivot = 0; pivot < size; pivot++) {
    let best = pivot;
    for (let row = pivot; row < size; row++)
      if (Math.abs(rows[row]?.[pivot] ?? 0) > Math.abs(rows[best]?.[pivot] ?? 0)) best = row;
    const [chosen, other] = [rows[best] as number[], rows[pivot] as number[]];
    if (!(Math.abs(chosen[pivot] ?? 0) > 1e-10)) throw new RangeError('the columns depend on each other');
    [rows[pivot], rows[best]] = [chosen, other];
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue;
      const factor = (rows[row]?.[pivot] ?? 0) / (chosen[pivot] ?? NaN);
      rows[row] = (rows[row] as number[]).map((value, j) => value - factor * (chosen[j] ?? NaN));
    }
  }
  return rows.map((row, j) => (row[size] ?? NaN) / (row[j] ?? NaN) / (norms[j] ?? NaN));
}

/** Pearson's. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const sum = (f: (x: number, y: number) => number): number =>
    a.reduce((total, x, index) => total + f(x - meanA, (b[index] ?? NaN) - meanB), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}
