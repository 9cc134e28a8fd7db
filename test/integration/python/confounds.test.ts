import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTsv } from '../../../src/bids/tsv.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import type { Affine } from '../../../src/imaging/affine.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import { randomBy } from '../../support/moving-head.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed } from '../../support/run-skill.js';
import { correlation } from './least-squares.js';

const environment: OpenEnvironment | undefined = await openPythonNeuro();
const SHAPE = [8, 8, 6] as const;
const SIZE = 8 * 8 * 6;
const VOLUMES = 100;
const TR = 2;
const AFFINE: Affine = [
  [-3, 0, 0, 10],
  [0, 3, 0, -10],
  [0, 0, 3, -8],
  [0, 0, 0, 1],
];
/** All voxels jump at this volume and come back. */
const SPIKE = 40;
/** The head moves at this one. */
const MOVED = 70;
/** Times of seven voxels that pulse, of the voxels of the noise mask, and slow drift everywhere. */
const pulse = Array.from({ length: VOLUMES }, (_, t) => Math.sin(t * 2.3));
const breath = Array.from({ length: VOLUMES }, (_, t) => Math.sin(t * 1.1 + 1));
const pulsing = (voxel: number): boolean => voxel >= 200 && voxel < 207;
const breathing = (voxel: number): boolean => voxel >= 300 && voxel < 340;
const inMask = (voxel: number): boolean => voxel % 8 > 0;

let folder = '';
let bold = '';
let mask = '';
let motion = '';
let series: number[][] = [];

function open(): OpenEnvironment {
  if (environment === undefined) throw new Error('no environment');
  return environment;
}

function write(name: string, data: ArrayLike<number>, volumes = 1): string {
  const path = join(folder, name);
  const more = volumes > 1 ? { repetitionTimeS: TR } : {};
  const dims = volumes > 1 ? [...SHAPE, volumes] : [...SHAPE];
  writeFileSync(path, niftiBytes({ dims, affine: AFFINE, datatype: 'float32', data, ...more }));
  return path;
}

describe.skipIf(environment === undefined)(
  'confounds against a second computation',
  { timeout: 120_000 },
  () => {
    let rows: readonly Readonly<Record<string, string>>[] = [];
    let columns: readonly string[] = [];
    let result: Readonly<Record<string, number>> = {};
    const column = (name: string): number[] => rows.map((row) => Number(row[name]));

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'neuroclaw confounds '));
      const random = randomBy(9);
      const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const data = new Float32Array(SIZE * VOLUMES);
      for (let voxel = 0; voxel < SIZE; voxel++) {
        let memory = 0;
        for (let t = 0; t < VOLUMES; t++) {
          memory = 0.4 * memory + gauss();
          data[t * SIZE + voxel] =
            800 +
            voxel +
            5 * memory +
            (t === SPIKE ? 40 : 0) +
            10 * (t / VOLUMES) +
            (pulsing(voxel) ? 30 * (pulse[t] ?? 0) : 0) +
            (breathing(voxel) ? 12 * (breath[t] ?? 0) : 0);
        }
      }
      series = Array.from({ length: SIZE }, (_, voxel) => voxel)
        .filter(inMask)
        .map((voxel) => Array.from({ length: VOLUMES }, (_, t) => data[t * SIZE + voxel] ?? NaN));
      bold = write('bold.nii', data, VOLUMES);
      mask = write(
        'mask.nii',
        Float32Array.from({ length: SIZE }, (_, voxel) => Number(inMask(voxel))),
      );
      const noise = write(
        'noise.nii',
        Float32Array.from({ length: SIZE }, (_, voxel) => Number(breathing(voxel))),
      );
      const names = ['framewise_displacement', 'trans_x', 'trans_y', 'trans_z', 'rot_x', 'rot_y', 'rot_z'];
      motion = join(folder, 'motion.tsv');
      const lines = Array.from({ length: VOLUMES }, (_, t) => [
        t === 0 ? 'n/a' : t === MOVED ? 0.9 : 0.05,
        0,
        0,
        0,
        0,
        0,
        0,
      ]);
      writeFileSync(motion, `${[names, ...lines].map((line) => line.join('\t')).join('\n')}\n`);
      const run = await succeed(
        runSkill(open(), folder, 'functional/confounds', {
          inputs: { bold, mask, motion, noise_mask: noise },
          params: { repetition_time: TR, components: 3, dvars_threshold: 3 },
        }),
      );
      ({ rows, columns } = parseTsv(readFileSync(run('confounds'), 'utf8'), { file: 'confounds.tsv' }));
      result = JSON.parse(readFileSync(run('result'), 'utf8')) as Record<string, number>;
    });
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    it('DVARS as Power wrote it, of data whose median is 1000, and as Nichols standardised it', () => {
      const sorted = series.flat().sort((a, b) => a - b);
      const median = ((sorted[sorted.length / 2 - 1] ?? NaN) + (sorted[sorted.length / 2] ?? NaN)) / 2;
      const scaled = series.map((values) => values.map((value) => (value / median) * 1000));
      let expected = 0;
      for (const values of scaled) {
        const ordered = [...values].sort((a, b) => a - b);
        const at = (share: number): number => ordered[Math.floor(share * (VOLUMES - 1))] ?? NaN;
        const mean = values.reduce((sum, value) => sum + value, 0) / VOLUMES;
        let [lag, all] = [0, 0];
        for (const [t, value] of values.entries()) {
          all += (value - mean) ** 2;
          if (t > 0) lag += (value - mean) * ((values[t - 1] ?? NaN) - mean);
        }
        expected += (Math.sqrt(2 * (1 - lag / all)) * (at(0.75) - at(0.25))) / 1.349 / scaled.length;
      }
      const found = column('dvars');
      const standard = column('std_dvars');
      for (let t = 1; t < VOLUMES; t++) {
        const sum = scaled.reduce(
          (total, values) => total + ((values[t] ?? NaN) - (values[t - 1] ?? NaN)) ** 2,
          0,
        );
        const due = Math.sqrt(sum / scaled.length);
        expect(Math.abs((found[t] ?? NaN) / due - 1)).toBeLessThan(1e-6);
        expect(Math.abs((standard[t] ?? NaN) / (due / expected) - 1)).toBeLessThan(1e-6);
      }
      expect([rows[0]?.['dvars'], rows[0]?.['std_dvars']]).toEqual(['n/a', 'n/a']);
    });

    it('marks the spike and the movement, and counts them', () => {
      const marked = columns
        .filter((name) => name.startsWith('motion_outlier'))
        .map((name) => column(name).indexOf(1));
      // In and out of the spike.
      expect(marked).toEqual([SPIKE, SPIKE + 1, MOVED]);
      expect(result['motion_outliers']).toBe(3);
      expect(result['fd_max_mm']).toBeCloseTo(0.9, 9);
      expect(result['fd_median_mm']).toBeCloseTo(0.05, 9);
      expect(result['fd_share_above']).toBeCloseTo(1 / (VOLUMES - 1), 9);
    });

    it('global signal is the mean of the mask; tCompCor finds the pulse, aCompCor the noise of its mask', () => {
      const mean = Array.from(
        { length: VOLUMES },
        (_, t) => series.reduce((sum, values) => sum + (values[t] ?? NaN), 0) / series.length,
      );
      column('global_signal').forEach((value, t) =>
        expect(Math.abs(value - (mean[t] ?? NaN))).toBeLessThan(1e-3),
      );
      expect(Math.abs(correlation(column('t_comp_cor_00'), pulse))).toBeGreaterThan(0.97);
      expect(Math.abs(correlation(column('t_comp_cor_00'), breath))).toBeLessThan(0.3);
      const quiet = ['a_comp_cor_00', 'a_comp_cor_01'].map((name) =>
        Math.abs(correlation(column(name), breath)),
      );
      expect(Math.max(...quiet)).toBeGreaterThan(0.9);
    });

    it('cosines have the periods above the high-pass, and CompCor holds none of them', () => {
      const cosines = columns.filter((name) => name.startsWith('cosine'));
      // 200 s hold three half waves above 128 s: 400, 200 and 133 s.
      expect(cosines).toEqual(['cosine00', 'cosine01', 'cosine02']);
      const dot = (a: readonly number[], b: readonly number[]): number =>
        a.reduce((sum, value, t) => sum + value * (b[t] ?? NaN), 0);
      for (const name of cosines) {
        expect(dot(column(name), column(name))).toBeCloseTo(1, 9);
        for (const other of ['t_comp_cor_00', 't_comp_cor_02', 'a_comp_cor_00'])
          expect(Math.abs(dot(column(name), column(other)))).toBeLessThan(1e-6);
      }
    });

    it('tSNR is the mean over the standard deviation without the trend', async () => {
      const run = await succeed(
        runSkill(open(), folder, 'functional/temporal-snr', { inputs: { bold, mask } }),
      );
      const map = await readVoxels(await readNiftiHeader(run('tsnr')));
      const own = series.map((values) => {
        const times = values.map((_, t) => t - (VOLUMES - 1) / 2);
        const mean = values.reduce((sum, value) => sum + value, 0) / VOLUMES;
        const slope =
          values.reduce((sum, value, t) => sum + (value - mean) * (times[t] ?? NaN), 0) /
          times.reduce((sum, time) => sum + time * time, 0);
        const rest = values.map((value, t) => value - mean - slope * (times[t] ?? NaN));
        return mean / (Math.hypot(...rest) / Math.sqrt(VOLUMES - 2));
      });
      const voxels = Array.from({ length: SIZE }, (_, voxel) => voxel).filter(inMask);
      voxels.forEach((voxel, index) =>
        expect(Math.abs((map[voxel] ?? NaN) / (own[index] ?? NaN) - 1)).toBeLessThan(1e-5),
      );
      const ordered = [...own].sort((a, b) => a - b);
      const median = ((ordered[ordered.length / 2 - 1] ?? NaN) + (ordered[ordered.length / 2] ?? NaN)) / 2;
      const said = JSON.parse(readFileSync(run('result'), 'utf8')) as Record<string, number>;
      expect(Math.abs((said['tsnr_median'] ?? NaN) / median - 1)).toBeLessThan(1e-5);
    });

    it('refuses a motion table that is short of a volume', async () => {
      const short = join(folder, 'short.tsv');
      writeFileSync(short, `${readFileSync(motion, 'utf8').trim().split('\n').slice(0, -1).join('\n')}\n`);
      const { exit, said } = await runSkill(open(), folder, 'functional/confounds', {
        inputs: { bold, mask, motion: short },
        params: { repetition_time: TR },
      });
      expect([exit.exitCode, said]).toEqual([
        2,
        expect.stringContaining('99 rows for 100 volumes: a volume is missing'),
      ]);
    });
  },
);
