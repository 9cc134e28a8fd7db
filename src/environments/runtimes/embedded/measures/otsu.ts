const bins = 256;

/**
 * The threshold that separates values into two classes with the greatest variance between them (Otsu 1979,
 * doi:10.1109/TSMC.1979.4310076), from a histogram of 256 bins between the smallest value and the 99.8th percentile, so
 * that a few bright vessels do not squeeze the rest into one bin. In units of the values; `undefined` where all are equal.
 */
export function otsuThreshold(values: Float64Array): number | undefined {
  const { low, high } = robustRange(values);
  if (!(high > low)) return undefined;
  const histogram = new Float64Array(bins);
  const scale = bins / (high - low);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) * scale)));
    histogram[bin] = at(histogram, bin) + 1;
  }
  let total = 0;
  for (let bin = 0; bin < bins; bin++) total += bin * at(histogram, bin);
  let [best, bestVariance, below, sumBelow] = [0, -1, 0, 0];
  for (let bin = 0; bin < bins - 1; bin++) {
    below += at(histogram, bin);
    sumBelow += bin * at(histogram, bin);
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const variance = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2;
    if (variance > bestVariance) [best, bestVariance] = [bin, variance];
  }
  return low + (best + 1) / scale;
}

function robustRange(values: Float64Array): { low: number; high: number } {
  let [low, top] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > top) top = value;
  }
  // The percentile from a fine histogram: sorting a whole image would take seconds.
  const fine = new Float64Array(65_536);
  const scale = (fine.length - 1) / (top - low);
  if (!Number.isFinite(scale)) return { low, high: top };
  for (const value of values) {
    const bin = Math.floor((value - low) * scale);
    fine[bin] = at(fine, bin) + 1;
  }
  let seen = 0;
  for (let bin = 0; bin < fine.length; bin++) {
    seen += at(fine, bin);
    if (seen >= values.length * 0.998) return { low, high: Math.min(top, low + (bin + 1) / scale) };
  }
  return { low, high: top };
}

function at(array: Float64Array, index: number): number {
  return array[index] ?? 0;
}
