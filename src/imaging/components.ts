/** Neighbours that share a face (6), a face or an edge (18), or also a corner (26). */
export type Connectivity = 6 | 18 | 26;

/** How many coordinates of a neighbour may differ by one. */
const STEPS: Readonly<Record<Connectivity, number>> = { 6: 1, 18: 2, 26: 3 };

/**
 * Connected components of a mask (x fastest, 0 is background): the indices of the voxels of each, in the order of their
 * first voxel.
 */
export function componentsOf(
  mask: Uint8Array,
  [nx, ny, nz]: readonly [number, number, number],
  connectivity: Connectivity,
): Uint32Array[] {
  const left = Uint8Array.from(mask);
  const found = new Uint32Array(left.reduce((count, value) => count + (value === 0 ? 0 : 1), 0));
  const neighbours = neighboursOf(connectivity);
  const components: Uint32Array[] = [];
  let filled = 0;
  for (let first = 0; first < left.length; first++) {
    if (left[first] === 0) continue;
    const start = filled;
    left[first] = 0;
    found[filled++] = first;
    for (let at = start; at < filled; at++) {
      const index = found[at] as number;
      const x = index % nx;
      const y = Math.floor(index / nx) % ny;
      const z = Math.floor(index / (nx * ny));
      for (const [dx, dy, dz] of neighbours) {
        const [i, j, k] = [x + dx, y + dy, z + dz];
        if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) continue;
        const other = i + nx * (j + ny * k);
        if (left[other] === 0) continue;
        left[other] = 0;
        found[filled++] = other;
      }
    }
    components.push(found.subarray(start, filled));
  }
  return components;
}

function neighboursOf(connectivity: Connectivity): (readonly [number, number, number])[] {
  const steps = [-1, 0, 1];
  return steps
    .flatMap((dx) => steps.flatMap((dy) => steps.map((dz) => [dx, dy, dz] as const)))
    .filter((step) => {
      const moved = step.filter((each) => each !== 0).length;
      return moved > 0 && moved <= STEPS[connectivity];
    });
}
