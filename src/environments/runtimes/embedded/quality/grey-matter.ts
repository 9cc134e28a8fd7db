/**
 * Three classes of brightness within a mask by k-means (Lloyd 1982, doi:10.1109/TIT.1982.1056489), from the 20th, 50th and
 * 80th percentile on: on a T1w image of the brain CSF, grey and white matter. Returns 1 where a voxel is of the middle
 * class, or undefined where the values are too few for three classes.
 */
export function middleClass(image: Float64Array, mask: Float64Array): Float64Array | undefined {
  const inside = image.filter((_, index) => (mask[index] as number) > 0).sort();
  const at = (share: number): number => inside[Math.floor(share * (inside.length - 1))] ?? NaN;
  let centres: [number, number, number] = [at(0.2), at(0.5), at(0.8)];
  if (!(centres[0] < centres[1] && centres[1] < centres[2])) return undefined;
  for (let pass = 0; pass < 100; pass++) {
    const [low, high] = bordersOf(centres);
    const sums = [0, 0, 0];
    const counts = [0, 0, 0];
    for (const value of inside) {
      const of = value < low ? 0 : value < high ? 1 : 2;
      sums[of] = (sums[of] as number) + value;
      counts[of] = (counts[of] as number) + 1;
    }
    if (counts.includes(0)) return undefined;
    const next = [0, 1, 2].map((of) => (sums[of] as number) / (counts[of] as number)) as [
      number,
      number,
      number,
    ];
    const moved = Math.max(...next.map((value, of) => Math.abs(value - (centres[of] as number))));
    centres = next;
    if (moved < 1e-6 * (centres[2] - centres[0])) break;
  }
  const [low, high] = bordersOf(centres);
  return image.map((value, index) => ((mask[index] as number) > 0 && value >= low && value < high ? 1 : 0));
}

function bordersOf([a, b, c]: readonly [number, number, number]): [number, number] {
  return [(a + b) / 2, (b + c) / 2];
}
