import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import { applyAffine, invertAffine, multiplyAffines, type Affine } from '../../../src/imaging/affine.js';
import { desikanKilliany } from '../../../src/imaging/desikan-killiany.js';
import { fslFromVoxel } from '../../../src/imaging/fsl-matrix.js';
import { mghToNifti } from '../../../src/imaging/mgh-to-nifti.js';
import { mifGridOf } from '../../../src/imaging/mif-header.js';
import { gridOf, readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { ltaMatrix } from '../../../src/skills/adapters/lta-matrix.js';
import { testData } from '../../support/data.js';
import { header, rows, runtime, useMrtrix, voxels } from './mrtrix3-support.js';

type Point = [number, number, number];

/** Where a head of the T1w space lies in the series: 12 degrees about an oblique axis and a shift, from T1w to series. */
const PLANTED: Affine = (() => {
  const [c, s] = [Math.cos(0.21), Math.sin(0.21)];
  const about = [0.48, -0.6, 0.64] as const;
  const row = (i: 0 | 1 | 2, shift: number): [number, number, number, number] => {
    const cross = [
      [0, -about[2], about[1]],
      [about[2], 0, -about[0]],
      [-about[1], about[0], 0],
    ][i]!;
    const at = (j: 0 | 1 | 2): number => (i === j ? c : 0) + s * cross[j]! + (1 - c) * about[i] * about[j];
    return [at(0), at(1), at(2), shift];
  };
  return [row(0, 9), row(1, -14), row(2, 6), [0, 0, 0, 1]];
})();
/** Landmarks in T1w space, mm: none of them symmetrical to another. */
const LANDMARKS: readonly Point[] = [
  [20, 10, -6],
  [-24, 18, 12],
  [6, -30, 20],
];
const T1W: Affine = [
  [2, 0, 0, -50],
  [0, 2, 0, -56],
  [0, 0, 2, -40],
  [0, 0, 0, 1],
];
/** Left-handed, oblique, larger voxels: as EPI is stored. */
const SERIES: Affine = [
  [-3, 0, 0, 66],
  [0, 2.94, -0.585, -62],
  [0, 0.585, 2.94, -52],
  [0, 0, 0, 1],
];

/** Gaussian balls of three brightnesses at points, on a grid. */
async function balls(
  path: string,
  points: readonly Point[],
  affine: Affine,
  shape: Point,
  datatype: 'float32' | 'uint8' = 'float32',
): Promise<string> {
  const data = new Float64Array(shape[0] * shape[1] * shape[2]);
  let at = 0;
  for (let k = 0; k < shape[2]; k++)
    for (let j = 0; j < shape[1]; j++)
      for (let i = 0; i < shape[0]; i++, at++) {
        const here = applyAffine(affine, [i, j, k]);
        points.forEach((point, n) => {
          const distance = Math.hypot(...here.map((value, axis) => value - point[axis]!));
          if (datatype === 'uint8') data[at] = distance < 5 ? n + 1 : data[at]!;
          else data[at]! += (n + 1) * 100 * Math.exp(-((distance / 4) ** 2));
        });
      }
  await writeNifti(path, { dims: shape, affine, datatype, data });
  return path;
}

/** Centres of mass of labels 1 to 3, in scanner space. */
async function centresOf(path: string): Promise<Point[]> {
  const grid = mifGridOf(await header(path));
  const values = await voxels(path);
  const [nx, ny] = grid.shape;
  return [1, 2, 3].map((label) => {
    const sum = [0, 0, 0, 0];
    values.forEach((value, at) => {
      if (Math.round(value) !== label) return;
      const point = applyAffine(grid.affine, [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]);
      point.forEach((coordinate, axis) => (sum[axis]! += coordinate));
      sum[3]! += 1;
    });
    return sum.slice(0, 3).map((value) => value / sum[3]!) as Point;
  });
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, axis) => value - b[axis]!));
}

/** A registration from the series to T1w, planted, as FLIRT and bbregister would write it; images of T1w are brought to the series. */
describe.skipIf(!runtime)('bringing T1w images to the diffusion series', { timeout: 120_000 }, () => {
  const mrtrix = useMrtrix();
  let [t1w, labels, b0, flirt] = ['', '', '', ''];
  const inSeries = LANDMARKS.map((point) => applyAffine(PLANTED, point));

  beforeAll(async () => {
    const at = (name: string): string => join(mrtrix.folder, name);
    t1w = await balls(at('t1w.nii'), LANDMARKS, T1W, [52, 58, 44]);
    labels = await balls(at('labels.nii'), LANDMARKS, T1W, [52, 58, 44], 'uint8');
    b0 = await balls(at('b0.nii'), inSeries, SERIES, [44, 42, 36]);
    const [moving, fixed] = [gridOf(await readNiftiHeader(b0)), gridOf(await readNiftiHeader(t1w))];
    // By FSL's definition: from FSL coordinates of -in (the series) to those of -ref (T1w).
    const toWorld = multiplyAffines(moving.affine, invertAffine(fslFromVoxel(moving)));
    const fromWorld = multiplyAffines(fslFromVoxel(fixed), invertAffine(fixed.affine));
    const matrix = multiplyAffines(fromWorld, multiplyAffines(invertAffine(PLANTED), toWorld));
    flirt = at('flirt.mat');
    await writeFile(flirt, `${matrix.map((row) => row.join('  ')).join('\n')}\n`);
  });

  it('mrtrix3/transformconvert-flirt gives a matrix from T1w to the series, the same that the headers give', async () => {
    const made = await mrtrix.run('mrtrix3/transformconvert-flirt', {
      inputs: { transform: flirt, moving: b0, fixed: t1w },
    });
    const matrix = (await rows(made('matrix'))).slice(0, 3);
    matrix.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(PLANTED[i]![j]!, 3)));
  });

  it('a matrix that was converted with the images exchanged is refused', async () => {
    const exchanged = await mrtrix.attempt('mrtrix3/transformconvert-flirt', {
      inputs: { transform: flirt, moving: t1w, fixed: b0 },
    });
    const matrix = exchanged.outputs['matrix'] ?? '';
    const results = await runChecks(
      {
        output: 'matrix',
        kind: 'transform',
        path: matrix,
        inputs: { m: [flirt], a: [b0], b: [t1w] },
        outputs: {},
        params: {},
        sidecar: {},
      },
      [{ check: 'transform.flirt', args: { matrix: 'm', moving: 'a', fixed: 'b' } }],
    );
    expect(results.map(({ ok }) => ok)).toEqual([false]);
    expect(results[0]?.findings[0]?.message).toMatch(/beside what FLIRT found/);
  });

  it('mrtrix3/mrtransform-header with its inverse puts landmarks of T1w where they are in the series', async () => {
    const converted = await mrtrix.run('mrtrix3/transformconvert-flirt', {
      inputs: { transform: flirt, moving: b0, fixed: t1w },
    });
    const move = (inverse: boolean) =>
      mrtrix.run('mrtrix3/mrtransform-header', {
        inputs: { image: labels, linear: converted('matrix') },
        params: { inverse },
      });
    const right = await centresOf((await move(true))('moved'));
    const wrong = await centresOf((await move(false))('moved'));
    inSeries.forEach((point, n) => {
      expect(distance(right[n]!, point)).toBeLessThan(0.6);
      expect(distance(wrong[n]!, point)).toBeGreaterThan(15);
    });
  });

  it('mrtrix3/mrtransform-linear with its inverse does the same on the grid of the series', async () => {
    const converted = await mrtrix.run('mrtrix3/transformconvert-flirt', {
      inputs: { transform: flirt, moving: b0, fixed: t1w },
    });
    const made = await mrtrix.run('mrtrix3/mrtransform-linear', {
      inputs: { image: t1w, linear: converted('matrix'), template: b0 },
      params: { inverse: true, interp: 'linear' },
    });
    const values = await voxels(made('moved'));
    const truth = await readVoxels(await readNiftiHeader(b0));
    // Axis order and flips of the two files differ: compare the brightest voxel by its place.
    const peak = (data: Float64Array): number => data.indexOf(Math.max(...data));
    const placeOf = (index: number, grid: { shape: readonly number[]; affine: Affine }): Point => {
      const [nx = 1, ny = 1] = grid.shape;
      return applyAffine(grid.affine, [
        index % nx,
        Math.floor(index / nx) % ny,
        Math.floor(index / (nx * ny)),
      ]);
    };
    const moved = placeOf(peak(values), mifGridOf(await header(made('moved'))));
    const there = placeOf(peak(truth), gridOf(await readNiftiHeader(b0)));
    expect(distance(moved, there)).toBeLessThan(3.5);
  });

  it.each(['scanner coordinates', 'voxels'])(
    'the matrix of an LTA in %s puts landmarks at the same places',
    async (kind) => {
      const folder = join(mrtrix.folder, `lta ${kind}`);
      await mkdir(join(folder, 'out'), { recursive: true });
      const [moving, fixed] = [gridOf(await readNiftiHeader(b0)), gridOf(await readNiftiHeader(t1w))];
      const world = invertAffine(PLANTED);
      const matrix =
        kind === 'voxels'
          ? multiplyAffines(invertAffine(fixed.affine), multiplyAffines(world, moving.affine))
          : world;
      await writeFile(
        join(folder, 'out', 'transform.lta'),
        lta(matrix, kind === 'voxels' ? 0 : 1, moving, fixed),
      );
      await ltaMatrix.finish?.({ folder, params: {}, inputs: [] });
      const made = await mrtrix.run('mrtrix3/mrtransform-header', {
        inputs: { image: labels, linear: join(folder, 'out', 'matrix.txt') },
        params: { inverse: true },
      });
      (await centresOf(made('moved'))).forEach((point, n) =>
        expect(distance(point, inSeries[n]!)).toBeLessThan(0.6),
      );
    },
  );

  it('mrtrix3/mrtransform-header is refused where voxels changed on the way', async () => {
    const made = await mrtrix.run('mrtrix3/mrtransform-header', {
      inputs: { image: labels, linear: join(mrtrix.folder, 'lta voxels', 'out', 'matrix.txt') },
    });
    const subject = {
      output: 'moved',
      kind: 'mif',
      path: made('moved'),
      outputs: {},
      params: {},
      sidecar: {},
    };
    const judge = (input: string) =>
      runChecks({ ...subject, inputs: { image: [input] } }, [
        { check: 'mif.same-voxels', args: { input: 'image' } },
      ]);
    expect((await judge(labels)).map(({ ok }) => ok)).toEqual([true]);
    expect((await judge(t1w)).map(({ ok }) => ok)).toEqual([false]);
  });

  it('mrtrix3/mtnormalise3 takes a planted bias field out of three compartments, and leaves their shares', async () => {
    const shape: Point = [20, 20, 20];
    const planted = new Float64Array(8000);
    const shares = [0, 1, 2].map(() => new Float64Array(8000));
    for (let at = 0; at < 8000; at++) {
      const [x, y, z] = [at % 20, Math.floor(at / 20) % 20, Math.floor(at / 400)];
      const [wm, gm] = [0.35 + 0.25 * Math.sin(x / 2), 0.3 + 0.2 * Math.cos(y / 1.5 + z / 3)];
      planted[at] = Math.exp(0.03 * (x - 10) - 0.02 * (z - 10));
      // Coefficients of order 0 of shares of one volume: divided by the square root of 4 pi.
      [wm, gm, 1.2 - wm - gm].forEach(
        (share, n) => (shares[n]![at] = (share * planted[at]!) / Math.sqrt(4 * Math.PI)),
      );
    }
    const write = async (name: string, data: Float64Array, volumes = 1): Promise<string> => {
      const path = join(mrtrix.folder, `${name}.nii`);
      const all = new Float64Array(8000 * volumes);
      all.set(data);
      const dims = volumes === 1 ? shape : [...shape, volumes];
      await writeNifti(path, { dims, affine: T1W, datatype: 'float32', data: all });
      return path;
    };
    const made = await mrtrix.run('mrtrix3/mtnormalise3', {
      inputs: {
        wmfod: await write('wm', shares[0]!, 6),
        gm: await write('gm', shares[1]!),
        csffod: await write('csf', shares[2]!),
        mask: await write('mask', new Float64Array(8000).fill(1)),
      },
    });
    const field = await voxels(made('norm'));
    const ratio = Array.from(field, (value, at) => value / planted[at]!);
    const middle = ratio.reduce((sum, value) => sum + value, 0) / ratio.length;
    expect(Math.max(...ratio.map((value) => Math.abs(value / middle - 1)))).toBeLessThan(0.03);
  });

  it('quality/lookup-freesurfer and mrtrix3/labelconvert number a real parcellation as MRtrix3 numbered it', async () => {
    const at = (name: string): string => join(mrtrix.folder, name);
    const labelled = ['bids', 'adult-t1w', 'derivatives', 'freesurfer-labels', 'sub-01', 'anat'];
    await mghToNifti(testData(...labelled, 'sub-01_desc-aparcaseg_dseg.mgz'), at('aparcaseg.nii.gz'));
    await writeFile(at('in.txt'), desikanKilliany.map(({ label, name }) => `${label} ${name}\n`).join(''));
    await writeFile(at('out.txt'), desikanKilliany.map(({ name }, n) => `${n + 1} ${name}\n`).join(''));
    const made = await mrtrix.run('mrtrix3/labelconvert', {
      inputs: { labels: at('aparcaseg.nii.gz'), lut_in: at('in.txt'), lut_out: at('out.txt') },
    });
    const grid = mifGridOf(await header(made('nodes')));
    const nodes = await voxels(made('nodes'));
    expect(new Set(nodes)).toEqual(new Set(Array.from({ length: 85 }, (_, n) => n)));
    // The parcellation that came with these data was made by MRtrix3's own tables, on another grid.
    const other = await readNiftiHeader(testData(...labelled, 'sub-01_atlas-desikan_dseg.nii.gz'));
    const known = await readVoxels(other);
    const theirs = gridOf(other);
    const back = invertAffine(theirs.affine);
    let [same, all] = [0, 0];
    const [nx, ny] = grid.shape;
    nodes.forEach((value, index) => {
      const point = applyAffine(grid.affine, [
        index % nx,
        Math.floor(index / nx) % ny,
        Math.floor(index / (nx * ny)),
      ]);
      const [i, j, k] = applyAffine(back, point).map(Math.round) as Point;
      if ([i, j, k].some((n, axis) => n < 0 || n >= theirs.shape[axis]!)) return;
      const there = known[i + theirs.shape[0] * (j + theirs.shape[1] * k)]!;
      if (value === 0 || there === 0) return;
      all += 1;
      if (value === there) same += 1;
    });
    expect(all).toBeGreaterThan(10_000);
    expect(same / all).toBeGreaterThan(0.95);
  });
});

/** In the form that FreeSurfer's transform.c writes. */
function lta(
  matrix: Affine,
  type: 0 | 1,
  src: { shape: readonly number[]; affine: Affine },
  dst: { shape: readonly number[]; affine: Affine },
): string {
  const volume = (name: string, { shape, affine }: typeof src): string => {
    const sizes = [0, 1, 2].map((n) => Math.hypot(...[0, 1, 2].map((row) => affine[row as 0][n as 0])));
    const cosines = [0, 1, 2].map((n) => [0, 1, 2].map((row) => affine[row as 0][n as 0] / sizes[n]!));
    const centre = applyAffine(affine, shape.map((n) => n / 2) as Point);
    return [
      `${name} volume info`,
      'valid = 1  # volume info valid',
      `filename = ${name}.nii`,
      `volume = ${shape.join(' ')}`,
      `voxelsize = ${sizes.join(' ')}`,
      ...cosines.map((cosine, n) => `${'xyz'[n]}ras   = ${cosine.join(' ')}`),
      `cras   = ${centre.join(' ')}`,
    ].join('\n');
  };
  return [
    `type      = ${type} # LINEAR`,
    'nxforms   = 1',
    'mean      = 0.0000 0.0000 0.0000',
    'sigma     = 1.0000',
    '1 4 4',
    ...matrix.map((row) => row.join(' ')),
    volume('src', src),
    volume('dst', dst),
    'subject test',
    'fscale 0.150000',
    '',
  ].join('\n');
}
