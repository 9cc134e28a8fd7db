/**
 * Kendall's tau-b of two lists of equal length: agreement of the order of pairs, 1 for the same order, -1 for the
 * reverse, ties counted as in Kendall 1945 (doi:10.1093/biomet/33.3.239). Undefined where one list is all ties.
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number | undefined {
  let [agreement, untiedA, untiedB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = i + 1; j < a.length; j++) {
      const x = Math.sign((a[i] ?? 0) - (a[j] ?? 0));
      const y = Math.sign((b[i] ?? 0) - (b[j] ?? 0));
      agreement += x * y;
      untiedA += x * x;
      untiedB += y * y;
    }
  }
  const scale = Math.sqrt(untiedA * untiedB);
  return scale === 0 ? undefined : agreement / scale;
}
