import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTsv } from '../../src/bids/tsv.js';
import { readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { readRunArtifacts } from '../../src/report/run-artifacts.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { openPythonNeuro, pythonCache, pythonLock } from '../support/python-environment.js';

const environment = await openPythonNeuro();
const haxby = hasTestData ? testData('bids', 'haxby-slice') : '';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neuroclaw-python-pipelines-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Summary {
  readonly counts: Readonly<Record<string, number>>;
}

/** Plans and runs a wish as a person does; what was published lies in the folder that is returned. */
async function run(wish: string, data: string, name: string, more: readonly string[]): Promise<string> {
  const out = join(folder, name);
  const env = cliEnvironment(join(folder, 'state'), { NEUROCLAW_CACHE: pythonCache });
  const common = ['--runtime', 'venv', '--lock', pythonLock];
  const { code, stdout, stderr } = await runCli(
    ['run', wish, '--data', data, '--out', out, '--yes', '--json', ...common, ...more],
    env,
  );
  expect([code, code === 0 ? '' : stderr + stdout]).toEqual([0, '']);
  const again = await runCli(['trace', 'verify', '--out', out], env);
  expect([again.code, again.code === 0 ? '' : again.stderr]).toEqual([0, '']);
  const status = await runCli(['status', '--out', out, '--json'], env);
  expect((JSON.parse(status.stdout) as Partial<Summary>).counts?.['failed'] ?? 0).toBe(0);
  return join(out, 'derivatives');
}

const artifacts = (name: string): ReturnType<typeof readRunArtifacts> => readRunArtifacts(join(folder, name));

const table = async (path: string): Promise<ReturnType<typeof parseTsv>> =>
  parseTsv(await readFile(path, 'utf8'), { file: path });

describe.skipIf(!environment || !hasTestData)(
  'pipelines in Python, by the command line',
  { timeout: 300_000 },
  () => {
    it('functional/glm fits the six runs together, and finds voxels that prefer faces to houses', async () => {
      const published = await run('glm', haxby, 'glm', ['--set', 'contrasts=face-house,house-face']);
      const place = join(published, 'functional-glm', 'sub-1', 'func', 'sub-1_task-objectviewing');
      const contrasts = await table(`${place}_contrasts.tsv`);
      expect(contrasts.rows.map((row) => [row['contrast'], row['runs']])).toEqual([
        ['face-house', '6'],
        ['house-face', '6'],
      ]);
      const header = await readNiftiHeader(`${place}_stat-t_statmap.nii.gz`);
      expect(header.dims).toEqual([40, 20, 1, 2]);
      const [there, back] = [await readVoxels(header, 0), await readVoxels(header, 1)];
      // The one is the other turned round, and the slice holds cortex that tells the two apart.
      there.forEach((value, voxel) => expect(value).toBeCloseTo(-(back[voxel] ?? NaN), 4));
      expect(Math.max(...there)).toBeGreaterThan(3);
      for (let number = 1; number <= 6; number++)
        expect((await table(`${place}_run-0${number}_design.tsv`)).rows).toHaveLength(121);

      // A picture of each design is committed, and nothing of it stands in the dataset.
      const drawn = await artifacts('glm');
      const stage = drawn.stages[0];
      expect(Object.keys(stage?.pipeline.pictures ?? {})).toContain('design');
      const jobs = (stage?.jobs ?? []).filter(({ step }) => step === 'design-picture');
      expect(jobs).toHaveLength(6);
      for (const { id } of jobs) {
        const entry = drawn.entryOf(id);
        const picture = join(entry?.folder ?? '', 'out', 'picture.svg');
        expect(await readFile(picture, 'utf8')).toContain('data:image/png;base64,');
      }
      const names = await readdir(published, { recursive: true });
      expect(names.filter((name) => name.endsWith('.svg'))).toEqual([]);
    });

    it('functional/glm draws nothing where no pictures are wanted', async () => {
      await run('glm', haxby, 'plain', [
        '--set',
        'contrasts=face-house',
        '--preset',
        'testing',
        '--no-pictures',
      ]);
      const { stages, done } = await artifacts('plain');
      expect(stages[0]?.pipeline.pictures).toEqual({});
      expect([...done.keys()].filter((job) => job.includes('picture'))).toEqual([]);
      expect(done.size).toBe(7);
    });

    it('functional/connectivity gives a matrix for each run, on a parcellation that the person names', async () => {
      const run1 = join(haxby, 'sub-1', 'func', 'sub-1_task-objectviewing_run-01_bold.nii.gz');
      const { affine, dims } = await readNiftiHeader(run1);
      const atlas = join(folder, 'atlas.nii');
      const [nx = 0, ny = 0] = dims;
      await writeNifti(atlas, {
        dims: [nx, ny, 1],
        affine,
        datatype: 'uint8',
        // Bands along x, without the rim, which lies outside the brain.
        data: Array.from({ length: nx * ny }, (_, voxel) => {
          const x = voxel % nx;
          return x < 8 || x >= 32 ? 0 : 1 + Math.floor((x - 8) / 8);
        }),
      });
      const published = await run('connectivity between regions', haxby, 'connectivity', [
        '--input',
        `atlas=${atlas}`,
      ]);
      const place = join(
        published,
        'functional-connectivity',
        'sub-1',
        'func',
        'sub-1_task-objectviewing_run-06',
      );
      const { columns, rows } = await table(`${place}_relmat.tsv`);
      expect([columns.length, rows.length]).toEqual([3, 3]);
      rows.forEach((row, index) => expect(Number(row[columns[index] ?? ''])).toBeCloseTo(1, 9));
      expect(Number(rows[0]?.[columns[1] ?? ''])).toBe(Number(rows[1]?.[columns[0] ?? '']));
    });

    it('statistics/group finds the difference that participants.tsv was made with', async () => {
      const data = join(folder, 'groups');
      const rows = Array.from({ length: 24 }, (_, index) => {
        const [patient, age] = [index % 2 === 1, 20 + ((index * 7) % 41)];
        // Noise that has no mean in either group: its sign turns from pair to pair.
        const noise = (Math.floor(index / 2) % 2 === 0 ? 1 : -1) * 8;
        const volume = 1000 - 3 * age - (patient ? 60 : 0) + noise;
        return [`sub-${String(index + 1).padStart(2, '0')}`, patient ? 'patient' : 'control', age, volume];
      });
      for (const [label] of rows) await mkdir(join(data, String(label), 'anat'), { recursive: true });
      await writeFile(
        join(data, 'dataset_description.json'),
        '{"Name": "Groups", "BIDSVersion": "1.10.0"}\n',
      );
      await writeFile(
        join(data, 'participants.tsv'),
        `${[['participant_id', 'group', 'age', 'volume'], ...rows].map((row) => row.join('\t')).join('\n')}\n`,
      );
      const published = await run('compare the groups', data, 'group', [
        ...['--preset', 'testing', '--set', 'compare=patient,control'],
        ...['--set', 'measures=volume', '--set', 'covariates=age'],
      ]);
      const { rows: found } = await table(join(published, 'statistics-group', 'group_comparisons.tsv'));
      const [row] = found;
      expect(found).toHaveLength(1);
      expect(Math.abs(Number(row?.['difference']) + 60)).toBeLessThan(4);
      expect(Number(row?.['ci_low'])).toBeLessThan(-60);
      expect(Number(row?.['ci_high'])).toBeGreaterThan(-60);
      expect(Number(row?.['p'])).toBeLessThan(1e-6);
    });
  },
);
