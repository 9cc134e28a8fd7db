import { ToolUsageError } from '../tool.js';

/** An electrode seen from above: x to the right of the person, y to the nose; 1 is the equator of the head. */
export interface Electrode {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** Place of an electrode in the head: right, nose, up (RAS), in any unit. */
export interface ElectrodePlace {
  readonly name: string;
  readonly place: readonly [number, number, number];
}

/**
 * Electrodes as they are drawn on a disc: the angle from the vertex becomes the distance from the middle (azimuthal
 * equidistant projection), so that the equator of the head is the circle and what lies lower falls outside it. The
 * centre of the head is that of the sphere through the electrodes, by least squares: positions are seldom about 0.
 */
export function projectElectrodes(places: readonly ElectrodePlace[]): Electrode[] {
  const centre = sphereCentre(places.map(({ place }) => place));
  return places.map(({ name, place }) => {
    const [x, y, z] = [place[0] - centre[0], place[1] - centre[1], place[2] - centre[2]];
    const flat = Math.hypot(x, y);
    const distance = Math.atan2(flat, z) / (Math.PI / 2);
    return flat === 0 ? { name, x: 0, y: 0 } : { name, x: (distance * x) / flat, y: (distance * y) / flat };
  });
}

/** Centre of the sphere that fits points best: |p|^2 = 2 p.c + d, solved for c and d. */
function sphereCentre(points: readonly (readonly [number, number, number])[]): [number, number, number] {
  if (points.length < 4) return [0, 0, 0];
  const rows = points.map(([x, y, z]) => ({ left: [2 * x, 2 * y, 2 * z, 1], right: x * x + y * y + z * z }));
  const matrix = Array.from({ length: 4 }, (_, i) => [
    ...Array.from({ length: 4 }, (_each, j) => sum(rows.map(({ left }) => (left[i] ?? 0) * (left[j] ?? 0)))),
    sum(rows.map(({ left, right }) => (left[i] ?? 0) * right)),
  ]);
  const solved = solve(matrix);
  // Electrodes in one plane or on a line have no sphere.
  return solved === undefined ? [0, 0, 0] : [solved[0] ?? 0, solved[1] ?? 0, solved[2] ?? 0];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Gauss-Jordan with pivots; undefined where the equations have no single solution. */
function solve(matrix: number[][]): number[] | undefined {
  const size = matrix.length;
  const largest = Math.max(...matrix.flat().map(Math.abs));
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(matrix[row]?.[column] ?? 0) > Math.abs(matrix[pivot]?.[column] ?? 0)) pivot = row;
    const [chosen, other] = [matrix[pivot], matrix[column]];
    if (chosen === undefined || other === undefined) return undefined;
    [matrix[column], matrix[pivot]] = [chosen, other];
    const head = chosen[column] ?? 0;
    if (Math.abs(head) < 1e-9 * largest) return undefined;
    for (const [index, row] of matrix.entries()) {
      if (index === column) continue;
      const factor = (row[column] ?? 0) / head;
      for (let at = column; at <= size; at++) row[at] = (row[at] ?? 0) - factor * (chosen[at] ?? 0);
    }
  }
  return matrix.map((row, index) => (row[size] ?? 0) / (row[index] ?? 1));
}

/** Value between electrodes: their mean weighted by the inverse cube of the distance (Shepard 1968, doi:10.1145/800186.810616). */
export function interpolate(
  electrodes: readonly Electrode[],
  values: readonly number[],
  x: number,
  y: number,
): number {
  let [weights, total] = [0, 0];
  for (const [index, electrode] of electrodes.entries()) {
    const distance = Math.hypot(electrode.x - x, electrode.y - y);
    if (distance < 1e-6) return values[index] ?? NaN;
    const weight = 1 / distance ** 3;
    weights += weight;
    total += weight * (values[index] ?? NaN);
  }
  return total / weights;
}

/** Electrodes that have a value, with it; an error where there are none. */
export function withValues(
  electrodes: readonly Electrode[],
  values: ReadonlyMap<string, number>,
): { electrodes: Electrode[]; values: number[]; without: number } {
  const shown = electrodes.filter(({ name }) => Number.isFinite(values.get(name) ?? NaN));
  if (shown.length === 0)
    throw new ToolUsageError(
      `no channel of the table has a position: the table has ${[...values.keys()].slice(0, 5).join(', ')}, the positions ${electrodes
        .slice(0, 5)
        .map(({ name }) => name)
        .join(', ')}`,
    );
  const places = new Set(electrodes.map(({ name }) => name));
  return {
    electrodes: shown,
    values: shown.map(({ name }) => values.get(name) ?? NaN),
    without: [...values.keys()].filter((name) => !places.has(name)).length,
  };
}
