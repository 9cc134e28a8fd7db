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
import type { JsonObject } from '../../../src/kernel/json.js';
import { randomBy } from '../../support/moving-head.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed } from '../../support/run-skill.js';
import { correlation, leastSquares } from './least-squares.js';

const environment: OpenEnvironment | undefined = await openPythonNeuro();
const SHAPE = [9, 8, 6] as const;
const SIZE = SHAPE[0] * SHAPE[1] * SHAPE[2];
const AFFINE: Affine = [
  [-3, 0, 0, 12],
  [0, 3, 0, -10],
  [0, 0, 3, -8],
  [0, 0, 0, 1],
];
let folder = '';

function open(): OpenEnvironment {
  if (environment === undefined) throw new Error('no environment');
  return environment;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuroclaw group maps '));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, data: ArrayLike<number>, volumes = 1): string {
  const path = join(folder, name);
  const dims = volumes === 1 ? [...SHAPE] : [...SHAPE, volumes];
  const series = volumes === 1 ? {} : { repetitionTimeS: 2 };
  writeFileSync(path, niftiBytes({ dims, affine: AFFINE, datatype: 'float32', data, ...series }));
  return path;
}

function writeTable(name: string, rows: readonly (readonly (number | string)[])[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${rows.map((row) => row.join('\t')).join('\n')}\n`);
  return path;
}

async function voxels(path: string, volume?: number): Promise<number[]> {
  return [...(await readVoxels(await readNiftiHeader(path), volume))];
}

function json(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

function gaussBy(seed: number): () => number {
  const random = randomBy(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** 1 in a block of the grid, 0 elsewhere. */
const inBlock = (voxel: number, [x, y, z]: readonly [number, number, number]): boolean => {
  const [i, j, k] = [voxel % 9, Math.floor(voxel / 9) % 8, Math.floor(voxel / 72)];
  return i >= x && i < x + 3 && j >= y && j < y + 3 && k >= z && k < z + 3;
};

describe.skipIf(environment === undefined)(
  'a group of maps with a known effect',
  { timeout: 240_000 },
  () => {
    const people = Array.from({ length: 12 }, (_, index) => ({
      id: `sub-${String(index + 1).padStart(2, '0')}`,
      group: index % 3 === 0 ? 'control' : 'patient',
      age: 20 + ((index * 7) % 23),
    }));
    const mean = people.reduce((sum, { age }) => sum + age, 0) / people.length;
    let data: Float32Array[] = [];
    let maps: string[] = [];
    let table = '';

    beforeAll(() => {
      const gauss = gaussBy(3);
      data = people.map(({ group, age }) =>
        Float32Array.from({ length: SIZE }, (_, voxel) => {
          const effect = inBlock(voxel, [1, 1, 1]) ? 5 : 0;
          const apart = inBlock(voxel, [5, 4, 2]) && group === 'patient' ? 6 : 0;
          return 1 + effect + apart + 0.05 * (age - mean) + gauss();
        }),
      );
      maps = people.map(({ id }, index) => write(`${id}_task-faces_map.nii`, data[index] ?? []));
      // As participants.tsv often is: in another order than the files, with people that have no map.
      const rows = [...people].reverse().map(({ id, group, age }) => [id, group, age]);
      table = writeTable('participants.tsv', [
        ['participant_id', 'group', 'age'],
        ['sub-99', 'control', 50],
        ...rows,
      ]);
    });

    /** Least squares in every voxel: the estimate of a contrast over columns of a design, and its t. */
    function independent(
      design: readonly (readonly number[])[],
      contrast: readonly number[],
    ): { effect: number[]; t: number[] } {
      const df = design.length - contrast.length;
      // c (X'X)^-1 c': the least-squares weights of a column are X (X'X)^-1, so their norm squared is what is due.
      const picks = design.map((_, row) =>
        leastSquares(
          design,
          design.map((_each, other) => (other === row ? 1 : 0)),
        ).reduce((sum, weight, column) => sum + weight * (contrast[column] ?? NaN), 0),
      );
      const spread = Math.hypot(...picks);
      const [effect, t]: [number[], number[]] = [[], []];
      for (let voxel = 0; voxel < SIZE; voxel++) {
        const values = data.map((map) => map[voxel] ?? NaN);
        const weights = leastSquares(design, values);
        const estimate = weights.reduce((sum, weight, column) => sum + weight * (contrast[column] ?? NaN), 0);
        const residual = values.map(
          (value, row) =>
            value - weights.reduce((sum, weight, column) => sum + weight * (design[row]?.[column] ?? NaN), 0),
        );
        effect.push(estimate);
        t.push(estimate / (spread * (Math.hypot(...residual) / Math.sqrt(df))));
      }
      return { effect, t };
    }

    const worst = (found: readonly number[], due: readonly number[]): number =>
      Math.max(
        ...found.map(
          (value, index) => Math.abs(value - (due[index] ?? NaN)) / Math.max(1, Math.abs(due[index] ?? NaN)),
        ),
      );

    it('one sample: the mean and its t are those of least squares, with a covariate that is centred', async () => {
      const run = await succeed(
        runSkill(open(), folder, 'nilearn/second-level', {
          inputs: { maps, table },
          params: { test: 'one-sample', covariates: ['age'] },
        }),
      );
      const due = independent(
        people.map(({ age }) => [1, age - mean]),
        [1, 0],
      );
      expect(worst(await voxels(run('effect')), due.effect)).toBeLessThan(1e-4);
      expect(worst(await voxels(run('t')), due.t)).toBeLessThan(1e-3);
      const design = parseTsv(readFileSync(run('design'), 'utf8'), { file: 'design.tsv' });
      expect(design.columns).toEqual(['mean', 'age']);
      expect(design.rows.map((row) => Number(row['age']))).toEqual(
        people.map(({ age }) => expect.closeTo(age - mean, 9) as number),
      );
      const clusters = parseTsv(readFileSync(run('clusters'), 'utf8'), { file: 'clusters.tsv' });
      expect(clusters.rows.length).toBeGreaterThanOrEqual(1);
      expect(json(run('result'))).toMatchObject({ maps: 12, degrees_of_freedom: 10, tested: 'mean above 0' });
    });

    it('two samples: groups come from the row of each participant, not from the order of rows', async () => {
      const params: JsonObject = { test: 'two-sample', compare: ['patient', 'control'], covariates: ['age'] };
      const run = await succeed(
        runSkill(open(), folder, 'nilearn/second-level', { inputs: { maps, table }, params }),
      );
      const design = people.map(({ group, age }) => [
        Number(group === 'patient'),
        Number(group === 'control'),
        age - mean,
      ]);
      const due = independent(design, [1, -1, 0]);
      expect(worst(await voxels(run('effect')), due.effect)).toBeLessThan(1e-4);
      expect(worst(await voxels(run('t')), due.t)).toBeLessThan(1e-3);
      // The planted difference, and not the other way round.
      const effect = await voxels(run('effect'));
      const inside = effect.filter((_, voxel) => inBlock(voxel, [5, 4, 2]));
      expect(inside.reduce((sum, value) => sum + value, 0) / inside.length).toBeGreaterThan(4.5);
      expect(json(run('result'))).toMatchObject({ tested: 'patient above control', degrees_of_freedom: 9 });
      // The mistake that would be made by going row by row: another map altogether.
      const shuffled = [...people]
        .reverse()
        .map(({ group, age }) => [Number(group === 'patient'), Number(group === 'control'), age - mean]);
      expect(worst(effect, independent(shuffled, [1, -1, 0]).effect)).toBeGreaterThan(1);
      const other = await succeed(
        runSkill(open(), folder, 'nilearn/second-level', {
          inputs: { maps, table },
          params: { ...params, compare: ['control', 'patient'] },
        }),
      );
      expect(
        worst(
          await voxels(other('effect')),
          effect.map((value) => -value),
        ),
      ).toBeLessThan(1e-4);
    });

    it('refuses a participant without a row, a group that is not there, and a covariate that is the group', async () => {
      const refuse = async (
        inputs: Record<string, string | readonly string[]>,
        params: JsonObject,
      ): Promise<string> => {
        const { exit, said } = await runSkill(open(), folder, 'nilearn/second-level', { inputs, params });
        expect(exit.exitCode).toBe(2);
        return said;
      };
      const short = writeTable('short.tsv', [
        ['participant_id', 'group', 'age'],
        ...people.slice(2).map(({ id, group, age }) => [id, group, age]),
      ]);
      expect(await refuse({ maps, table: short }, { test: 'two-sample' })).toContain(
        'has no row for sub-01, sub-02',
      );
      expect(
        await refuse({ maps, table }, { test: 'two-sample', compare: ['patient', 'sibling'] }),
      ).toContain('group is control, patient, and patient is to be compared with sibling');
      const bound = writeTable('bound.tsv', [
        ['participant_id', 'group', 'site'],
        ...people.map(({ id, group }) => [id, group, group === 'patient' ? 1 : 2]),
      ]);
      expect(await refuse({ maps, table: bound }, { test: 'two-sample', covariates: ['site'] })).toContain(
        'depend on each other',
      );
    });

    it('takes a contrast out of a map of several by its name', async () => {
      const both = Float32Array.from([...(data[0] ?? []), ...(data[1] ?? [])]);
      const several = write('sub-01_stat-effect_statmap.nii', both, 2);
      const contrasts = writeTable('sub-01_contrasts.tsv', [
        ['volume', 'contrast', 'expression', 'runs', 'run_numbers'],
        [0, 'house-face', '+1*house -1*face', 1, 1],
        [1, 'face-house', '+1*face -1*house', 1, 1],
      ]);
      const inputs = { maps: several, contrasts };
      const run = await succeed(
        runSkill(open(), folder, 'nilearn/contrast-map', { inputs, params: { contrast: 'face-house' } }),
      );
      expect(await voxels(run('map'))).toEqual([...(data[1] ?? [])]);
      const wrong = await runSkill(open(), folder, 'nilearn/contrast-map', {
        inputs,
        params: { contrast: 'face-cat' },
      });
      expect([wrong.exit.exitCode, wrong.said]).toEqual([
        2,
        expect.stringContaining('it has house-face, face-house'),
      ]);
    });
  },
);

describe.skipIf(environment === undefined)(
  'components of runs whose sources are known',
  { timeout: 240_000 },
  () => {
    const VOLUMES = 60;
    const centres: readonly (readonly [number, number, number])[] = [
      [2, 2, 2],
      [6, 2, 3],
      [4, 6, 2],
    ];
    const sources = centres.map(([x, y, z]) =>
      Float64Array.from({ length: SIZE }, (_, voxel) => {
        const [i, j, k] = [voxel % 9, Math.floor(voxel / 9) % 8, Math.floor(voxel / 72)];
        const height = Math.exp(-((i - x) ** 2 + (j - y) ** 2 + (k - z) ** 2) / 3);
        return height < 0.1 ? 0 : height;
      }),
    );
    const courses: number[][][] = [];
    let bold: string[] = [];
    let mask = '';

    beforeAll(() => {
      const [gauss, random] = [gaussBy(11), randomBy(12)];
      // Sources fluctuate like Laplace noise: ICA finds what is not Gaussian.
      const laplace = (): number => {
        const u = random() - 0.5;
        return -Math.sign(u) * Math.log(1 - 2 * Math.abs(u));
      };
      bold = [1, 2].map((run) => {
        const series = sources.map(() => Array.from({ length: VOLUMES }, laplace));
        courses.push(series);
        const data = new Float32Array(SIZE * VOLUMES);
        for (let t = 0; t < VOLUMES; t++)
          for (let voxel = 0; voxel < SIZE; voxel++) {
            const signal = sources.reduce(
              (sum, source, at) => sum + (source[voxel] ?? 0) * (series[at]?.[t] ?? 0),
              0,
            );
            data[t * SIZE + voxel] = 500 + 4 * signal + gauss();
          }
        return write(`run-${run}_bold.nii`, data, VOLUMES);
      });
      mask = write('mask.nii', new Float32Array(SIZE).fill(1));
    });

    it.each([
      ['nilearn/canica', { components: 3, smoothing_fwhm: 0, starts: 5 }],
      ['nilearn/dictionary-learning', { components: 3, smoothing_fwhm: 0, alpha: 1, epochs: 2 }],
    ])('%s finds each source, and its time course in each run', async (id, params) => {
      const run = await succeed(runSkill(open(), folder, id, { inputs: { bold, mask }, params }));
      const header = await readNiftiHeader(run('maps'));
      const found = await Promise.all(
        Array.from({ length: header.dims[3] ?? 1 }, (_, at) => voxels(run('maps'), at)),
      );
      const { rows } = parseTsv(readFileSync(run('timeseries'), 'utf8'), { file: 'timeseries.tsv' });
      expect(rows).toHaveLength(2 * VOLUMES);
      const taken = new Set<number>();
      for (const [number, source] of sources.entries()) {
        const likeness = found.map((map) => Math.abs(correlation(map, [...source])));
        const best = likeness.indexOf(Math.max(...likeness));
        // Voxels are scaled to one variance before, which flattens the flanks of a source.
        expect(likeness[best]).toBeGreaterThan(0.75);
        expect(Math.max(...likeness.filter((_, at) => at !== best))).toBeLessThan(0.4);
        taken.add(best);
        for (const [index, series] of courses.entries()) {
          const own = rows
            .filter((row) => row['run'] === String(index + 1))
            .map((row) => Number(row[`component0${best}`]));
          expect(Math.abs(correlation(own, series[number] ?? []))).toBeGreaterThan(0.9);
        }
      }
      // Each source has a component of its own.
      expect(taken.size).toBe(3);
    });

    it('refuses more components than volumes', async () => {
      const { exit, said } = await runSkill(open(), folder, 'nilearn/canica', {
        inputs: { bold, mask },
        params: { components: 60 },
      });
      expect([exit.exitCode, said]).toEqual([
        2,
        expect.stringContaining('60 volumes, expected more than the 60 components'),
      ]);
    });

    it('nilearn/spacenet finds the voxels that tell two conditions apart, and none where labels mean nothing', async () => {
      const gauss = gaussBy(21);
      const labels = Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? 'cat' : 'dog'));
      const maps = labels.map((label, index) =>
        write(
          `trial-${String(index).padStart(2, '0')}.nii`,
          Float32Array.from(
            { length: SIZE },
            (_, voxel) => (inBlock(voxel, [5, 4, 2]) && label === 'dog' ? 2 : 0) + gauss(),
          ),
        ),
      );
      const table = writeTable('trials.tsv', [
        ['label', 'other'],
        ...labels.map((label, index) => [label, Math.floor(index / 2) % 2 === 0 ? 'x' : 'y']),
      ]);
      const params = { target: 'label', kind: 'classify' };
      const run = await succeed(
        runSkill(open(), folder, 'nilearn/spacenet', { inputs: { maps, table, mask }, params }),
      );
      expect(json(run('result'))['score']).toBeGreaterThan(0.9);
      const weights = await voxels(run('weights'));
      const total = weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
      const inside = weights.reduce(
        (sum, weight, voxel) => sum + (inBlock(voxel, [5, 4, 2]) ? weight : 0),
        0,
      );
      // Positive: the block speaks for the second of the two, in the order of the alphabet.
      // The block is a sixteenth of the grid.
      expect(inside / total).toBeGreaterThan(0.6);
      expect(json(run('result'))['positive_weights_mean']).toBe('dog');
      const chance = await succeed(
        runSkill(open(), folder, 'nilearn/spacenet', {
          inputs: { maps, table, mask },
          params: { ...params, target: 'other' },
        }),
      );
      expect(json(chance('result'))['score']).toBeLessThan(0.8);
    });
  },
);
