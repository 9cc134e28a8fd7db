import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTsv } from '../../../src/bids/tsv.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { niftiBytes, writeNifti } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { hasTestData, testData } from '../../support/data.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed } from '../../support/run-skill.js';
import { correlation } from './least-squares.js';

const environment: OpenEnvironment | undefined = hasTestData ? await openPythonNeuro() : undefined;
const bold = testData('bids', 'haxby-slice', 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_bold.nii.gz');
const VOLUMES = 121;

function open(): OpenEnvironment {
  if (environment === undefined) throw new Error('no environment');
  return environment;
}

async function voxels(path: string): Promise<number[]> {
  return [...(await readVoxels(await readNiftiHeader(path)))];
}

async function result(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}

describe.skipIf(environment === undefined)('from a real run to a connectivity matrix', () => {
  let folder = '';
  let mask = '';
  let confounds = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neuroclaw connectivity '));
    const made = await succeed(runSkill(open(), folder, 'nilearn/epi-mask', { inputs: { bold: [bold] } }));
    mask = made('mask');
    const motion = Array.from({ length: VOLUMES }, (_, t) => [
      0.05 * Math.sin(t / 5),
      t === 60 ? 1 : 0,
      0,
      0.001 * Math.cos(t / 7),
      0,
      0,
    ]);
    const header = ['trans_x', 'trans_y', 'trans_z', 'rot_x', 'rot_y', 'rot_z'];
    writeFileSync(
      join(folder, 'motion.tsv'),
      [header, ...motion].map((row) => row.join('\t')).join('\n') + '\n',
    );
    const moved = await succeed(
      runSkill(open(), folder, 'functional/framewise-displacement', {
        inputs: { motion: join(folder, 'motion.tsv') },
      }),
    );
    confounds = moved('confounds');
    // Power 2012: sum of absolute changes, rotations as arcs of a sphere of 50 mm.
    const { rows } = parseTsv(await readFile(confounds, 'utf8'), { file: confounds });
    expect(rows[0]?.['framewise_displacement']).toBe('n/a');
    for (const t of [1, 60, 61, 100]) {
      const due = (motion[t] ?? []).reduce(
        (sum, value, axis) => sum + Math.abs(value - (motion[t - 1]?.[axis] ?? NaN)) * (axis < 3 ? 1 : 50),
        0,
      );
      expect(Number(rows[t]?.['framewise_displacement'])).toBeCloseTo(due, 9);
    }
  }, 120_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses rotations in degrees that are called radians', async () => {
    const path = join(folder, 'degrees.tsv');
    writeFileSync(
      path,
      'trans_x\ttrans_y\ttrans_z\trot_x\trot_y\trot_z\n0\t0\t0\t0\t0\t0\n0\t0\t0\t1.2\t0\t0\n',
    );
    const { exit, said } = await runSkill(open(), folder, 'functional/framewise-displacement', {
      inputs: { motion: path },
    });
    expect([exit.exitCode, said]).toEqual([2, expect.stringContaining('these are degrees, not radians')]);
  });

  it('cleans, scrubs and counts, averages regions of a finer grid, and correlates them', async () => {
    const cleaned = await succeed(
      runSkill(open(), folder, 'nilearn/clean', {
        inputs: { bold, mask, confounds },
        params: {
          repetition_time: 2.5,
          high_pass: 100,
          fd_threshold: 0.5,
          confound_columns: ['trans_x', 'rot_x'],
          keep_mean: true,
        },
      }),
    );
    // The jump at volume 60 and the way back.
    expect(await result(cleaned('result'))).toMatchObject({ volumes_kept: VOLUMES - 2, volumes_censored: 2 });

    const header = await readNiftiHeader(bold);
    const fine = [80, 40, 1] as const;
    const atlas = new Float32Array(fine[0] * fine[1]);
    for (let y = 0; y < fine[1]; y++)
      for (let x = 0; x < fine[0]; x++)
        atlas[x + fine[0] * y] = 1 + Math.floor(x / 20) + 4 * Math.floor(y / 20);
    atlas[0] = 99; // lies outside the head
    const affine = header.affine.map((row, i) =>
      i === 3
        ? [...row]
        : [
            (row[0] ?? NaN) / 2,
            (row[1] ?? NaN) / 2,
            row[2] ?? NaN,
            (row[3] ?? NaN) - ((row[0] ?? NaN) + (row[1] ?? NaN)) / 4,
          ],
    ) as unknown as Parameters<typeof niftiBytes>[0]['affine'];
    const atlasPath = join(folder, 'atlas.nii');
    writeFileSync(atlasPath, niftiBytes({ dims: [...fine], affine, datatype: 'int16', data: atlas }));
    const regions = await succeed(
      runSkill(open(), folder, 'nilearn/roi-timeseries', {
        inputs: { bold: cleaned('cleaned'), atlas: atlasPath, mask },
      }),
    );
    expect(await result(regions('result'))).toMatchObject({
      regions: 9,
      regions_used: 8,
      regions_empty: ['label99'],
      interpolation: 'nearest neighbour',
    });
    // Region 2 is columns 10 to 19, rows 0 to 9 of the run: averaged here a second time.
    const series = await voxels(cleaned('cleaned'));
    const inside = await voxels(mask);
    const own = [...inside.keys()].filter((v) => {
      const [x, y] = [v % 40, Math.floor(v / 40)];
      return (inside[v] ?? 0) > 0 && x >= 10 && x < 20 && y < 10;
    });
    const mean = Array.from(
      { length: VOLUMES - 2 },
      (_, t) => own.reduce((sum, v) => sum + (series[t * inside.length + v] ?? NaN), 0) / own.length,
    );
    const table = parseTsv(await readFile(regions('timeseries'), 'utf8'), { file: 'timeseries.tsv' });
    const second = table.rows.map((row) => Number(row['label2']));
    expect(Math.max(...second.map((value, t) => Math.abs(value - (mean[t] ?? NaN))))).toBeLessThan(1e-2);

    const matrix = await succeed(
      runSkill(open(), folder, 'nilearn/connectivity-matrix', {
        inputs: { timeseries: regions('timeseries') },
        params: { kind: 'pearson' },
      }),
    );
    const { columns, rows } = parseTsv(await readFile(matrix('matrix'), 'utf8'), { file: 'matrix.tsv' });
    expect(columns).toEqual(table.columns);
    const third = table.rows.map((row) => Number(row['label3']));
    expect(Number(rows[1]?.['label3'])).toBeCloseTo(correlation(second, third), 9);

    for (const params of [
      { kind: 'partial', fisher_z: true },
      { kind: 'partial', estimator: 'ledoit-wolf' },
      { kind: 'covariance' },
    ])
      await succeed(
        runSkill(open(), folder, 'nilearn/connectivity-matrix', {
          inputs: { timeseries: regions('timeseries') },
          params,
        }),
      );
  }, 120_000);

  it('refuses to clean where too little would be left', async () => {
    const { exit, said } = await runSkill(open(), folder, 'nilearn/clean', {
      inputs: { bold, mask, confounds },
      params: { repetition_time: 2.5, fd_threshold: 0.001, confound_columns: ['trans_x'] },
    });
    expect([exit.exitCode, said]).toEqual([2, expect.stringContaining('are left, expected 10 or more')]);
  });

  it('correlates every voxel with a seed', async () => {
    const header = await readNiftiHeader(bold);
    const seed = header.affine
      .slice(0, 3)
      .map((row) => 20 * (row[0] ?? NaN) + 10 * (row[1] ?? NaN) + (row[3] ?? NaN));
    const map = await succeed(
      runSkill(open(), folder, 'nilearn/seed-map', {
        inputs: { bold, mask },
        params: { seed_mm: seed, radius: 1 },
      }),
    );
    const r = await voxels(map('correlation'));
    const series = await voxels(bold);
    const at = (voxel: number): number[] =>
      Array.from({ length: VOLUMES }, (_, t) => series[t * r.length + voxel] ?? NaN);
    const centre = 20 + 40 * 10;
    expect(r[centre]).toBeCloseTo(1, 5);
    for (const voxel of [centre + 1, centre + 43, centre - 80])
      expect(r[voxel]).toBeCloseTo(correlation(at(centre), at(voxel)), 5);
  });

  it('says that a mask is empty, not where its own arithmetic failed', async () => {
    const header = await readNiftiHeader(mask);
    const empty = join(folder, 'empty-mask.nii');
    const dims = header.dims.slice(0, 3);
    const data = new Uint8Array(dims.reduce((product, size) => product * size, 1));
    await writeNifti(empty, { dims, affine: header.affine, datatype: 'uint8', data });
    const { exit, said } = await runSkill(open(), folder, 'nilearn/seed-map', {
      inputs: { bold, mask: empty },
      params: { seed_mm: [0, 0, 0], radius: 6 },
    });
    expect([exit.exitCode, said]).toEqual([2, expect.stringContaining('the mask is empty')]);
    expect(said).not.toContain('Traceback');
  });

  it('smooths, and shifts slices in time by a known phase', async () => {
    await succeed(
      runSkill(open(), folder, 'nilearn/smooth', { inputs: { image: bold }, params: { fwhm: 6 } }),
    );
    // Three slices see one slow wave, each at its own time; afterwards all see it at the middle of the repetition.
    const [tr, volumes] = [2, 60];
    const timing = [0, 1.2, 0.6];
    const wave = (time: number): number => 1000 + 100 * Math.sin((2 * Math.PI * time) / 30);
    const data = new Float32Array(2 * 2 * 3 * volumes);
    for (let t = 0; t < volumes; t++)
      for (let z = 0; z < 3; z++)
        for (let v = 0; v < 4; v++) data[v + 4 * (z + 3 * t)] = wave(t * tr + (timing[z] ?? NaN));
    const path = join(folder, 'slices.nii');
    const affine = [
      [3, 0, 0, 0],
      [0, 3, 0, 0],
      [0, 0, 3, 0],
      [0, 0, 0, 1],
    ] as unknown as Parameters<typeof niftiBytes>[0]['affine'];
    writeFileSync(
      path,
      niftiBytes({ dims: [2, 2, 3, volumes], affine, datatype: 'float32', repetitionTimeS: tr, data }),
    );
    const corrected = await succeed(
      runSkill(open(), folder, 'functional/slice-timing', {
        inputs: { bold: path },
        params: { slice_timing: timing, repetition_time: tr, reference: 0.5 },
      }),
    );
    const found = await voxels(corrected('corrected'));
    let worst = 0;
    for (let t = 2; t < volumes - 2; t++)
      for (let z = 0; z < 3; z++)
        worst = Math.max(worst, Math.abs((found[4 * (z + 3 * t)] ?? NaN) - wave(t * tr + 1)));
    // Of an amplitude of 100; uncorrected, the first slice is off by up to 21.
    expect(worst).toBeLessThan(0.5);
    const milliseconds = await runSkill(open(), folder, 'functional/slice-timing', {
      inputs: { bold: path },
      params: { slice_timing: [0, 12, 6], repetition_time: tr },
    });
    expect([milliseconds.exit.exitCode, milliseconds.said]).toEqual([
      2,
      expect.stringContaining('are they in milliseconds?'),
    ]);
  });
});
