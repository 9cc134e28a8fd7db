import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { header, median, phantom, rows, runtime, sum, text, useMrtrix, voxels } from './mrtrix3-support.js';

/** Operations on single images, each against what it means in numbers. */
describe.skipIf(!runtime)('the MRtrix3 skills on images', { timeout: 60_000 }, () => {
  const mrtrix = useMrtrix();
  const fods = phantom('fods.mif');
  const labels = phantom('parc.mif');
  const mask = phantom('mask.mif');

  it('mrtrix3/mrconvert takes one volume out of a series', async () => {
    const taken = await mrtrix.run('mrtrix3/mrconvert', {
      inputs: { input: fods },
      params: { coord_axis: 3, coord_selection: [0], axes: [0, 1, 2] },
    });
    const [first, all] = [await voxels(taken('output')), await voxels(fods)];
    expect([...first]).toEqual([...all.slice(0, first.length)]);
  });

  it('mrtrix3/mrcat puts volumes behind each other', async () => {
    const joined = await mrtrix.run('mrtrix3/mrcat', {
      inputs: { image1: fods, image2: [fods] },
      params: { axis: 3 },
    });
    expect((await header(joined('output'))).dims).toEqual([14, 5, 9, 90]);
    const [once, twice] = [await voxels(fods), await voxels(joined('output'))];
    expect(sum(twice)).toBeCloseTo(2 * sum(once), 3);
  });

  it('mrtrix3/mrfilter smooths and keeps the total inside the image', async () => {
    const image = await mrtrix.tool(
      ['mrconvert', '/in/a/parc.mif', '-datatype', 'float32', '/out/p.mif'],
      { 'in/a/parc.mif': labels },
      'p.mif',
    );
    const smooth = await mrtrix.run('mrtrix3/mrfilter', {
      inputs: { input: image },
      params: { filter: 'smooth', fwhm: [2] },
    });
    const [before, after] = [await voxels(image), await voxels(smooth('output'))];
    expect(Math.max(...after)).toBeLessThan(Math.max(...before));
    expect(after.some((value) => !Number.isInteger(value))).toBe(true);
    expect(sum(after) / sum(before)).toBeGreaterThan(0.8);
  });

  it('mrtrix3/mrthreshold keeps the voxels above a value', async () => {
    const b0 = await mrtrix.tool(
      ['mrconvert', '/in/a/fods.mif', '-coord', '3', '0', '-axes', '0,1,2', '/out/a.mif'],
      { 'in/a/fods.mif': fods },
      'a.mif',
    );
    const above = await mrtrix.run('mrtrix3/mrthreshold', { inputs: { input: b0 }, params: { abs: 0.1 } });
    const [values, chosen] = [await voxels(b0), await voxels(above('output'))];
    expect([...chosen]).toEqual([...values].map((value) => Number(value >= Math.fround(0.1))));
  });

  it('mrtrix3/maskfilter grows a mask, and the way back keeps it', async () => {
    const grown = await mrtrix.run('mrtrix3/maskfilter', {
      inputs: { input: mask },
      params: { filter: 'dilate' },
    });
    const [before, after] = [await voxels(mask), await voxels(grown('output'))];
    expect(sum(after)).toBeGreaterThan(sum(before));
    expect(before.every((value, index) => value === 0 || after[index] === 1)).toBe(true);
  });

  it('mrtrix3/mrstats, mrtrix3/mrcentroid and mrtrix3/labelstats print what the voxels say', async () => {
    const values = await voxels(labels);
    const mean = await mrtrix.run('mrtrix3/mrstats', {
      inputs: { image: labels },
      params: { output: ['mean'] },
    });
    expect(Number(await text(mean('printed')))).toBeCloseTo(sum(values) / values.length, 3);
    const within = await mrtrix.run('mrtrix3/mrstats', {
      inputs: { image: labels },
      params: { output: ['count'], ignorezero: true },
    });
    expect(Number(await text(within('printed')))).toBe(values.filter((value) => value > 0).length);
    const masses = await mrtrix.run('mrtrix3/labelstats', {
      inputs: { input: labels },
      params: { output: 'mass' },
    });
    expect((await rows(masses('printed'))).flat()).toEqual(
      [1, 2, 3, 4].map((label) => values.filter((value) => value === label).length),
    );
    const centre = await mrtrix.run('mrtrix3/mrcentroid', { inputs: { input: mask } });
    const [x = 0] = (await rows(centre('printed'))).flat();
    expect(x).toBeCloseTo(6.5, 3);
  });

  it('mrtrix3/mrinfo describes the header as JSON', async () => {
    const info = await mrtrix.run('mrtrix3/mrinfo', { inputs: { image: fods }, params: {} });
    const json = JSON.parse(await readFile(info('json_all'), 'utf8')) as {
      size: number[];
      spacing: number[];
    };
    expect(json.size).toEqual([14, 5, 9, 45]);
    expect(json.spacing.slice(0, 3)).toEqual([2, 2, 2]);
  });

  it('mrtrix3/mrdump and mrtrix3/maskdump list values and places', async () => {
    const dumped = await mrtrix.run('mrtrix3/mrdump', { inputs: { input: labels, mask: labels } });
    const counts = (await rows(dumped('output'))).flat();
    expect(counts).toHaveLength((await voxels(labels)).filter((value) => value > 0).length);
    const places = await mrtrix.run('mrtrix3/maskdump', { inputs: { input: mask } });
    expect(await rows(places('output'))).toHaveLength(sum(await voxels(mask)));
  });

  it('mrtrix3/mredit sets a plane', async () => {
    const edited = await mrtrix.run('mrtrix3/mredit', {
      inputs: { input: labels },
      params: { plane_axis: 0, plane_coord: [0], plane_value: 7 },
    });
    const { dims } = await header(labels);
    expect((await voxels(edited('output'))).filter((value) => value === 7)).toHaveLength(dims[1]! * dims[2]!);
  });

  it('mrtrix3/mrhistogram counts every voxel once, but those of the highest value', async () => {
    const made = await mrtrix.run('mrtrix3/mrhistogram', { inputs: { image: labels }, params: { bins: 5 } });
    const [edges = [], counts = []] = await rows(made('hist'));
    expect(edges).toHaveLength(5);
    expect(sum(counts)).toBe((await voxels(labels)).filter((value) => value < 4).length);
  });

  it('mrtrix3/mrhistmatch scales one image to another', async () => {
    const b0 = await mrtrix.tool(
      [
        'mrconvert',
        '/in/a/dwi.mif',
        '-coord',
        '3',
        '0',
        '-axes',
        '0,1,2',
        '-datatype',
        'float32',
        '/out/a.mif',
      ],
      { 'in/a/dwi.mif': phantom('dwi.mif') },
      'a.mif',
    );
    const twice = await mrtrix.tool(
      ['mrcalc', '/in/a/a.mif', '2', '-mult', '/out/b.mif'],
      { 'in/a/a.mif': b0 },
      'b.mif',
    );
    const matched = await mrtrix.run('mrtrix3/mrhistmatch', {
      inputs: { input: twice, target: b0 },
      params: { type: 'scale' },
    });
    const [was, is] = [await voxels(b0), await voxels(matched('output'))];
    const ratio = [...is].map((value, index) => value / was[index]!).filter(Number.isFinite);
    expect(median(ratio)).toBeCloseTo(1, 2);
  });

  it('mrtrix3/mrmetric is zero between an image and itself, and more for another', async () => {
    const same = await mrtrix.run('mrtrix3/mrmetric', {
      inputs: { image1: labels, image2: labels },
      params: { space: 'voxel' },
    });
    expect(Number(await text(same('printed')))).toBe(0);
  });

  it('mrtrix3/mrcheckerboardmask marks half of the voxels', async () => {
    const board = await mrtrix.run('mrtrix3/mrcheckerboardmask', {
      inputs: { input: labels },
      params: { tiles: 2 },
    });
    const values = await voxels(board('output'));
    expect(sum(values) / values.length).toBeCloseTo(0.5, 1);
  });

  it('mrtrix3/mrcolour and mrtrix3/label2colour give three channels', async () => {
    const coloured = await mrtrix.run('mrtrix3/mrcolour', {
      inputs: { input: labels },
      params: { map: 'hot' },
    });
    expect((await header(coloured('output'))).dims).toEqual([28, 10, 18, 3]);
    const lut = join(mrtrix.folder, 'lut.txt');
    await writeFile(lut, '1 a 10 0 0 255\n2 b 0 20 0 255\n3 c 0 0 30 255\n4 d 40 0 0 255\n');
    const named = await mrtrix.run('mrtrix3/label2colour', { inputs: { nodes_in: labels, lut } });
    const [nodes, colours] = [await voxels(labels), await voxels(named('colour_out'))];
    const at = nodes.indexOf(3);
    expect([0, 1, 2].map((channel) => colours[at + channel * nodes.length])).toEqual([0, 0, 30]);
  });

  it('mrtrix3/mraverageheader spans both images', async () => {
    const shifted = join(mrtrix.folder, 'shift.txt');
    await writeFile(shifted, '1 0 0 6\n0 1 0 0\n0 0 1 0\n0 0 0 1\n');
    const moved = await mrtrix.tool(
      ['mrtransform', '/in/a/parc.mif', '-linear', '/in/b/shift.txt', '/out/m.mif'],
      { 'in/a/parc.mif': labels, 'in/b/shift.txt': shifted },
      'm.mif',
    );
    const average = await mrtrix.run('mrtrix3/mraverageheader', { inputs: { input: [labels, moved] } });
    expect((await header(average('output'))).dims[0]).toBeGreaterThanOrEqual(34);
  });

  it('mrtrix3/mrgrid crops, and the place of each voxel stays', async () => {
    const cropped = await mrtrix.run('mrtrix3/mrgrid', {
      inputs: { input: labels },
      params: { operation: 'crop', axis_index: 0, axis_spec: '3,4' },
    });
    const [before, after] = [await header(labels), await header(cropped('output'))];
    expect(after.dims).toEqual([21, 10, 18]);
    expect(after.affine[0][3] - before.affine[0][3]).toBeCloseTo(3, 6);
    const [whole, part] = [await voxels(labels), await voxels(cropped('output'))];
    expect([...part.slice(0, 21)]).toEqual([...whole.slice(3, 24)]);
  });
});
