import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/catalog.js';
import { header, median, phantom, rows, runtime, sum, text, useMrtrix, voxels } from './mrtrix3-support.js';

/** Fibre orientation distributions as fixels and back, on the phantom whose two bundles are known. */
describe.skipIf(!runtime)('the MRtrix3 skills on fixels', { timeout: 60_000 }, () => {
  const mrtrix = useMrtrix();
  const fods = phantom('fods.mif');
  const tracks = phantom('tracks.tck');
  let fixels = '';

  it('mrtrix3/fod2fixel segments each distribution', async () => {
    const made = await mrtrix.run('mrtrix3/fod2fixel', {
      inputs: { fod: fods },
      params: { write_afd: true, write_peak_amp: true },
    });
    fixels = made('fixel_directory');
    const afd = await voxels(join(fixels, 'afd.mif'));
    // As many as the reference of the phantom, and the same densities.
    const reference = await voxels(phantom('fd.mif'));
    expect(afd.length).toBe(reference.length);
    expect(median(afd) / median(reference)).toBeCloseTo(1, 2);
  });

  it('a data file of other fixels in the folder is refused', async () => {
    const mixed = join(mrtrix.folder, 'mixed');
    await cp(fixels, mixed, { recursive: true });
    await cp(phantom('fixels.mif'), join(mixed, 'afd.mif'));
    const [found] = await runChecks(
      { output: 'fixels', kind: 'folder', path: mixed, inputs: {}, outputs: {}, params: {}, sidecar: {} },
      [{ check: 'fixel.directory', args: {} }],
    );
    expect(found?.findings[0]?.message).toBe('7712x1x1 values for 144 fixels');
    await rm(mixed, { recursive: true });
  });

  it('mrtrix3/fixel2voxel adds and counts the fixels of a voxel', async () => {
    const count = await mrtrix.run('mrtrix3/fixel2voxel', {
      inputs: { fixels },
      params: { data: 'afd.mif', operation: 'count' },
    });
    const total = await mrtrix.run('mrtrix3/fixel2voxel', {
      inputs: { fixels },
      params: { data: 'afd.mif', operation: 'sum' },
    });
    const afd = await voxels(join(fixels, 'afd.mif'));
    expect(sum(await voxels(count('image_out')))).toBe(afd.length);
    expect(sum(await voxels(total('image_out')))).toBeCloseTo(sum(afd), 2);
  });

  it('mrtrix3/fixel2peaks and mrtrix3/peaks2fixel keep the directions', async () => {
    const peaks = await mrtrix.run('mrtrix3/fixel2peaks', {
      inputs: { fixels },
      params: { data: 'directions.mif', number: 2 },
    });
    const back = await mrtrix.run('mrtrix3/peaks2fixel', { inputs: { directions: peaks('out') } });
    const [before, after] = [
      await voxels(join(fixels, 'directions.mif')),
      await voxels(join(back('fixels'), 'directions.mif')),
    ];
    expect(after.length).toBe(before.length);
    expect(
      Math.max(...after.map((value, index) => Math.abs(Math.abs(value) - Math.abs(before[index]!)))),
    ).toBeLessThan(1e-4);
  });

  it('mrtrix3/fixel2sh and mrtrix3/sh2power give harmonics with power where there are fibres', async () => {
    const sh = await mrtrix.run('mrtrix3/fixel2sh', {
      inputs: { fixels },
      params: { data: 'afd.mif', lmax: 8 },
    });
    expect((await header(sh('sh_out'))).dims[3]).toBe(45);
    const power = await mrtrix.run('mrtrix3/sh2power', { inputs: { SH: sh('sh_out') } });
    const count = await mrtrix.run('mrtrix3/fixel2voxel', {
      inputs: { fixels },
      params: { data: 'afd.mif', operation: 'count' },
    });
    const [strength, fibres] = [await voxels(power('power')), await voxels(count('image_out'))];
    expect([...strength].map((value) => value > 0)).toEqual([...fibres].map((value) => value > 0));
  });

  it('mrtrix3/sh2peaks and mrtrix3/peaks2amp find the peaks of the phantom', async () => {
    const peaks = await mrtrix.run('mrtrix3/sh2peaks', { inputs: { SH: fods }, params: { num: 1 } });
    const amplitude = await mrtrix.run('mrtrix3/peaks2amp', { inputs: { directions: peaks('output') } });
    const [found, known] = [await voxels(peaks('output')), await voxels(phantom('peaks.mif'))];
    const size = found.length / 3;
    const cosines: number[] = [];
    for (let at = 0; at < size; at += 1) {
      const [a, b] = [found, known].map((all) => [0, 1, 2].map((axis) => all[at + axis * size]!));
      const [la, lb] = [Math.hypot(...a!), Math.hypot(...b!)];
      if (la > 0.1 && lb > 0)
        cosines.push(Math.abs(a!.reduce((total, value, axis) => total + value * b![axis]!, 0)) / la / lb);
    }
    expect(cosines.length).toBeGreaterThan(50);
    expect(median(cosines)).toBeGreaterThan(0.99);
    expect(Math.max(...[...(await voxels(amplitude('amplitudes')))].filter(Number.isFinite))).toBeGreaterThan(
      0.1,
    );
  });

  it('mrtrix3/dirgen, mrtrix3/sh2amp and mrtrix3/amp2sh go there and back', async () => {
    const directions = await mrtrix.run('mrtrix3/dirgen', {
      inputs: {},
      params: { ndir: 60, niter: 200, cartesian: true },
    });
    const table = await rows(directions('dirs'));
    expect(table).toHaveLength(60);
    for (const row of table) expect(Math.hypot(...row)).toBeCloseTo(1, 4);
    const amplitudes = await mrtrix.run('mrtrix3/sh2amp', {
      inputs: { input: fods, directions: directions('dirs') },
    });
    expect((await header(amplitudes('output'))).dims[3]).toBe(60);
    const back = await mrtrix.run('mrtrix3/amp2sh', {
      inputs: { amp: amplitudes('output'), directions: directions('dirs') },
      params: { lmax: 8 },
    });
    const [before, after] = [await voxels(fods), await voxels(back('SH'))];
    const largest = Math.max(...before);
    expect(median(after.map((value, index) => Math.abs(value - before[index]!)))).toBeLessThan(
      0.001 * largest,
    );
  });

  it('mrtrix3/dirstat, mrtrix3/dirflip and mrtrix3/dirorder judge and reorder directions', async () => {
    const made = await mrtrix.run('mrtrix3/dirgen', {
      inputs: {},
      params: { ndir: 12, niter: 200, cartesian: true },
    });
    const before = await rows(made('dirs'));
    const stats = await mrtrix.run('mrtrix3/dirstat', { inputs: { dirs: made('dirs') } });
    expect(await text(stats('printed'))).toMatch(/12/);
    const flipped = await rows(
      (
        await mrtrix.run('mrtrix3/dirflip', {
          inputs: { in: made('dirs') },
          params: { cartesian: true, permutations: 1000 },
        })
      )('out'),
    );
    const axis = (row: readonly number[]): string => {
      const sign = Math.sign(row.find((value) => Math.abs(value) > 1e-6) ?? 1);
      return row.map((value) => (value * sign).toFixed(3).replace('-0.000', '0.000')).join(' ');
    };
    expect(new Set(flipped.map(axis))).toEqual(new Set(before.map(axis)));
    const ordered = await rows(
      (
        await mrtrix.run('mrtrix3/dirorder', { inputs: { input: made('dirs') }, params: { cartesian: true } })
      )('output'),
    );
    expect(new Set(ordered.map(axis))).toEqual(new Set(before.map(axis)));
  });

  it('mrtrix3/fod2dec colours by direction', async () => {
    const dec = await mrtrix.run('mrtrix3/fod2dec', { inputs: { input: fods } });
    expect((await header(dec('output'))).dims).toEqual([14, 5, 9, 3]);
    expect(Math.max(...[...(await voxels(dec('output')))].filter(Number.isFinite))).toBeGreaterThan(0);
  });

  it('mrtrix3/fixelcorrespondence, mrtrix3/voxel2fixel and mrtrix3/tck2fixel bring data to the fixels', async () => {
    const own = await mrtrix.run('mrtrix3/fixelcorrespondence', {
      inputs: { fixels, template_directory: fixels },
      params: { data: 'afd.mif' },
    });
    const [before, after] = [
      await voxels(join(fixels, 'afd.mif')),
      await voxels(join(own('output_directory'), 'data.mif')),
    ];
    expect([...after]).toEqual([...before]);
    const fromVoxels = await mrtrix.run('mrtrix3/voxel2fixel', {
      inputs: { image_in: phantom('mask.mif'), fixel_directory_in: fixels },
    });
    expect(new Set(await voxels(join(fromVoxels('fixel_directory_out'), 'data.mif')))).toEqual(new Set([1]));
    const density = await mrtrix.run('mrtrix3/tck2fixel', { inputs: { tracks, fixel_folder_in: fixels } });
    expect(sum(await voxels(join(density('fixel_folder_out'), 'tdi.mif')))).toBeGreaterThan(5000);
  });

  it('mrtrix3/fixelcrop keeps the fixels of a mask', async () => {
    const masked = join(mrtrix.folder, 'masked');
    await cp(fixels, masked, { recursive: true });
    const afd = join(masked, 'afd.mif');
    const mask = await mrtrix.tool(
      ['mrthreshold', '/in/a/afd.mif', '-abs', '0.3', '/out/mask.mif'],
      { 'in/a/afd.mif': afd },
      'mask.mif',
    );
    await cp(mask, join(masked, 'mask.mif'));
    const cropped = await mrtrix.run('mrtrix3/fixelcrop', {
      inputs: { input_fixel_directory: masked },
      params: { input_fixel_mask: 'mask.mif' },
    });
    const kept = await voxels(join(cropped('output_fixel_directory'), 'afd.mif'));
    expect([...kept]).toEqual([...(await voxels(afd))].filter((value) => value >= Math.fround(0.3)));
  });

  it('mrtrix3/fixelreorient turns nothing under the identity', async () => {
    const warp = await mrtrix.run('mrtrix3/warpinit', { inputs: { template: phantom('mask.mif') } });
    const same = await mrtrix.run('mrtrix3/fixelreorient', {
      inputs: { fixel_in: fixels, warp: warp('warp') },
    });
    const [before, after] = [
      await voxels(join(fixels, 'directions.mif')),
      await voxels(join(same('fixel_out'), 'directions.mif')),
    ];
    expect(Math.max(...after.map((value, index) => Math.abs(value - before[index]!)))).toBeLessThan(1e-5);
  });

  it('mrtrix3/fixelconnectivity joins fixels that streamlines share', async () => {
    const matrix = await mrtrix.run('mrtrix3/fixelconnectivity', {
      inputs: { fixel_directory: fixels, tracks },
    });
    expect(sum(await voxels(join(matrix('matrix'), 'values.mif')))).toBeGreaterThan(100);
  });

  it('mrtrix3/fixel2tsf puts values along streamlines, and mrtrix3/tsf* reckon with them', async () => {
    const made = await mrtrix.run('mrtrix3/fixel2tsf', {
      inputs: { fixels, tracks },
      params: { data: 'afd.mif' },
    });
    const tsf = made('tsf');
    await mrtrix.run('mrtrix3/tsfvalidate', { inputs: { tsf, tracks } });
    const info = await mrtrix.run('mrtrix3/tsfinfo', { inputs: { tracks: tsf } });
    expect(await text(info('printed'))).toMatch(/count:\s+0*5000/);
    await mrtrix.run('mrtrix3/tsfsmooth', { inputs: { input: tsf } });
    await mrtrix.run('mrtrix3/tsfthreshold', { inputs: { input: tsf }, params: { T: 0.1 } });
    await mrtrix.run('mrtrix3/tsfmult', { inputs: { input1: tsf, input2: tsf } });
    await mrtrix.run('mrtrix3/tsfdivide', { inputs: { input1: tsf, input2: tsf } });
  });

  it('mrtrix3/afdconnectivity measures a bundle', async () => {
    const made = await mrtrix.run('mrtrix3/afdconnectivity', {
      inputs: { image: fods, tracks },
      params: { write_afd_map: true },
    });
    expect(Number(await text(made('printed')))).toBeGreaterThan(0);
    expect((await header(made('afd_map'))).dims.slice(0, 3)).toEqual([14, 5, 9]);
  });

  it('a fixel directory without its index is refused', async () => {
    const broken = join(mrtrix.folder, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'afd.mif'), '');
    const { exit } = await mrtrix.attempt('mrtrix3/fixel2voxel', {
      inputs: { fixels: broken },
      params: { data: 'afd.mif', operation: 'sum' },
    });
    expect(exit.exitCode).not.toBe(0);
  });
});
