import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { mifGradients } from '../../../src/imaging/mif-gradients.js';
import { readMifHeader } from '../../../src/imaging/mif-header.js';
import { readMifVoxels } from '../../../src/imaging/mif-voxels.js';
import { hashStreamlines } from '../../../src/imaging/tck.js';
import { hasTestData, testData } from '../../support/data.js';
import { runDcm2niix } from '../../unit/skills/wasm-tools.js';
import { runSkill, succeed, type SkillInputs, type SkillRun } from '../../support/run-skill.js';
import { makeCall } from '../../support/make-call.js';
import { engineForTests, lockForTests, removeFolder, temporaryFolder } from './support.js';

const runtime = hasTestData ? await engineForTests() : undefined;

const voxels = async (path: string): Promise<Float64Array> => readMifVoxels(await readMifHeader(path));

function median(values: Iterable<number>): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Values of an image of one volume where the mask is not 0. */
async function inside(image: string, mask: string): Promise<number[]> {
  const chosen = await voxels(mask);
  return [...(await voxels(image))].filter((_, index) => chosen[index] !== 0);
}

/**
 * Eight slices of a real brain (b=0 twice, 20 directions at b=1000 s/mm2 twice), from the scanner's files to streamlines.
 * Each step reads what the step before it made.
 */
describe.skipIf(!runtime)('the MRtrix3 skills on diffusion data of a brain', { timeout: 180_000 }, () => {
  let folder: string;
  let environment: OpenEnvironment;
  let image: string;
  let bvec: string;
  let bval: string;
  let sidecar: string;
  /** Paths of what was made so far. */
  const made: Record<string, string> = {};
  const path = (name: string): string => {
    const found = made[name];
    if (found === undefined) throw new Error(`${name} was not made`);
    return found;
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    const locked = await lockForTests(runtime!, 'mrtrix3', join(folder, 'neuroclaw.lock.json'));
    environment = await runtime!.open({ name: 'mrtrix3', env: {} }, locked);
    const converted = await runDcm2niix(
      ['dcm2niix', '-b', 'y', '-ba', 'y', '-z', 'n', '-f', 'image', '-o', '/out', '/in/dicoms'],
      testData('dicom', 'siemens-trio-dti20'),
    );
    const write = async (name: string, to: string): Promise<string> => {
      await writeFile(join(folder, to), converted.files.get(name) ?? Buffer.alloc(0));
      return join(folder, to);
    };
    const whole = await write('image.nii', 'whole.nii');
    [bvec, bval, sidecar] = [
      await write('image.bvec', 'dwi.bvec'),
      await write('image.bval', 'dwi.bval'),
      await write('image.json', 'dwi.json'),
    ];
    image = await tool(
      ['mrconvert', '/in/a/whole.nii', '-coord', '2', '29:36', '/out/crop.nii'],
      { 'in/a/whole.nii': whole },
      'crop.nii',
    );
  }, 300_000);
  afterAll(async () => {
    await runtime?.close();
    await removeFolder(folder);
  });

  /** Prepares data with a program of the environment: what no skill does. */
  async function tool(
    argv: string[],
    inputs: Readonly<Record<string, string>>,
    result: string,
  ): Promise<string> {
    const call = await makeCall(folder, {
      argv,
      inputs: Object.entries(inputs).map(([toolPath, hostPath]) => ({ toolPath, hostPath })),
      memoryMb: 2048,
    });
    const exit = await environment.run(call, new AbortController().signal);
    expect([exit.exitCode, exit.exitCode === 0 ? '' : await readFile(call.stderr, 'utf8')]).toEqual([0, '']);
    return join(call.folder, 'out', result);
  }

  const attempt = (id: string, call: SkillInputs): Promise<SkillRun> =>
    runSkill(environment, folder, id, call);
  const run = (id: string, call: SkillInputs): Promise<(output: string) => string> =>
    succeed(attempt(id, call));

  /** The same voxels at another place: 6 mm along the first axis of the scanner. */
  async function moved(mask: string): Promise<string> {
    const shift = join(folder, 'shift.txt');
    await writeFile(shift, '1 0 0 6\n0 1 0 0\n0 0 1 0\n0 0 0 1\n');
    return tool(
      ['mrtransform', '/in/a/mask.mif', '-linear', '/in/b/shift.txt', '/out/moved.mif'],
      { 'in/a/mask.mif': mask, 'in/b/shift.txt': shift },
      'moved.mif',
    );
  }

  it('mrtrix3/mrconvert-import-dwi brings the gradients into the header', async () => {
    const imported = await run('mrtrix3/mrconvert-import-dwi', { inputs: { image, bvec, bval, sidecar } });
    made['raw'] = imported('dwi');
    const header = await readMifHeader(path('raw'));
    expect(header.dims).toEqual([102, 102, 8, 42]);
    const table = mifGradients(header);
    expect(table?.bvals.filter((b) => b > 500)).toHaveLength(40);
  });

  it('a table of directions with one column missing is refused', async () => {
    const text = await readFile(bvec, 'utf8');
    const short = join(folder, 'short.bvec');
    await writeFile(
      short,
      text
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).slice(0, -1).join(' '))
        .join('\n') + '\n',
    );
    const { exit, said } = await attempt('mrtrix3/mrconvert-import-dwi', {
      inputs: { image, bvec: short, bval },
    });
    expect([exit.reason, exit.exitCode]).toEqual(['exited', 1]);
    expect(said).toMatch(/bvecs and bvals files must have same number of diffusion directions/);
  });

  it('two directions that changed places on the way are caught', async () => {
    const rows = (await readFile(bvec, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    for (const row of rows) [row[5], row[6]] = [row[6]!, row[5]!];
    const swapped = join(folder, 'swapped.bvec');
    await writeFile(swapped, rows.map((row) => row.join(' ')).join('\n') + '\n');
    const wrong = await run('mrtrix3/mrconvert-import-dwi', { inputs: { image, bvec: swapped, bval } });
    // As if a step between the two had lost the order.
    const subject = {
      output: 'denoised',
      kind: 'mif',
      path: wrong('dwi'),
      inputs: { dwi: [path('raw')] },
      outputs: {},
      params: {},
      sidecar: {},
    };
    const [result] = await runChecks(subject, [{ check: 'mif.gradients', args: { input: 'dwi' } }]);
    expect(result?.ok).toBe(false);
  });

  it('mrtrix3/dwidenoise keeps the grid and the gradients; its noise is judged below', async () => {
    const denoised = await run('mrtrix3/dwidenoise', { inputs: { dwi: path('raw') } });
    [made['denoised'], made['noise']] = [denoised('denoised'), denoised('noise')];
  });

  it('mrtrix3/mrdegibbs changes the series a little and keeps its gradients', async () => {
    const unringed = await run('mrtrix3/mrdegibbs', { inputs: { dwi: path('denoised') } });
    made['dwi'] = unringed('unringed');
    const [before, after] = [await voxels(path('denoised')), await voxels(path('dwi'))];
    const change = median(after.map((value, index) => Math.abs(value - before[index]!)));
    expect(change).toBeGreaterThan(0);
    expect(change).toBeLessThan(0.1 * median(before));
  });

  it('mrtrix3/dwi2mask finds the brain', async () => {
    const found = await run('mrtrix3/dwi2mask', { inputs: { dwi: path('dwi') } });
    made['mask'] = found('mask');
  });

  it('mrtrix3/dwiextract and mrtrix3/mrmath give the mean without diffusion weighting', async () => {
    const zero = await run('mrtrix3/dwiextract', { inputs: { dwi: path('dwi') }, params: { bzero: true } });
    expect((await readMifHeader(zero('selected'))).dims[3]).toBe(2);
    const mean = await run('mrtrix3/mrmath', { inputs: { image: zero('selected') } });
    made['b0'] = mean('result');
    const signal = median(await inside(path('b0'), path('mask')));
    const noise = median(await inside(path('noise'), path('mask')));
    expect(noise).toBeGreaterThan(0);
    expect(noise / signal).toBeLessThan(0.2);

    // The two b=0 volumes differ less from each other than before.
    const before = await run('mrtrix3/dwiextract', { inputs: { dwi: path('raw') }, params: { bzero: true } });
    const spread = async (series: string): Promise<number> => {
      const deviation = await run('mrtrix3/mrmath', {
        inputs: { image: series },
        params: { operation: 'std' },
      });
      return median(await inside(deviation('result'), path('mask')));
    };
    expect(await spread(zero('selected'))).toBeLessThan(await spread(before('selected')));
  });

  it('mrtrix3/dwi2tensor and mrtrix3/tensor2metric give the diffusion of a brain', async () => {
    const fit = await run('mrtrix3/dwi2tensor', { inputs: { dwi: path('dwi'), mask: path('mask') } });
    const maps = await run('mrtrix3/tensor2metric', {
      inputs: { tensor: fit('tensor'), mask: path('mask') },
    });
    const fa = median(await inside(maps('fa'), path('mask')));
    expect(fa).toBeGreaterThan(0.15);
    expect(fa).toBeLessThan(0.45);
    // mm2/s: tissue lies near 0.8e-3, free water at body temperature at 3e-3.
    const [md, ad, rd] = await Promise.all(
      ['md', 'ad', 'rd'].map(async (name) => median(await inside(maps(name), path('mask')))),
    );
    expect(md).toBeGreaterThan(0.5e-3);
    expect(md).toBeLessThan(1.3e-3);
    expect(ad! > md! && md! > rd!).toBe(true);
  });

  it('a mask that lies elsewhere is caught, although the tool takes it', async () => {
    const mask = await moved(path('mask'));
    const { exit, checks } = await attempt('mrtrix3/dwi2tensor', { inputs: { dwi: path('dwi'), mask } });
    expect(exit.exitCode).toBe(0);
    const failed = checks.filter((check) => !check.ok);
    expect(failed.map(({ output, check }) => [output, check])).toEqual([['tensor', 'mif.same-grid']]);
    expect(failed[0]?.findings[0]?.message).toMatch(/6\.000 mm away from mask/);
  });

  it('mrtrix3/mrgrid-regrid changes the grid, and a mask on it is refused', async () => {
    const coarse = await run('mrtrix3/mrgrid-regrid', {
      inputs: { image: path('mask') },
      params: { voxel: [4, 4, 4], interp: 'nearest' },
    });
    const header = await readMifHeader(coarse('resampled'));
    expect(header.dims.slice(0, 3)).toEqual([51, 51, 4]);
    const volume = (values: Float64Array, voxelMl: number): number =>
      values.reduce((sum, value) => sum + value, 0) * voxelMl;
    const before = volume(await voxels(path('mask')), 0.008);
    expect(volume(await voxels(coarse('resampled')), 0.064) / before).toBeCloseTo(1, 1);
    const { exit } = await attempt('mrtrix3/dwi2tensor', {
      inputs: { dwi: path('dwi'), mask: coarse('resampled') },
    });
    expect([exit.reason, exit.exitCode]).toEqual(['exited', 1]);

    const back = await run('mrtrix3/mrgrid-regrid', {
      inputs: { image: coarse('resampled'), template: path('mask') },
      params: { interp: 'nearest' },
    });
    expect((await readMifHeader(back('resampled'))).dims.slice(0, 3)).toEqual([102, 102, 8]);
  });

  it('mrtrix3/mrcalc and mrtrix3/mrconvert-export give the masked map as NIfTI', async () => {
    const masked = await run('mrtrix3/mrcalc', {
      inputs: { image: path('b0'), other: path('mask') },
      params: { operation: '-multiply' },
    });
    const [product, whole, mask] = await Promise.all(
      [masked('result'), path('b0'), path('mask')].map(voxels),
    );
    expect(product!.every((value, index) => value === whole![index]! * mask![index]!)).toBe(true);
    await run('mrtrix3/mrconvert-export', { inputs: { image: masked('result') } });
    await run('mrtrix3/mrconvert-export-dwi', { inputs: { dwi: path('dwi') } });
  });

  it('mrtrix3/dwi2response-tournier and mrtrix3/dwi2fod-csd give orientations', async () => {
    const inputs = { dwi: path('dwi'), mask: path('mask') };
    const response = await run('mrtrix3/dwi2response-tournier', { inputs, params: { number: 100, lmax: 6 } });
    const fod = await run('mrtrix3/dwi2fod-csd', {
      inputs: { ...inputs, response: response('response') },
      params: { lmax: 6 },
    });
    made['fod'] = fod('fod');
    expect((await readMifHeader(path('fod'))).dims[3]).toBe(28);
  });

  it('mrtrix3/dwi2response-dhollander, mrtrix3/dwi2fod-msmt2 and mrtrix3/mtnormalise share it among tissues', async () => {
    const inputs = { dwi: path('dwi'), mask: path('mask') };
    const response = await run('mrtrix3/dwi2response-dhollander', { inputs });
    const fods = await run('mrtrix3/dwi2fod-msmt2', {
      inputs: { ...inputs, wm: response('wm'), csf: response('csf') },
      params: { lmax: [6, 0] },
    });
    const normalised = await run('mrtrix3/mtnormalise', {
      inputs: { wmfod: fods('wmfod'), csffod: fods('csffod'), mask: path('mask') },
    });
    const bias = median(await inside(normalised('norm'), path('mask')));
    expect(bias).toBeGreaterThan(0.5);
    expect(bias).toBeLessThan(2);
    // Free water is brighter without weighting than tissue, and darker at b=1000.
    const first = async (tissue: string): Promise<number[]> =>
      (await readFile(response(tissue), 'utf8'))
        .split('\n')
        .filter((line) => /^[0-9]/.test(line))
        .map((line) => Number(line.split(' ')[0]));
    const [wm, csf] = [await first('wm'), await first('csf')];
    expect([wm.length, csf.length]).toEqual([2, 2]);
    expect(csf[0]).toBeGreaterThan(wm[0]!);
    expect(csf[1]).toBeLessThan(wm[1]!);
  });

  it('mrtrix3/tckgen follows them, the same way again on one thread', async () => {
    const call = {
      inputs: { fod: path('fod'), seed: path('mask'), mask: path('mask') },
      params: { select: 200, cutoff: 0.06, minlength: 10 },
      threads: 1,
    };
    const first = await run('mrtrix3/tckgen', call);
    const second = await run('mrtrix3/tckgen', call);
    expect(await hashStreamlines(second('tracks'))).toBe(await hashStreamlines(first('tracks')));
    made['tracks'] = first('tracks');
  });

  it('mrtrix3/tckstats and mrtrix3/tckmap measure and count them', async () => {
    const stats = await run('mrtrix3/tckstats', { inputs: { tracks: path('tracks') } });
    const lengths = (await readFile(stats('lengths'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .flatMap((line) => line.trim().split(/\s+/).map(Number));
    expect(lengths).toHaveLength(200);
    expect(Math.min(...lengths)).toBeGreaterThan(9.99);
    const map = await run('mrtrix3/tckmap', { inputs: { tracks: path('tracks'), template: path('b0') } });
    const [density, mask] = await Promise.all([map('density'), path('mask')].map(voxels));
    const total = density!.reduce((sum, value) => sum + value, 0);
    const within = density!.reduce((sum, value, index) => sum + (mask![index] ? value : 0), 0);
    expect(within / total).toBeGreaterThan(0.95);
  });
});
