import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTsv } from '../../../src/bids/tsv.js';
import { runChecks } from '../../../src/checks/catalog.js';
import { readNiftiHeader } from '../../../src/imaging/nifti-header.js';
import { niftiBytes } from '../../../src/imaging/nifti-write.js';
import { readVoxels } from '../../../src/imaging/voxel-stream.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { headAffine, headShape, movingHead, type Motion } from '../../support/moving-head.js';
import { openPythonNeuro } from '../../support/python-environment.js';
import { runSkill, succeed } from '../../support/run-skill.js';

const environment: OpenEnvironment | undefined = await openPythonNeuro();
const TR = 2;
const NAMES = ['trans_x', 'trans_y', 'trans_z', 'rot_x', 'rot_y', 'rot_z'];
/** Volume 5 is the middle one, to which the others are moved: it stands still. */
const PLANTED: readonly Motion[] = [
  [1.2, 0, 0, 0, 0, 0],
  [0, 1.2, 0, 0, 0, 0],
  [0, 0, 1.2, 0, 0, 0],
  [0, 0, 0, 0.03, 0, 0],
  [0, 0, 0, 0, 0.03, 0],
  [0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0.03],
  [-2, 0.6, 1, 0.02, -0.03, 0.01],
  [0.4, -1.5, -0.7, -0.04, 0.01, -0.02],
  [0.1, 0.05, -0.1, 0.002, 0, -0.001],
];
/** What the docs of the skill promise. */
const TOLERANCE_MM = 0.06;
const TOLERANCE_RAD = 0.003;

let folder = '';

function open(): OpenEnvironment {
  if (environment === undefined) throw new Error('no environment');
  return environment;
}

function write(name: string, data: Float32Array, volumes: number): string {
  const path = join(folder, name);
  const image = {
    dims: [...headShape, volumes],
    affine: headAffine,
    datatype: 'float32',
    repetitionTimeS: TR,
  } as const;
  writeFileSync(path, niftiBytes({ ...image, data }));
  return path;
}

async function voxels(path: string): Promise<Float64Array> {
  return readVoxels(await readNiftiHeader(path));
}

function rowsOf(path: string): readonly Readonly<Record<string, string>>[] {
  return parseTsv(readFileSync(path, 'utf8'), { file: path }).rows;
}

function writeTable(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly (number | string)[])[],
): string {
  const path = join(folder, name);
  writeFileSync(path, `${[columns, ...rows].map((row) => row.join('\t')).join('\n')}\n`);
  return path;
}

describe.skipIf(environment === undefined)('motion of a head that is known', () => {
  let bold = '';
  let motion = '';
  let corrected = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neuroclaw motion '));
    bold = write('moving.nii', movingHead(PLANTED, { noise: 10 }), PLANTED.length);
    const output = await succeed(
      runSkill(open(), folder, 'functional/motion-correction', { inputs: { bold } }),
    );
    [motion, corrected] = [output('motion'), output('corrected')];
  }, 120_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('comes back volume by volume, each parameter with its axis and sign', () => {
    const found = rowsOf(motion).map((row) => NAMES.map((name) => Number(row[name])));
    expect(found).toHaveLength(PLANTED.length);
    for (const [volume, planted] of PLANTED.entries())
      for (const [index, name] of NAMES.entries()) {
        const off = Math.abs((found[volume]?.[index] ?? NaN) - (planted[index] ?? NaN));
        expect([volume, name, off < (index < 3 ? TOLERANCE_MM : TOLERANCE_RAD) ? 'recovered' : off]).toEqual([
          volume,
          name,
          'recovered',
        ]);
      }
  });

  it('is taken out of the series', async () => {
    const [before, after] = [await voxels(bold), await voxels(corrected)];
    const size = headShape[0] * headShape[1] * headShape[2];
    const apart = (data: Float64Array, volume: number): number => {
      let [sum, count] = [0, 0];
      for (let voxel = 0; voxel < size; voxel++) {
        const [i, j] = [voxel % headShape[0], Math.floor(voxel / headShape[0]) % headShape[1]];
        const k = Math.floor(voxel / (headShape[0] * headShape[1]));
        if (i < 4 || j < 4 || k < 3 || i > 21 || j > 25 || k > 14) continue;
        const change = (data[volume * size + voxel] ?? NaN) - (data[5 * size + voxel] ?? NaN);
        sum += change * change;
        count += 1;
      }
      return Math.sqrt(sum / count);
    };
    for (const volume of [0, 1, 2, 7, 8]) {
      expect(apart(before, volume)).toBeGreaterThan(30);
      // Noise of both volumes is 14; the rest is interpolation.
      expect(apart(after, volume)).toBeLessThan(apart(before, volume) / 2);
    }
  });

  it.each([
    ['a sign', (row: readonly number[]) => row.map((value) => -value)],
    ['two axes', ([x = 0, y = 0, z = 0, ...turns]: readonly number[]) => [y, x, z, ...turns]],
    [
      'the unit of rotations',
      ([x = 0, y = 0, z = 0, ...turns]: readonly number[]) => [
        x,
        y,
        z,
        ...turns.map((turn) => (turn * 180) / Math.PI),
      ],
    ],
    [
      'the unit of translations',
      ([x = 0, y = 0, z = 0, ...turns]: readonly number[]) => [x / 1000, y / 1000, z / 1000, ...turns],
    ],
    [
      'rotations and translations',
      ([x = 0, y = 0, z = 0, ...turns]: readonly number[]) => [...turns, x / 50, y / 50, z / 50],
    ],
  ])('parameters with %s mistaken are caught before commit', async (_, mistake) => {
    const rows = rowsOf(motion).map((row) => mistake(NAMES.map((name) => Number(row[name]))));
    expect(await applied(writeTable('mistaken.tsv', NAMES, rows))).not.toEqual([]);
  });

  it('parameters short of a volume are caught before commit, and right ones pass', async () => {
    expect(await applied(motion)).toEqual([]);
    const rows = rowsOf(motion).map((row) => NAMES.map((name) => row[name] ?? ''));
    expect(await applied(writeTable('short.tsv', NAMES, rows.slice(1)))).toEqual([
      expect.stringContaining('9 rows') as string,
    ]);
  });

  async function applied(path: string): Promise<string[]> {
    const subject = {
      output: 'motion',
      kind: 'tsv',
      path,
      inputs: { bold: [bold] },
      outputs: { corrected },
      params: {},
      sidecar: {},
    };
    const [result] = await runChecks(subject, [
      { check: 'motion.applied', args: { image: 'bold', corrected: 'corrected' } },
    ]);
    return (result?.findings ?? []).map(({ message }) => message);
  }

  it('confounds short of a volume or with a gap are caught before commit', async () => {
    const judge = async (rows: readonly (readonly (number | string)[])[]): Promise<string[]> => {
      const path = writeTable('confounds.tsv', ['framewise_displacement', 'dvars'], rows);
      const subject = {
        output: 'confounds',
        kind: 'tsv',
        path,
        inputs: { bold: [bold] },
        outputs: {},
        params: {},
        sidecar: {},
      };
      const [result] = await runChecks(subject, [{ check: 'confounds.complete', args: { image: 'bold' } }]);
      return (result?.findings ?? []).map(({ message }) => message);
    };
    const rows = PLANTED.map((_, t) => (t === 0 ? ['n/a', 'n/a'] : [0.1, 20]));
    expect(await judge(rows)).toEqual([]);
    expect(await judge(rows.slice(1))).toEqual(['9 rows']);
    expect(await judge(rows.map((row, t) => (t === 4 ? ['n/a', 20] : row)))).toEqual([
      'framewise_displacement of volume 4 is n/a',
    ]);
  });

  it('a volume that is missing, a single slice and a header in metres are refused with the reason', async () => {
    const size = headShape[0] * headShape[1] * headShape[2];
    const gap = movingHead(PLANTED.slice(0, 4)).fill(0, 2 * size, 3 * size);
    const missing = await refuse(write('gap.nii', gap, 4));
    expect(missing).toContain('1 of 4 volumes hold one value only, the first is volume 2: they are missing');
    const metres = niftiBytes({
      dims: [...headShape, 4],
      affine: headAffine,
      datatype: 'float32',
      repetitionTimeS: TR,
      data: movingHead(PLANTED.slice(0, 4)),
    });
    metres[123] = ((metres[123] ?? 0) & ~7) | 1;
    writeFileSync(join(folder, 'metres.nii'), metres);
    expect(await refuse(join(folder, 'metres.nii'))).toContain('lengths are in meter, expected mm');
    const slice = niftiBytes({
      dims: [26, 30, 1, 4],
      affine: headAffine,
      datatype: 'float32',
      repetitionTimeS: TR,
      data: movingHead(PLANTED.slice(0, 4)).slice(0, 26 * 30 * 4),
    });
    writeFileSync(join(folder, 'slice.nii'), slice);
    expect(await refuse(join(folder, 'slice.nii'))).toContain(
      'movement out of a single slice cannot be estimated',
    );
  }, 120_000);

  async function refuse(path: string): Promise<string> {
    const { exit, said } = await runSkill(open(), folder, 'functional/motion-correction', {
      inputs: { bold: path },
    });
    expect(exit.exitCode).toBe(2);
    return said;
  }

  it('tables in degrees and in metres are told from those in radians and millimetres', async () => {
    const rows = PLANTED.map(([x, y, z, ...turns]) => [x, y, z, ...turns] as number[]);
    const run = async (name: string, table: number[][], params = {}): Promise<string> => {
      const inputs = { motion: writeTable(name, NAMES, table) };
      const { exit, said } = await runSkill(open(), folder, 'functional/framewise-displacement', {
        inputs,
        params,
      });
      return exit.exitCode === 0 ? 'accepted' : said;
    };
    const slow = rows.map(([x = 0, y = 0, z = 0], t) => [x / 10, y / 10, z / 10, t * 0.3, 0, 0]);
    expect(await run('fine.tsv', rows)).toBe('accepted');
    // 0.3 degrees a volume: no single step is too large for radians.
    expect(await run('slow.tsv', slow)).toContain('these are degrees, not radians');
    expect(await run('slow.tsv', slow, { rotation_unit: 'deg' })).toBe('accepted');
    const metres = rows.map(([x = 0, y = 0, z = 0, ...turns]) => [x / 1000, y / 1000, z / 1000, ...turns]);
    expect(await run('metres.tsv', metres)).toContain('these are metres, not millimetres');
  }, 120_000);
});
