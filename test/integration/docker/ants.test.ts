import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChecks, type CheckResult } from '../../../src/checks/catalog.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { hasTestData, testData } from '../../support/data.js';
import { runSkill, succeed, type SkillInputs, type SkillRun } from '../../support/run-skill.js';
import { engineForTests, lockForTests, removeFolder, temporaryFolder } from './support.js';

const runtime = hasTestData ? await engineForTests() : undefined;
const anat = (name: string): string => testData('bids', 'adult-t1w', 'sub-01', 'anat', name);
const derived = (name: string): string =>
  testData('bids', 'adult-t1w', 'derivatives', 'freesurfer-labels', 'sub-01', 'anat', name);

const voxels = async (path: string): Promise<Float64Array> => readVoxels(await readNiftiHeader(path), 0);

function extremes(values: Float64Array): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

/** Dice of two masks on one grid: voxels above the thresholds. */
async function dice(a: string, b: string, [aboveA, aboveB] = [0.5, 0.5]): Promise<number> {
  const [p, q] = [await voxels(a), await voxels(b)];
  let [both, sum] = [0, 0];
  p.forEach((value, index) => {
    const [inA, inB] = [value > aboveA, (q[index] ?? 0) > aboveB];
    if (inA && inB) both += 1;
    sum += Number(inA) + Number(inB);
  });
  return (2 * both) / sum;
}

/** A head and a template of brains, both at 4 mm: every program runs in seconds. */
describe.skipIf(!runtime)('the ANTs skills on a head and a template', { timeout: 300_000 }, () => {
  let folder: string;
  let environment: OpenEnvironment;
  /** Paths of what was made so far. */
  const made: Record<string, string> = {};
  const path = (name: string): string => {
    const found = made[name];
    if (found === undefined) throw new Error(`${name} was not made`);
    return found;
  };
  const attempt = (id: string, call: SkillInputs): Promise<SkillRun> =>
    runSkill(environment, folder, `ants/${id}`, { ...call, call: { walltimeS: 280 } });
  const run = (id: string, call: SkillInputs): Promise<(output: string) => string> =>
    succeed(attempt(id, call));
  const coarse = async (name: string, image: string, interpolation = 0): Promise<void> => {
    const result = await run('resample-image', {
      inputs: { image },
      params: { spacing: [4, 4, 4], interpolation },
    });
    made[name] = join(folder, `${name}.nii.gz`);
    await copyFile(result('resampled'), path(name));
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    const locked = await lockForTests(runtime!, 'ants', join(folder, 'neuroclaw.lock.json'));
    environment = await runtime!.open({ name: 'ants', env: {} }, locked);
  }, 600_000);
  afterAll(async () => {
    await runtime?.close();
    await removeFolder(folder);
  });

  it('ants/resample-image keeps the image where it is', async () => {
    await coarse('head', anat('sub-01_T1w.nii.gz'));
    await coarse('template', testData('templates', 'mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz'));
    await coarse('template-grey', testData('templates', 'mni_icbm152_gm_tal_nlin_sym_09a_converted.nii.gz'));
    await coarse('brain-mask', derived('sub-01_desc-brain_mask.nii.gz'), 1);
    await coarse('atlas', derived('sub-01_atlas-desikan_dseg.nii.gz'), 1);
    expect((await readNiftiHeader(path('template'))).voxelSizes).toEqual([4, 4, 4]);
  });

  it('ants/n4-bias-field-correction divides the image by its field', async () => {
    const params = { shrink: 2, iterations: [30, 30] };
    const corrected = await run('n4-bias-field-correction', { inputs: { image: path('head') }, params });
    made['corrected'] = corrected('corrected');
    const field = await voxels(corrected('bias_field'));
    const [low, high] = extremes(field);
    expect(high / low).toBeGreaterThan(1.1);

    const again = await run('n4-bias-field-correction', {
      inputs: { image: path('head') },
      params,
    });
    expect(await readFile(again('corrected'))).toEqual(await readFile(path('corrected')));

    // Planted: the field of another image, such as a step that mixed up two runs.
    const other = await run('n4-bias-field-correction', {
      inputs: { image: path('head') },
      params: { ...params, spline_distance: 60 },
    });
    const verdict = await verify(other('bias_field'), 'bias.explains', {
      inputs: { image: [path('head')], corrected: [path('corrected')] },
      args: { image: 'image', corrected: 'corrected' },
    });
    expect(verdict.findings.map((finding) => finding.message)).toEqual([
      expect.stringMatching(/the field times corrected is not image/),
    ]);
  });

  it('ants/denoise-image, ants/smooth-image, ants/otsu-threshold and ants/threshold-image', async () => {
    const image = path('head');
    const denoised = await run('denoise-image', { inputs: { image } });
    // With two threads the program gives another result every time.
    const repeated = await run('denoise-image', { inputs: { image } });
    expect(await voxels(repeated('denoised'))).toEqual(await voxels(denoised('denoised')));
    const noise = await voxels(denoised('noise'));
    expect(extremes(noise.map(Math.abs))[1]).toBeGreaterThan(0);
    const smooth = await run('smooth-image', { inputs: { image }, params: { sigma: 4 } });
    const [before, after] = [await voxels(image), await voxels(smooth('smoothed'))];
    const spread = (values: Float64Array): number => {
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    };
    expect(spread(after)).toBeLessThan(0.95 * spread(before));
    const otsu = await run('otsu-threshold', { inputs: { image }, params: { thresholds: 1 } });
    expect(new Set(await voxels(otsu('classes')))).toEqual(new Set([0, 1]));
    const mask = await run('threshold-image', {
      inputs: { image: path('template') },
      params: { low: 1e-6 },
    });
    made['template-mask'] = mask('mask');
    const nothing = await attempt('threshold-image', {
      inputs: { image: path('template') },
      params: { low: 1e6 },
    });
    expect(nothing.checks.filter((check) => !check.ok).map((check) => check.check)).toEqual([
      'nifti.non-constant',
    ]);
  });

  it('ants/mask-morphology, ants/apply-mask and ants/label-overlap', async () => {
    const eroded = await run('mask-morphology', {
      inputs: { image: path('brain-mask') },
      params: { operation: 'ME', radius: 1 },
    });
    const overlap = await run('label-overlap', {
      inputs: { source: eroded('mask'), target: path('brain-mask') },
    });
    const [, all = ''] = (await readFile(overlap('overlap'), 'utf8')).split('\n');
    expect(Number(all.split(',')[3])).toBeCloseTo(await dice(eroded('mask'), path('brain-mask')), 9);
    const masked = await run('apply-mask', {
      inputs: { image: path('corrected'), mask: path('brain-mask') },
    });
    made['brain'] = masked('masked');

    // Planted: labels on another grid. The program counts on, or says nothing of the places.
    const wrong = await attempt('label-overlap', {
      inputs: { source: path('brain-mask'), target: path('template-mask') },
    });
    const caught = wrong.checks.filter((check) => !check.ok).map((check) => check.check);
    expect(wrong.exit.exitCode !== 0 || caught.includes('overlap.grids')).toBe(true);
  });

  it('ants/atropos finds three tissues, grey matter where FreeSurfer has it', async () => {
    const inputs = { image: path('brain'), mask: path('brain-mask') };
    const segmented = await run('atropos', { inputs });
    made['tissue'] = segmented('segmentation');
    made['grey'] = segmented('posterior2');
    const again = await run('atropos', { inputs });
    expect(await voxels(again('segmentation'))).toEqual(await voxels(path('tissue')));
    // Planted: a mask of another region.
    const verdict = await verify(path('tissue'), 'labels.cover', {
      inputs: { mask: [await shifted(path('brain-mask'), 2)] },
      args: { mask: 'mask' },
    });
    expect(verdict.ok).toBe(false);
  });

  const levels = { linear_iterations: [200, 100, 50], linear_shrink: [4, 2, 1], linear_sigmas: [2, 1, 0] };
  const syn = {
    syn_iterations: [30, 20],
    syn_shrink: [2, 1],
    syn_sigmas: [1, 0],
    syn_step: 0.25,
    update_sigma: 2,
  };

  it('ants/registration brings the brain to the template: SyN overlaps in grey matter more than affine does', async () => {
    const registered = await run('registration', {
      inputs: { fixed: path('template'), moving: path('brain') },
      params: {
        ...levels,
        ...syn,
        sampling: 1,
        syn_metric: 'CC',
        syn_radius: 2,
        single_precision: 1,
        initialize: 'headers',
      },
    });
    for (const output of ['affine', 'warp', 'inverse_warp', 'warped']) made[output] = registered(output);
    const grey = async (direction: SkillInputs['inputs']): Promise<number> => {
      const moved = await run('apply-transforms', {
        inputs: { image: path('grey'), reference: path('template'), ...direction },
      });
      return dice(moved('moved'), path('template-grey'), [0.5, 127]);
    };
    const affine = await grey({ affine: path('affine') });
    const nonlinear = await grey({ affine: path('affine'), warp: path('warp') });
    console.info(`grey-matter Dice: affine ${affine.toFixed(3)}, SyN ${nonlinear.toFixed(3)}`);
    expect(nonlinear).toBeGreaterThan(affine + 0.04);
  });

  it('a registration that ran away, a mirrored transform and a fold are caught', async () => {
    const roles = { fixed: [path('template')], moving: [path('brain')] };
    const similarity = { inputs: roles, args: { fixed: 'fixed', moving: 'moving' } };
    expect((await verify(path('warped'), 'registration.similarity', similarity)).ok).toBe(true);
    expect((await verify(await shifted(path('warped'), 6), 'registration.similarity', similarity)).ok).toBe(
      false,
    );
    // Swapped: the fixed image on the grid of the moving one, in place of the other.
    const swapped = await run('registration', {
      inputs: { fixed: path('brain'), moving: path('template') },
      params: { ...levels, sampling: 1, type: 'affine', single_precision: 1, initialize: 'headers' },
    });
    expect(
      (await verify(swapped('warped'), 'nifti.same-grid', { inputs: roles, args: { input: 'fixed' } })).ok,
    ).toBe(false);

    const matrix = await readFile(path('affine'));
    const mirrored = join(folder, 'mirrored.mat');
    await copyFile(path('affine'), mirrored);
    await mirror(mirrored, matrix);
    const verdict = await verify(mirrored, 'transform.affine', { inputs: {}, args: {} });
    expect(verdict.findings.map((finding) => finding.message)).toEqual([expect.stringMatching(/it mirrors/)]);

    const header = await readNiftiHeader(path('warp'));
    const field = await readVoxels(header);
    const [nx = 1, ny = 1, nz = 1] = header.dims;
    const middle = (nx >> 1) + nx * ((ny >> 1) + ny * (nz >> 1));
    const folded = join(folder, 'folded.nii.gz');
    await writeNifti(folded, {
      dims: header.dims,
      affine: header.affine,
      datatype: 'float32',
      // One voxel thrown 30 mm to the side.
      data: field.map((value, index) => (index === middle ? value + 30 : value)),
    });
    expect((await verify(folded, 'warp.invertible', { inputs: {}, args: {} })).ok).toBe(false);
  });

  it('ants/jacobian-determinant is above 0 everywhere', async () => {
    const jacobian = await run('jacobian-determinant', { inputs: { warp: path('warp') } });
    const values = await voxels(jacobian('jacobian'));
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(1, 0);
  });

  it('ants/apply-transforms-labels keeps labels; linear interpolation of them is caught', async () => {
    const inputs = {
      image: path('atlas'),
      reference: path('template'),
      affine: path('affine'),
      warp: path('warp'),
    };
    const moved = await run('apply-transforms-labels', { inputs });
    const labels = new Set(await voxels(path('atlas')));
    expect([...new Set(await voxels(moved('moved')))].filter((label) => !labels.has(label))).toEqual([]);
    // There and back: where the atlas was, as far as 4 mm allow.
    const back = await run('apply-transforms-labels', {
      inputs: {
        image: moved('moved'),
        reference: path('atlas'),
        affine: path('affine'),
        warp: path('inverse_warp'),
      },
      params: { direction: 'inverse', interpolation: 'NearestNeighbor' },
    });
    const [first, second] = [await voxels(path('atlas')), await voxels(back('moved'))];
    const inside = [...first.keys()].filter((index) => (first[index] ?? 0) > 0);
    const kept = inside.filter((index) => first[index] === second[index]).length;
    expect(kept / inside.length).toBeGreaterThan(0.6);

    const linear = await run('apply-transforms', { inputs });
    for (const [name, args] of [
      ['nifti.integer', {}],
      ['labels.subset', { input: 'image' }],
    ] as const)
      expect([
        name,
        (await verify(linear('moved'), name, { inputs: { image: [path('atlas')] }, args })).ok,
      ]).toEqual([name, false]);
  });

  it('ants/brain-mask-from-template masks the brain as FreeSurfer does', async () => {
    const registered = await run('registration', {
      inputs: { fixed: path('template'), moving: path('corrected'), fixed_mask: path('template-mask') },
      params: { ...levels, sampling: 1, type: 'affine', single_precision: 1, initialize: 'headers' },
    });
    const roles = { image: path('corrected'), template_mask: path('template-mask') };
    const mask = await run('brain-mask-from-template', {
      inputs: { ...roles, affine: registered('affine') },
    });
    const overlap = await dice(mask('mask'), path('brain-mask'));
    console.info(`brain mask against FreeSurfer's: Dice ${overlap.toFixed(3)}`);
    expect(overlap).toBeGreaterThan(0.9);
  });

  it('ants/registration-syn-quick aligns the brain linearly, twice the same with one thread', async () => {
    const call = {
      inputs: { fixed: path('template'), moving: path('brain') },
      params: { type: 'r', precision: 'f' },
      threads: 1,
    };
    const once = await run('registration-syn-quick', call);
    const twice = await run('registration-syn-quick', call);
    expect(await readFile(twice('affine'))).toEqual(await readFile(once('affine')));
  });

  /** One check as the engine would run it on a file that stands for an output. */
  async function verify(
    file: string,
    check: string,
    { inputs, args }: { inputs: Record<string, string[]>; args: Record<string, unknown> },
  ): Promise<CheckResult> {
    const subject = { output: 'x', kind: 'any', path: file, inputs, outputs: {}, params: {}, sidecar: {} };
    const [result] = await runChecks(subject, [{ check, args: args as Record<string, never> }]);
    return result!;
  }

  /** The same image with its voxels moved along the first axis: at another place, on the same grid. */
  async function shifted(file: string, by: number): Promise<string> {
    const header = await readNiftiHeader(file);
    const values = await voxels(file);
    const [nx = 1] = header.dims;
    const result = join(folder, `shifted-${Math.random().toString(36).slice(2)}.nii.gz`);
    const data = values.map((_, index) => ((index % nx) - by < 0 ? 0 : (values[index - by] ?? 0)));
    await writeNifti(result, {
      dims: header.dims.slice(0, 3),
      affine: header.affine,
      datatype: 'float32',
      data,
    });
    return result;
  }
});

/** The transform with its first row turned round, which exchanges left and right. */
async function mirror(target: string, bytes: Buffer): Promise<void> {
  const copy = Buffer.from(bytes);
  const start = 20 + bytes.readInt32LE(16);
  const single = bytes.readInt32LE(0) === 10;
  for (const n of [0, 1, 2])
    if (single) copy.writeFloatLE(-copy.readFloatLE(start + 4 * n), start + 4 * n);
    else copy.writeDoubleLE(-copy.readDoubleLE(start + 8 * n), start + 8 * n);
  await writeFile(target, copy);
}
