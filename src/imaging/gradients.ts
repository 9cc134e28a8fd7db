import { readFile } from 'node:fs/promises';
import { fromFileSystem } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { determinant, type Affine } from './affine.js';

export type Vector3 = readonly [number, number, number];

export interface Gradients {
  /** s/mm^2, one per volume. */
  readonly bvals: readonly number[];
  /** FSL convention: along the voxel axes, the first component negated where the affine's determinant is positive. */
  readonly bvecs: readonly Vector3[];
  readonly findings: readonly Finding[];
}

/** Below this b-value (s/mm^2) a volume counts as b=0 and its direction means nothing. */
export const B0_THRESHOLD = 50;

/** Numbers of a .bval or .bvec file, row by row; anything that is no number is a finding. `nan` stands for itself. */
export async function readNumberRows(path: string): Promise<{ rows: number[][]; findings: Finding[] }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, path);
  }
  const findings: Finding[] = [];
  const rows: number[][] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.split(/[\s,]+/).filter((word) => word !== '');
    if (words.length === 0) continue;
    rows.push(
      words.map((word) => {
        if (/^nan$/i.test(word)) return NaN;
        const value = Number(word);
        if (!Number.isFinite(value))
          findings.push(
            errorFinding('input.malformed', `${word} is no number`, { file: path, line: index + 1 }),
          );
        return value;
      }),
    );
  }
  return { rows, findings };
}

/**
 * Directions of a table of three rows (x, y, z; as FSL writes it) or, turned, of three columns. Three rows by three
 * are read as FSL does. Undefined where it is neither.
 */
export function directionsOf(rows: readonly (readonly number[])[]): Vector3[] | undefined {
  const [xs, ys, zs] = rows;
  if (rows.length === 3 && xs !== undefined && ys?.length === xs.length && zs?.length === xs.length)
    return xs.map((x, index): Vector3 => [x, ys[index] ?? NaN, zs[index] ?? NaN]);
  if (rows.length > 0 && rows.every((row) => row.length === 3))
    return rows.map((row): Vector3 => [row[0] ?? NaN, row[1] ?? NaN, row[2] ?? NaN]);
  return undefined;
}

/** `3 rows of 65, 65, 64 numbers`: what stands in a table that is none of directions. */
export function describeRows(rows: readonly (readonly number[])[]): string {
  const lengths = rows.slice(0, 4).map((row) => row.length);
  return `${rows.length} rows of ${lengths.join(', ')}${rows.length > 4 ? ', ...' : ''} numbers`;
}

/**
 * Reads b-values and directions. What does not fit together is a finding; so is a volume with b above the b=0
 * threshold whose direction has no length 1. `nan` is taken where a volume has no direction (b=0).
 */
export async function readGradients(bvalPath: string, bvecPath: string): Promise<Gradients> {
  const bval = await readNumberRows(bvalPath);
  const bvec = await readNumberRows(bvecPath);
  const findings = [...bval.findings, ...bvec.findings];
  const bvals = bval.rows.flat();
  const negative = bvals.findIndex((b) => !(b >= 0));
  if (negative >= 0) {
    findings.push(
      errorFinding(
        'input.invalid',
        `b-value ${bvals[negative]} of volume ${negative}`,
        { file: bvalPath },
        '0 or more s/mm^2',
      ),
    );
  }
  const bvecs = directionsOf(bvec.rows);
  if (bvecs === undefined) {
    findings.push(
      errorFinding(
        'input.malformed',
        describeRows(bvec.rows),
        { file: bvecPath },
        'three rows of one number per volume',
      ),
    );
    return { bvals, bvecs: [], findings };
  }
  if (bvecs.length !== bvals.length) {
    findings.push(
      errorFinding(
        'input.invalid',
        `${bvecs.length} directions for ${bvals.length} b-values`,
        { file: bvecPath },
        'as many directions as b-values',
      ),
    );
  }
  const bad = nonUnitDirections({ bvals, bvecs });
  const first = bad[0];
  if (first !== undefined) {
    const length = Math.hypot(...(bvecs[first] ?? [NaN, NaN, NaN]));
    findings.push(
      errorFinding(
        'input.invalid',
        `${bad.length} directions have no unit length; volume ${first} (b=${bvals[first]}) has ${length.toFixed(3)}`,
        { file: bvecPath },
        'length 1 within 0.01',
      ),
    );
  }
  return { bvals, bvecs, findings };
}

/** Directions whose length is not 1 within `tolerance`, of volumes above the b=0 threshold. */
export function nonUnitDirections(
  { bvals, bvecs }: Pick<Gradients, 'bvals' | 'bvecs'>,
  tolerance = 0.01,
): number[] {
  return bvecs.flatMap((vector, index) => {
    if ((bvals[index] ?? 0) <= B0_THRESHOLD) return [];
    const length = Math.hypot(...vector);
    return Math.abs(length - 1) <= tolerance ? [] : [index];
  });
}

/** Directions in world coordinates (RAS) from the FSL convention of an image with this affine. */
export function bvecsToWorld(bvecs: readonly Vector3[], affine: Affine): Vector3[] {
  const sign = determinant(affine) > 0 ? -1 : 1;
  return bvecs.map(([x, y, z]) => {
    const v: Vector3 = [x * sign, y, z];
    const world = ([0, 1, 2] as const).map((row) =>
      ([0, 1, 2] as const).reduce<number>((sum, column) => {
        const size = Math.hypot(affine[0][column], affine[1][column], affine[2][column]);
        return sum + (affine[row][column] / size) * v[column];
      }, 0),
    );
    return [world[0] ?? 0, world[1] ?? 0, world[2] ?? 0];
  });
}

/** Directions with one component negated: what a mistaken axis does, and what turns FSL's convention into the other. */
export function flipAxis(bvecs: readonly Vector3[], axis: 0 | 1 | 2): Vector3[] {
  return bvecs.map(([x, y, z]) => [axis === 0 ? -x : x, axis === 1 ? -y : y, axis === 2 ? -z : z]);
}

/**
 * Shells, from low to high: mean b-value (s/mm^2) and number of volumes. b-values belong together where neighbours in
 * order are at most `tolerance` apart (as in MRtrix3's clustering of shells).
 */
export function shellsOf(bvals: readonly number[], tolerance = 100): { b: number; volumes: number }[] {
  const shells: number[][] = [];
  for (const b of bvals.filter((value) => Number.isFinite(value)).sort((p, q) => p - q)) {
    const shell = shells.at(-1);
    if (shell !== undefined && b - (shell.at(-1) ?? 0) <= tolerance) shell.push(b);
    else shells.push([b]);
  }
  return shells.map((shell) => ({
    b: shell.reduce((sum, b) => sum + b, 0) / shell.length,
    volumes: shell.length,
  }));
}
