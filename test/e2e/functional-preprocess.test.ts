import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTsv } from '../../src/bids/tsv.js';
import { readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { niftiBytes } from '../../src/imaging/nifti-write.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { headAffine, headShape, movingHead, randomBy, type Motion } from '../support/moving-head.js';
import { openPythonNeuro, pythonCache, pythonLock } from '../support/python-environment.js';

const environment = await openPythonNeuro();
const VOLUMES = 24;
const TR = 2;
/** The head jumps after volume 17, and drifts a little all the time. */
const JUMP = 18;
const MOTION: readonly Motion[] = Array.from({ length: VOLUMES }, (_, t) => [
  t < JUMP ? 0 : 1.5,
  0.01 * t,
  0,
  t < JUMP ? 0 : 0.02,
  0,
  0,
]);

let folder = '';
let data = '';

/** Runs a command; what it says of a plan or a run. */
async function cli(args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const env = cliEnvironment(join(folder, 'state'), {
    NEUROCLAW_CACHE: pythonCache,
    NEUROCLAW_RUNTIME: 'venv',
    NEUROCLAW_LOCK: pythonLock,
  });
  const { code, stdout, stderr } = await runCli(args, env);
  return { code, said: `${stdout}${stderr}` };
}

function writeDataset(root: string, sidecar: Record<string, unknown>): void {
  const func = join(root, 'sub-01', 'func');
  mkdirSync(func, { recursive: true });
  writeFileSync(join(root, 'dataset_description.json'), '{"Name": "Motion", "BIDSVersion": "1.10.0"}\n');
  writeFileSync(
    join(root, 'task-rest_bold.json'),
    JSON.stringify({ TaskName: 'rest', RepetitionTime: TR, ...sidecar }),
  );
  // Every voxel fluctuates a little; a vessel at one side pulses strongly, in a rhythm of its own.
  const random = randomBy(7);
  const common = Array.from({ length: VOLUMES }, () => 8 * (random() - 0.5));
  const pulse = Array.from({ length: VOLUMES }, (_, t) => 250 * Math.sin(t * 1.9));
  const signal = (volume: number, [i, j, k]: readonly [number, number, number]): number =>
    (common[volume] ?? 0) +
    (i >= 6 && i < 9 && j >= 13 && j < 16 && k >= 7 && k < 11 ? (pulse[volume] ?? 0) : 0);
  writeFileSync(
    join(func, 'sub-01_task-rest_bold.nii'),
    niftiBytes({
      dims: [...headShape, VOLUMES],
      affine: headAffine,
      datatype: 'float32',
      repetitionTimeS: TR,
      data: movingHead(MOTION, { noise: 8, signal }),
    }),
  );
}

describe.skipIf(environment === undefined)('functional/preprocess', { timeout: 300_000 }, () => {
  let place = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neuroclaw preprocess '));
    data = join(folder, 'data');
    writeDataset(data, {
      SliceTiming: Array.from({ length: headShape[2] }, (_, slice) => (slice * TR) / headShape[2]),
    });
    const out = join(folder, 'out');
    const { code, said } = await cli([
      'run',
      'preprocess the bold runs',
      '--data',
      data,
      '--out',
      out,
      '--yes',
    ]);
    expect([code, code === 0 ? '' : said]).toEqual([0, '']);
    place = join(out, 'derivatives', 'functional-preprocess', 'sub-01', 'func', 'sub-01_task-rest');
  }, 300_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes confounds in the names of fMRIPrep, with the motion that was planted', async () => {
    const file = `${place}_desc-confounds_timeseries.tsv`;
    const { columns, rows } = parseTsv(await readFile(file, 'utf8'), { file });
    expect(rows).toHaveLength(VOLUMES);
    for (const name of [
      ...['trans_x', 'rot_z', 'trans_y_derivative1', 'rot_x_power2', 'trans_z_derivative1_power2'],
      ...['framewise_displacement', 'dvars', 'std_dvars', 'global_signal', 't_comp_cor_00', 't_comp_cor_05'],
    ])
      expect(columns).toContain(name);
    const at = (name: string, volume: number): number => Number(rows[volume]?.[name]);
    // Slice timing correction mixes the volumes beside the jump: what was planted is read a few volumes away.
    expect(Math.abs(at('trans_x', 22) - at('trans_x', 6) - 1.5)).toBeLessThan(0.06);
    expect(Math.abs(at('trans_y', 22) - at('trans_y', 6) - 0.16)).toBeLessThan(0.06);
    expect(Math.abs(at('rot_x', 22) - at('rot_x', 6) - 0.02)).toBeLessThan(0.003);
    expect(Math.abs(at('rot_z', 22) - at('rot_z', 6))).toBeLessThan(0.003);
    // 1.5 mm, 0.01 mm and 0.02 rad on a sphere of 50 mm.
    expect(Math.abs(at('framewise_displacement', JUMP) - 2.51)).toBeLessThan(0.4);
    expect(rows[0]?.['framewise_displacement']).toBe('n/a');
    const flagged = columns.filter((name) => name.startsWith('motion_outlier'));
    expect(flagged.map((name) => rows.findIndex((row) => Number(row[name]) === 1))).toContain(JUMP);
  });

  it('publishes a series that stands still, a mask of the head, and tSNR that the mask holds', async () => {
    const header = await readNiftiHeader(`${place}_desc-preproc_bold.nii.gz`);
    expect(header.dims).toEqual([...headShape, VOLUMES]);
    expect(header.repetitionTimeS).toBeCloseTo(TR, 6);
    const mask = await readVoxels(await readNiftiHeader(`${place}_desc-brain_mask.nii.gz`));
    const volume = mask.reduce((sum, value) => sum + value, 0) * 0.125;
    // The head is an ellipsoid of 52 x 62 x 38 mm: 513 mL.
    expect(volume).toBeGreaterThan(400);
    expect(volume).toBeLessThan(600);
    const [before, after] = [
      await readVoxels(await readNiftiHeader(join(data, 'sub-01', 'func', 'sub-01_task-rest_bold.nii'))),
      await readVoxels(header),
    ];
    const change = (series: Float64Array): number => {
      let [sum, count] = [0, 0];
      for (const [voxel, inside] of mask.entries()) {
        if (inside === 0) continue;
        sum +=
          ((series[JUMP * mask.length + voxel] ?? NaN) - (series[(JUMP - 1) * mask.length + voxel] ?? NaN)) **
          2;
        count += 1;
      }
      return Math.sqrt(sum / count);
    };
    expect(change(after)).toBeLessThan(change(before) / 2);
    const tsnr = await readVoxels(await readNiftiHeader(`${place}_stat-tsnr_boldmap.nii.gz`));
    expect(tsnr.every((value, voxel) => (mask[voxel] === 0 ? value === 0 : value > 0))).toBe(true);
  });

  it('draws the mask over the mean, tSNR, and the carpet with framewise displacement', () => {
    const store = join(folder, 'out', '.neuroclaw', 'store');
    const pictures = readdirSync(store, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('picture.svg'))
      .map((file) => readFileSync(join(store, file), 'utf8'));
    expect(new Set(pictures.map((svg) => /<title>([^<]*)/.exec(svg)?.[1]))).toEqual(
      new Set([
        'Corrected run over time',
        'Mean of the corrected run with the brain mask',
        'Temporal signal-to-noise ratio',
      ]),
    );
    expect(pictures.some((svg) => svg.includes('framewise displacement (mm)'))).toBe(true);
  });

  it('tells quality numbers and what it did', async () => {
    const out = join(folder, 'out');
    const env = cliEnvironment(join(folder, 'state'));
    const qc = await runCli(['qc', '--out', out, '--json'], env);
    expect(qc.stdout).toMatch(/"fd_max"/);
    expect(qc.stdout).toMatch(/"tsnr_median"/);
    const methods = await runCli(['methods', '--out', out], env);
    expect(methods.stdout).toContain('Slice times were corrected to the middle of the repetition');
    expect(methods.stdout).toContain('Distortion was not corrected.');
    expect(methods.stdout).toContain('Behzadi');
  });

  it('says that another tool than the first preference corrects motion', async () => {
    const { said } = await cli([
      'plan',
      'preprocess the bold runs',
      '--data',
      data,
      '--out',
      join(folder, 'o1'),
    ]);
    expect(said).toContain('motion-correction by functional/motion-correction instead of fsl/mcflirt');
  });

  it('leaves slice timing out where there is none, and refuses where it is wrong, before anything runs', async () => {
    const root = join(folder, 'untimed');
    writeDataset(root, {});
    const planned = await cli([
      'plan',
      'preprocess the bold runs',
      '--data',
      root,
      '--out',
      join(folder, 'o2'),
    ]);
    expect([planned.code, planned.said]).toEqual([
      0,
      expect.stringContaining('SliceTiming is missing in the sidecar: slice times are not corrected'),
    ]);
    writeDataset(root, { SliceTiming: Array.from({ length: headShape[2] }, (_, slice) => slice * 100) });
    const milliseconds = await cli([
      'plan',
      'preprocess the bold runs',
      '--data',
      root,
      '--out',
      join(folder, 'o3'),
    ]);
    expect(milliseconds.said).toMatch(/error: slice timing of .* cannot be corrected/);
    expect(milliseconds.said).toContain('these may be milliseconds');
    expect(milliseconds.said).toContain('--set slice_timing=false to do without');
  });

  it.skipIf(!hasTestData)('refuses a single slice before anything runs', async () => {
    const { said } = await cli([
      ...[
        'plan',
        'functional/preprocess',
        '--data',
        testData('bids', 'haxby-slice'),
        '--out',
        join(folder, 'o4'),
      ],
    ]);
    expect(said).toMatch(/error: .*has a single slice/);
  });
});
