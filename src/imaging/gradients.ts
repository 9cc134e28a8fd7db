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

/** Reads b-values and directions; a table of N rows by 3 is turned. What does not fit together is a finding. */
export async function readGradients(bvalPath: string, bvecPath: string): Promise<Gradients> {
  const bval = await readNumberRows(bvalPath);
  const bvec = await readNumberRows(bvecPath);
  const findings = [...bval.findings, ...bvec.findings];
  const bvals = bval.rows.flat();
  const upright = bvec.rows.length !== 3 && bvec.rows.every((row) => row.length === 3);
  const columns = upright
    ? bvec.rows
    : (bvec.rows[0] ?? []).map((_, index) => bvec.rows.map((row) => row[index] ?? NaN));
  if (!upright && (bvec.rows.length !== 3 || bvec.rows.some((row) => row.length !== bvec.rows[0]?.length))) {
    const lengths = bvec.rows.map((row) => row.length).join(', ');
    findings.push(
      errorFinding(
        'input.malformed',
        `${bvec.rows.length} rows of ${lengths} numbers`,
        { file: bvecPath },
        'three rows of one number per volume',
      ),
    );
  }
  if (columns.length !== bvals.length) {
    findings.push(
      errorFinding(
        'input.invalid',
        `${columns.length} directions for ${bvals.length} b-values`,
        { file: bvecPath },
        'as many directions as b-values',
      ),
    );
  }
  const bvecs = columns.map((column): Vector3 => [column[0] ?? NaN, column[1] ?? NaN, column[2] ?? NaN]);
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

/** Shells: mean b-value and number of volumes of each cluster of b-values within `tolerance` s/mm^2. */
export function shellsOf(bvals: readonly number[], tolerance = 100): { b: number; volumes: number }[] {
  const shells: number[][] = [];
  for (const b of [...bvals].sort((p, q) => p - q)) {
    const shell = shells.at(-1);
    if (shell !== undefined && b - (shell.at(-1) ?? 0) <= tolerance) shell.push(b);
    else shells.push([b]);
  }
  return shells.map((shell) => ({
    b: shell.reduce((sum, b) => sum + b, 0) / shell.length,
    volumes: shell.length,
  }));
}
