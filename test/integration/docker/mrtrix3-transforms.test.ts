import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import { testData } from '../../support/data.js';
import { header, median, phantom, rows, runtime, sum, useMrtrix, voxels } from './mrtrix3-support.js';

/** A real head at 6 mm, moved by a known matrix and found again. */
describe.skipIf(!runtime)('the MRtrix3 skills on transforms', { timeout: 120_000 }, () => {
  const mrtrix = useMrtrix();
  let head = '';
  let moved = '';
  let matrix = '';
  const labels = phantom('parc.mif');

  beforeAll(async () => {
    const t1w = testData('bids', 'adult-t1w', 'sub-01', 'anat', 'sub-01_T1w.nii.gz');
    head = await mrtrix.tool(
      ['mrgrid', '/in/a/t1w.nii.gz', 'regrid', '-voxel', '6', '/out/head.mif', '-datatype', 'float32'],
      { 'in/a/t1w.nii.gz': t1w },
      'head.mif',
    );
    matrix = join(mrtrix.folder, 'matrix.txt');
    // 10 degrees about the third axis and a shift of 6 mm.
    await writeFile(matrix, '0.984808 -0.173648 0 6\n0.173648 0.984808 0 0\n0 0 1 0\n0 0 0 1\n');
    const made = await mrtrix.run('mrtrix3/mrtransform-linear', {
      inputs: { image: head, linear: matrix, template: head },
      params: { interp: 'linear' },
    });
    moved = made('moved');
  });

  it('mrtrix3/transformcalc inverts a matrix', async () => {
    const made = await mrtrix.run('mrtrix3/transformcalc', {
      inputs: { inputs: [matrix] },
      params: { operation: 'invert' },
    });
    const inverse = await rows(made('output'));
    expect(inverse[0]![0]).toBeCloseTo(0.984808, 4);
    expect(inverse[0]![1]).toBeCloseTo(0.173648, 4);
  });

  it('mrtrix3/mrregister-rigid finds the matrix again, and mrtrix3/mrtransform-linear moves by it', async () => {
    const made = await mrtrix.run('mrtrix3/mrregister-rigid', {
      inputs: { moving: moved, fixed: head },
      params: { scale: [0.5, 1], niter: [50, 50] },
    });
    const found = await rows(made('transform'));
    const truth = await rows(
      (
        await mrtrix.run('mrtrix3/transformcalc', {
          inputs: { inputs: [matrix] },
          params: { operation: 'invert' },
        })
      )('output'),
    );
    // Which way the matrix maps is MRtrix3's convention: one of the two must fit.
    const known = await rows(matrix);
    const distance = (a: number[][], b: number[][]): number =>
      Math.max(...[0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => Math.abs(a[i]![j]! - b[i]![j]!))));
    expect(Math.min(distance(found, truth), distance(found, known))).toBeLessThan(0.02);
    const back = await mrtrix.run('mrtrix3/mrtransform-linear', {
      inputs: { image: moved, linear: made('transform'), template: head },
    });
    const [a, b, c] = [await voxels(head), await voxels(back('moved')), await voxels(moved)];
    expect(correlation(a, b)).toBeGreaterThan(0.95);
    expect(correlation(a, b)).toBeGreaterThan(correlation(a, c));
  });

  it('mrtrix3/mrregister-affine finds a scale', async () => {
    const scale = join(mrtrix.folder, 'scale.txt');
    await writeFile(scale, '1.1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n');
    const wide = await mrtrix.run('mrtrix3/mrtransform-linear', {
      inputs: { image: head, linear: scale, template: head },
    });
    const made = await mrtrix.run('mrtrix3/mrregister-affine', {
      inputs: { moving: wide('moved'), fixed: head },
      params: { scale: [0.5, 1], niter: [50, 50] },
    });
    const found = (await rows(made('transform')))[0]![0]!;
    expect(Math.min(Math.abs(found - 1.1), Math.abs(found - 1 / 1.1))).toBeLessThan(0.03);
  });

  it('mrtrix3/mrregister-nonlinear, mrtrix3/mrtransform-warp, mrtrix3/warp2metric and mrtrix3/warpinvert', async () => {
    const made = await mrtrix.run('mrtrix3/mrregister-nonlinear', {
      inputs: { moving: moved, fixed: head },
      params: { nl_scale: [0.5], nl_niter: [5], affine_scale: [0.5, 1], affine_niter: [50, 50] },
    });
    const back = await mrtrix.run('mrtrix3/mrtransform-warp', {
      inputs: { image: moved, warp: made('warp'), template: head },
    });
    expect(correlation(await voxels(head), await voxels(back('moved')))).toBeGreaterThan(0.9);
    const metric = await mrtrix.run('mrtrix3/warp2metric', {
      inputs: { in: made('warp') },
      params: { write_jdet: true },
    });
    const jdet = [...(await voxels(metric('jdet')))].filter(Number.isFinite);
    expect(median(jdet)).toBeGreaterThan(0.8);
    expect(median(jdet)).toBeLessThan(1.2);
    const inverse = await mrtrix.run('mrtrix3/warpinvert', { inputs: { in: made('warp') } });
    expect((await header(inverse('out'))).dims[3]).toBe(3);
  });

  it('mrtrix3/warpinit, mrtrix3/warpconvert and mrtrix3/warpcorrect: the identity displaces nothing', async () => {
    const identity = await mrtrix.run('mrtrix3/warpinit', { inputs: { template: labels } });
    const displacement = await mrtrix.run('mrtrix3/warpconvert', {
      inputs: { in: identity('warp') },
      params: { type: 'deformation2displacement' },
    });
    expect(Math.max(...(await voxels(displacement('out'))).map(Math.abs))).toBeLessThan(1e-4);
    const marked = await mrtrix.tool(
      ['mrcalc', '/in/a/w.mif', '0', '-gt', '/in/a/w.mif', '0', '-if', '/out/w.mif'],
      { 'in/a/w.mif': identity('warp') },
      'w.mif',
    );
    const corrected = await mrtrix.run('mrtrix3/warpcorrect', { inputs: { in: marked } });
    expect((await voxels(corrected('out'))).some(Number.isNaN)).toBe(true);
  });

  it('mrtrix3/transformcompose-warp joins a matrix and its inverse to nothing', async () => {
    const inverse = await mrtrix.run('mrtrix3/transformcalc', {
      inputs: { inputs: [matrix] },
      params: { operation: 'invert' },
    });
    const made = await mrtrix.run('mrtrix3/transformcompose-warp', {
      inputs: { transforms: [matrix, inverse('output')], template: labels },
    });
    const identity = await mrtrix.run('mrtrix3/warpinit', { inputs: { template: labels } });
    const [a, b] = [await voxels(made('warp')), await voxels(identity('warp'))];
    expect(Math.max(...a.map((value, at) => Math.abs(value - b[at]!)))).toBeLessThan(1e-3);
  });

  it('mrtrix3/transformconvert-itk turns LPS into RAS', async () => {
    const itk = join(mrtrix.folder, 'itk.txt');
    await writeFile(
      itk,
      '#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\nParameters: 1 0 0 0 1 0 0 0 1 3 4 5\nFixedParameters: 0 0 0\n',
    );
    const made = await mrtrix.run('mrtrix3/transformconvert-itk', { inputs: { transform: itk } });
    expect((await rows(made('matrix'))).map((row) => row[3])).toEqual([-3, -4, 5, 1]);
  });

  it('mrtrix3/mrtransform-labels keeps labels whole on a finer grid; a coarse one and linear interpolation are caught', async () => {
    const fine = await mrtrix.tool(
      ['mrgrid', '/in/a/parc.mif', 'regrid', '-voxel', '0.8', '/out/fine.mif'],
      { 'in/a/parc.mif': labels },
      'fine.mif',
    );
    const made = await mrtrix.run('mrtrix3/mrtransform-labels', { inputs: { labels, template: fine } });
    expect(new Set(await voxels(made('moved')))).toEqual(new Set([0, 1, 2, 3, 4]));
    // Two of the regions are one voxel of 1 mm thick.
    const coarse = await mrtrix.attempt('mrtrix3/mrtransform-labels', {
      inputs: { labels, template: phantom('mask.mif') },
    });
    expect(coarse.checks.filter((check) => !check.ok).map((check) => check.check)).toEqual(['labels.subset']);
    const doubled = await mrtrix.tool(
      ['mrcalc', '/in/a/parc.mif', '10', '-mult', '/out/ten.mif'],
      { 'in/a/parc.mif': labels },
      'ten.mif',
    );
    const linear = await mrtrix.tool(
      [
        'mrtransform',
        '/in/a/ten.mif',
        '-template',
        '/in/b/fine.mif',
        '-interp',
        'linear',
        '-datatype',
        'uint32',
        '/out/labels.mif',
      ],
      { 'in/a/ten.mif': doubled, 'in/b/fine.mif': fine },
      'labels.mif',
    );
    const [found] = await runChecks(
      {
        output: 'moved',
        kind: 'mif',
        path: linear,
        inputs: { labels: [doubled] },
        outputs: {},
        params: {},
        sidecar: {},
      },
      [{ check: 'labels.subset', args: { input: 'labels' } }],
    );
    expect(found?.ok).toBe(false);
  });

  it('mrtrix3/population-template makes one head of two', async () => {
    const folder = join(mrtrix.folder, 'two');
    await mkdir(folder);
    await cp(head, join(folder, 'a.mif'));
    await cp(moved, join(folder, 'b.mif'));
    const made = await mrtrix.run('mrtrix3/population-template', {
      inputs: { input_dir: folder },
      params: {
        type: 'rigid',
        rigid_scale: [0.5, 1],
        rigid_niter: [30, 30],
        rigid_lmax: [0, 0],
        linear_no_pause: true,
        voxel_size: [6],
      },
      call: { walltimeS: 110 },
    });
    const template = await voxels(made('template'));
    expect(sum([...template].filter((value) => value > 0)) / template.length).toBeGreaterThan(0);
  });
});

function correlation(a: Float64Array, b: Float64Array): number {
  const pairs = [...a]
    .map((value, at) => [value, b[at]!] as const)
    .filter(([x, y]) => Number.isFinite(x + y) && y !== 0);
  const [mx, my] = [0, 1].map((side) => sum(pairs.map((pair) => pair[side]!)) / pairs.length) as [
    number,
    number,
  ];
  const cov = sum(pairs.map(([x, y]) => (x - mx) * (y - my)));
  const [vx, vy] = [sum(pairs.map(([x]) => (x - mx) ** 2)), sum(pairs.map(([, y]) => (y - my) ** 2))];
  return cov / Math.sqrt(vx * vy);
}
