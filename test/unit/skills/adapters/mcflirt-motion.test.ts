import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyAffine, invertAffine, type Affine } from '../../../../src/imaging/affine.js';
import { writeNifti } from '../../../../src/imaging/nifti-write.js';
import { mcflirtMotion } from '../../../../src/skills/adapters/mcflirt-motion.js';
import { check, subject } from '../../checks/subject.js';
import { headAffine, headShape, movingHead, type Motion } from '../../../support/moving-head.js';
import { temporaryFolder } from '../../../support/temporary.js';

const still: Motion = [0, 0, 0, 0, 0, 0];
const planted: readonly Motion[] = [
  [4, -2, 1, 0.05, 0, 0],
  [0, 5, 0, 0, -0.06, 0.02],
  still,
  [0, 0, -3, 0, 0, 0.09],
  [-6, 3, 2, -0.04, 0.05, -0.07],
];

type Point = [number, number, number];

/** Rx Ry Rz, turn by turn. */
function turn([x, y, z]: Point, [, , , rx, ry, rz]: Motion): Point {
  const [x1, y1] = [Math.cos(rz) * x - Math.sin(rz) * y, Math.sin(rz) * x + Math.cos(rz) * y];
  const [x2, z2] = [Math.cos(ry) * x1 + Math.sin(ry) * z, Math.cos(ry) * z - Math.sin(ry) * x1];
  return [x2, Math.cos(rx) * y1 - Math.sin(rx) * z2, Math.sin(rx) * y1 + Math.cos(rx) * z2];
}

/**
 * The matrix that MCFLIRT writes for a volume whose head moved so: found from where four points of the volume were in the
 * reference, each put into FSL's coordinates by hand (voxel index times size; x from the other end in a right-handed grid).
 */
function matrixOf(motion: Motion, affine: Affine): Affine {
  const size = 5;
  const right = affine[0][0] > 0;
  const toFsl = (world: Point): Point => {
    const [i, j, k] = applyAffine(invertAffine(affine), world);
    return [size * (right ? headShape[0] - 1 - i : i), size * j, size * k];
  };
  const centre = applyAffine(affine, headShape.map((n) => (n - 1) / 2) as unknown as Point);
  const pairs = (
    [
      [0, 0, 0],
      [10, 0, 0],
      [0, 10, 0],
      [0, 0, 10],
    ] as Point[]
  ).map((offset) => {
    const before = offset.map((value, axis) => value + centre[axis]!) as Point;
    const turned = turn(offset, motion);
    const after = turned.map((value, axis) => value + centre[axis]! + motion[axis]!) as Point;
    return { from: toFsl(after), to: toFsl(before) };
  });
  // Columns of differences: to = M from.
  const basis = (key: 'from' | 'to'): Affine => {
    const [origin, ...ends] = pairs.map((pair) => pair[key]) as [Point, Point, Point, Point];
    const row = (axis: 0 | 1 | 2): [number, number, number, number] => [
      ends[0][axis] - origin[axis],
      ends[1][axis] - origin[axis],
      ends[2][axis] - origin[axis],
      origin[axis],
    ];
    return [row(0), row(1), row(2), [0, 0, 0, 1]];
  };
  const back = invertAffine(basis('from'));
  const rows = basis('to').map((row) =>
    [0, 1, 2, 3].map((column) => row.reduce((sum, value, n) => sum + value * back[n]![column]!, 0)),
  );
  return rows as unknown as Affine;
}

/** What MCFLIRT leaves of a run: matrices, and the run as it is without motion. */
async function attempt(
  affine: Affine,
  matrices = planted.map((motion) => matrixOf(motion, affine)),
): Promise<{ folder: string; bold: string }> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out', 'corrected.mat'), { recursive: true });
  matrices.forEach((matrix, volume) => {
    const name = `MAT_${String(volume).padStart(4, '0')}`;
    writeFileSync(
      join(folder, 'out', 'corrected.mat', name),
      `${matrix.map((row) => `${row.join('  ')}  `).join('\n')}\n`,
    );
  });
  const bold = join(folder, 'bold.nii');
  const image = (motion: readonly Motion[]) => ({
    dims: [...headShape, motion.length],
    affine,
    datatype: 'float32' as const,
    data: movingHead(motion),
    repetitionTimeS: 2,
  });
  await writeNifti(bold, image(planted));
  await writeNifti(join(folder, 'out', 'corrected.nii.gz'), image(planted.map(() => still)));
  return { folder, bold };
}

const finish = ({ folder, bold }: { folder: string; bold: string }, params = {}): Promise<void> | undefined =>
  mcflirtMotion.finish?.({ folder, params, inputs: [{ hostPath: bold, toolPath: '/in/bold/bold.nii' }] });

const rowsOf = (folder: string): number[][] =>
  readFileSync(join(folder, 'out', 'motion.tsv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t').map(Number));

const applied = async (folder: string, bold: string): Promise<boolean> => {
  const paths = { motion: 'motion.tsv', corrected: 'corrected.nii.gz' };
  const outputs = Object.fromEntries(
    Object.entries(paths).map(([id, name]) => [id, join(folder, 'out', name)]),
  );
  const asked = { ...subject(outputs['motion'] ?? ''), inputs: { bold: [bold] }, outputs };
  return (await check(asked, 'motion.applied', { image: 'bold', corrected: 'corrected' })).ok;
};

describe('motion of MCFLIRT in scanner space', () => {
  it('is what was planted, about the centre of the grid, from the reference to the volume', async () => {
    const made = await attempt(headAffine);
    await finish(made);
    rowsOf(made.folder).forEach((row, volume) =>
      row.forEach((value, n) => expect(value).toBeCloseTo(planted[volume]![n]!, 4)),
    );
    expect(await applied(made.folder, made.bold)).toBe(true);
  });

  it('is the same for a grid that is stored right-handed, where FSL turns x round', async () => {
    const [a, b, c] = headAffine;
    const flip = (row: readonly number[]): [number, number, number, number] => [
      -row[0]!,
      row[1]!,
      row[2]!,
      row[3]! + row[0]! * (headShape[0] - 1),
    ];
    const right: Affine = [flip(a), flip(b), flip(c), [0, 0, 0, 1]];
    const made = await attempt(right);
    await finish(made);
    rowsOf(made.folder).forEach((row, volume) =>
      row.forEach((value, n) => expect(value).toBeCloseTo(planted[volume]![n]!, 4)),
    );
  });

  it('is refused where the matrices lead the other way', async () => {
    const inverse = planted.map((motion) => invertAffine(matrixOf(motion, headAffine)));
    const made = await attempt(headAffine, inverse);
    await finish(made);
    expect(await applied(made.folder, made.bold)).toBe(false);
  });

  it('comes with the volume that the others were moved to, where it is one of the run', async () => {
    const made = await attempt(headAffine);
    await finish(made);
    expect(existsSync(join(made.folder, 'out', 'reference.nii.gz'))).toBe(true);
    const other = await attempt(headAffine);
    await finish(other, { mean_volume: true, dof: 12 });
    for (const name of ['reference.nii.gz', 'motion.tsv'])
      expect(existsSync(join(other.folder, 'out', name))).toBe(false);
  });
});
