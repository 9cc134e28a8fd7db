/** Pearson's; NaN where one of the two is constant. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (list: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < list.length; i++) sum += list[i] as number;
    return sum / list.length;
  };
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [u, v] = [(a[i] as number) - meanA, (b[i] ?? NaN) - meanB];
    ab += u * v;
    aa += u * u;
    bb += v * v;
  }
  return ab / Math.sqrt(aa * bb);
}
