import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { streamStreamlines } from '../../../src/imaging/tck.js';
import { header, phantom, rows, runtime, sum, text, useMrtrix, voxels } from './mrtrix3-support.js';

async function countOf(path: string): Promise<number> {
  return streamStreamlines(path, () => undefined);
}
async function firstLine(path: string): Promise<number[]> {
  let first: number[] = [];
  await streamStreamlines(path, (points, index) => {
    if (index === 0) first = [...points];
  });
  return first;
}

/** Streamlines of the phantom: two bundles between four regions, 3384 and 1616 of them. */
describe.skipIf(!runtime)('the MRtrix3 skills on streamlines', { timeout: 90_000 }, () => {
  const mrtrix = useMrtrix();
  const tracks = phantom('tracks.tck');
  const tissues = phantom('5tt.mif');
  const assignments = phantom('reference-assignments.csv');
  let north = '';

  beforeAll(async () => {
    north = await mrtrix.tool(
      ['mrcalc', '/in/a/parc.mif', '1', '-eq', '/out/north.mif', '-datatype', 'bit'],
      { 'in/a/parc.mif': phantom('parc.mif') },
      'north.mif',
    );
  });

  it('mrtrix3/tckinfo and mrtrix3/tckedit count, choose and shorten the list', async () => {
    const info = await mrtrix.run('mrtrix3/tckinfo', { inputs: { tracks } });
    expect(await text(info('printed'))).toMatch(/count:\s+0*5000/);
    const few = await mrtrix.run('mrtrix3/tckedit', {
      inputs: { tracks_in: [tracks] },
      params: { number: 100 },
    });
    expect(await countOf(few('tracks_out'))).toBe(100);
    const through = await mrtrix.run('mrtrix3/tckedit', {
      inputs: { tracks_in: [tracks], include: [north] },
    });
    const ends = (await rows(assignments)).filter((pair) => pair.includes(1)).length;
    expect((await countOf(through('tracks_out'))) / ends).toBeCloseTo(1, 1);
    const none = await mrtrix.run('mrtrix3/tckedit', {
      inputs: { tracks_in: [tracks], exclude: [phantom('mask.mif')] },
    });
    expect(await countOf(none('tracks_out'))).toBe(0);
  });

  it('mrtrix3/tckresample gives each streamline as many points as asked', async () => {
    const made = await mrtrix.run('mrtrix3/tckresample', {
      inputs: { in_tracks: tracks },
      params: { num_points: 7 },
    });
    const lengths = new Set<number>();
    await streamStreamlines(made('out_tracks'), (points) => lengths.add(points.length / 3));
    expect(lengths).toEqual(new Set([7]));
  });

  it('mrtrix3/tcktransform leaves streamlines where they are under the identity', async () => {
    const warp = await mrtrix.run('mrtrix3/warpinit', { inputs: { template: phantom('5tt.mif') } });
    const grid = await mrtrix.tool(
      ['mrgrid', '/in/a/w.mif', 'pad', '-uniform', '8', '-fill', '0', '/out/w.mif'],
      { 'in/a/w.mif': warp('warp') },
      'w.mif',
    );
    const wide = await mrtrix.run('mrtrix3/warpinit', { inputs: { template: grid } });
    const same = await mrtrix.run('mrtrix3/tcktransform', { inputs: { tracks, transform: wide('warp') } });
    const [before, after] = [await firstLine(tracks), await firstLine(same('output'))];
    expect(after).toHaveLength(before.length);
    before.forEach((value, index) => expect(after[index]).toBeCloseTo(value, 3));
  });

  it('mrtrix3/tcksample reads an image along streamlines', async () => {
    const made = await mrtrix.run('mrtrix3/tcksample', {
      inputs: { tracks, image: phantom('mask.mif') },
      params: { stat_tck: 'max' },
    });
    const values = (await rows(made('values'))).flat();
    expect(values).toHaveLength(5000);
    expect(Math.max(...values)).toBeCloseTo(1, 4);
    expect(sum(values)).toBeGreaterThan(4000);
  });

  it('mrtrix3/tcksift keeps fewer streamlines, nearer to the fibres', async () => {
    const made = await mrtrix.run('mrtrix3/tcksift', {
      inputs: { in_tracks: tracks, in_fod: phantom('fods.mif'), act: tissues },
      params: { term_number: 2000, write_out_mu: true },
    });
    const kept = await countOf(made('out_tracks'));
    // Fewer would fit worse: it stops before 2000.
    expect(kept).toBeGreaterThanOrEqual(2000);
    expect(kept).toBeLessThan(3500);
    const counted = await mrtrix.run('mrtrix3/tck2connectome', {
      inputs: { tracks: made('out_tracks'), nodes: phantom('parc.mif') },
    });
    const matrix = await rows(counted('matrix'));
    // 3384 to 1616 before; the bundles are equal in the phantom.
    expect(matrix[0]![1]! / matrix[2]![3]!).toBeLessThan(1.5);
  });

  it('mrtrix3/connectome2tck takes out one edge, and mrtrix3/connectomeedit mirrors the matrix', async () => {
    const edge = await mrtrix.run('mrtrix3/connectome2tck', {
      inputs: { tracks_in: tracks, assignments_in: assignments },
      params: { nodes: [1, 2], exclusive: true },
    });
    expect(await countOf(edge('tracks'))).toBe(3384);
    const matrix = await mrtrix.run('mrtrix3/connectomeedit', {
      inputs: { input: phantom('reference-out.csv') },
      params: { operation: 'to_symmetric' },
    });
    const symmetric = await rows(matrix('output'));
    expect([symmetric[0]![1], symmetric[1]![0]]).toEqual([3384, 3384]);
  });

  it('mrtrix3/tckconvert writes VTK', async () => {
    const few = await mrtrix.run('mrtrix3/tckedit', {
      inputs: { tracks_in: [tracks] },
      params: { number: 10 },
    });
    const made = await mrtrix.run('mrtrix3/tckconvert', { inputs: { input: few('tracks_out') } });
    expect((await text(made('output'))).slice(0, 400)).toMatch(/^# vtk/);
  });

  it('mrtrix3/5ttcheck, mrtrix3/5tt2gmwmi, mrtrix3/5tt2vis and mrtrix3/5ttedit work on tissues', async () => {
    await mrtrix.run('mrtrix3/5ttcheck', { inputs: { input: [tissues] } });
    const border = await mrtrix.run('mrtrix3/5tt2gmwmi', { inputs: { '5tt_in': tissues } });
    expect((await voxels(border('mask_out'))).filter((value) => value > 0).length).toBeGreaterThan(20);
    const shown = await mrtrix.run('mrtrix3/5tt2vis', { inputs: { input: tissues } });
    expect(new Set(await voxels(shown('output'))).size).toBeGreaterThan(2);
    const lesion = await mrtrix.run('mrtrix3/5ttedit', { inputs: { input: tissues, path: north } });
    const [values, mask] = [await voxels(lesion('output')), await voxels(north)];
    expect(sum([...mask].map((chosen, at) => chosen * values[at + 4 * mask.length]!))).toBe(sum(mask));
  });

  it('tissues that lost a volume are refused, by the check and by the tool', async () => {
    const short = await mrtrix.tool(
      ['mrconvert', '/in/a/5tt.mif', '-coord', '3', '0:3', '/out/4tt.mif'],
      { 'in/a/5tt.mif': tissues },
      '4tt.mif',
    );
    const { exit } = await mrtrix.attempt('mrtrix3/5ttcheck', { inputs: { input: [short] } });
    expect(exit.exitCode).not.toBe(0);
  });

  it('mrtrix3/tckgen-act keeps to the tissues, the same again on one thread', async () => {
    const border = await mrtrix.run('mrtrix3/5tt2gmwmi', { inputs: { '5tt_in': tissues } });
    const inputs = { fod: phantom('fods.mif'), act: tissues, gmwmi: border('mask_out') };
    const made = await mrtrix.run('mrtrix3/tckgen-act', {
      inputs,
      params: { select: 500, minlength: 4, maxlength: 200, crop_at_gmwmi: true },
      threads: 1,
    });
    const counted = await mrtrix.run('mrtrix3/tck2connectome', {
      inputs: { tracks: made('tracks'), nodes: phantom('parc.mif') },
    });
    const matrix = await rows(counted('matrix'));
    // The two bundles of the phantom and nothing else to speak of.
    const total = sum(matrix.flat());
    expect(total).toBeGreaterThan(450);
    expect((matrix[0]![1]! + matrix[2]![3]!) / total).toBeGreaterThan(0.95);
  });

  it('mrtrix3/tckgen-dynamic seeds where fibres lack streamlines', async () => {
    const made = await mrtrix.run('mrtrix3/tckgen-dynamic', {
      inputs: { fod: phantom('fods.mif'), act: tissues },
      params: { select: 300, minlength: 4, maxlength: 200 },
    });
    expect(await countOf(made('tracks'))).toBe(300);
  });

  it('five-tissue images of a head in another place give no streamlines that pass', async () => {
    const shift = join(mrtrix.folder, 'shift.txt');
    await writeFile(shift, '1 0 0 200\n0 1 0 0\n0 0 1 0\n0 0 0 1\n');
    const moved = await mrtrix.tool(
      ['mrtransform', '/in/a/5tt.mif', '-linear', '/in/b/shift.txt', '/out/5tt.mif'],
      { 'in/a/5tt.mif': tissues, 'in/b/shift.txt': shift },
      '5tt.mif',
    );
    const { exit, checks } = await mrtrix.attempt('mrtrix3/tckgen-dynamic', {
      inputs: { fod: phantom('fods.mif'), act: moved },
      params: { select: 50, seeds: 2000, minlength: 4, maxlength: 200 },
    });
    expect(exit.exitCode !== 0 || checks.some((check) => !check.ok)).toBe(true);
  });

  it('mrtrix3/tckdfc maps a correlation between the ends of streamlines', async () => {
    const few = await mrtrix.run('mrtrix3/tckedit', {
      inputs: { tracks_in: [tracks] },
      params: { number: 200 },
    });
    const bold = await mrtrix.tool(
      ['mrconvert', '/in/a/dwi.mif', '-coord', '3', '0:19', '/out/bold.mif'],
      { 'in/a/dwi.mif': phantom('dwi.mif') },
      'bold.mif',
    );
    const made = await mrtrix.run('mrtrix3/tckdfc', {
      inputs: { tracks: few('tracks_out'), fmri: bold, template: phantom('mask.mif') },
      params: { static: true },
    });
    expect((await header(made('output'))).dims.slice(0, 3)).toEqual([14, 5, 9]);
  });
});
