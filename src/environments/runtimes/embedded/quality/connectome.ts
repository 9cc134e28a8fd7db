import { ToolUsageError } from '../tool.js';

export interface ConnectomeMeasures {
  readonly regions: number;
  /** Regions without any connection to another. */
  readonly regions_alone: number;
  /** Share of the pairs of regions that are connected. */
  readonly density: number;
  /** Sum over pairs of regions, without connections of a region with itself. */
  readonly total: number;
  readonly streamlines: number;
  /** Share of the streamlines of which both ends lie in a region. */
  readonly assigned: number;
}

/** Counts of a symmetric matrix and the regions at both ends of each streamline (0: none). */
export function measureConnectome(
  matrix: readonly (readonly number[])[],
  assignments: readonly (readonly number[])[],
): ConnectomeMeasures {
  const size = matrix.length;
  let [edges, total] = [0, 0];
  const alone = new Set(matrix.keys());
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) {
      const value = matrix[i]?.[j] ?? 0;
      if (!(value > 0)) continue;
      edges += 1;
      total += value;
      alone.delete(i);
      alone.delete(j);
    }
  const assigned = assignments.filter(([a = 0, b = 0]) => a > 0 && b > 0).length;
  return {
    regions: size,
    regions_alone: alone.size,
    density: size < 2 ? 0 : (2 * edges) / (size * (size - 1)),
    total,
    streamlines: assignments.length,
    assigned: assignments.length === 0 ? 0 : assigned / assignments.length,
  };
}

/**
 * The names of regions 1 to `size` from the lookup table of a BIDS segmentation (columns `index` and `name`, BIDS
 * derivatives, "Common image-derived labels"). Throws where a region has no name, or two.
 */
export function regionNames(table: readonly Readonly<Record<string, string>>[], size: number): string[] {
  const names = new Map<number, string>();
  for (const row of table) {
    const [index, name] = [Number(row['index']), (row['name'] ?? '').trim()];
    if (row['index'] === undefined || row['name'] === undefined)
      throw new ToolUsageError('the table of labels lacks the column index or name');
    if (!Number.isInteger(index) || index < 0)
      throw new ToolUsageError(`index ${row['index']} is no whole number`);
    if (names.has(index)) throw new ToolUsageError(`region ${index} stands twice in the table of labels`);
    names.set(index, name);
  }
  return Array.from({ length: size }, (_, at) => {
    const name = names.get(at + 1);
    if (name === undefined || name === '')
      throw new ToolUsageError(
        `region ${at + 1} of ${size} has no name in the table of labels: it has ${names.size} rows, up to ${Math.max(...names.keys())}`,
      );
    return name;
  });
}
