import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Affine } from '../../src/imaging/affine.js';
import { readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { niftiBytes } from '../../src/imaging/nifti-write.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { randomBy } from '../support/moving-head.js';
import { openPythonNeuro, pythonCache, pythonLock } from '../support/python-environment.js';

const environment = await openPythonNeuro();
const SHAPE = [8, 8, 6] as const;
const SIZE = 8 * 8 * 6;
const AFFINE: Affine = [
  [-3, 0, 0, 10],
  [0, 3, 0, -10],
  [0, 0, 3, -8],
  [0, 0, 0, 1],
];
const PEOPLE = Array.from({ length: 10 }, (_, index) => ({
  id: `sub-${String(index + 1).padStart(2, '0')}`,
  group: index < 4 ? 'control' : 'patient',
}));
let folder = '';

/** A dataset whose first level is there, as functional/glm publishes it; in every other participant contrasts stand the other way round. */
function writeStudy(root: string): void {
  const random = randomBy(5);
  const derived = join(root, 'derivatives', 'functional-glm');
  mkdirSync(derived, { recursive: true });
  writeFileSync(join(root, 'dataset_description.json'), '{"Name": "Study", "BIDSVersion": "1.10.0"}\n');
  writeFileSync(
    join(derived, 'dataset_description.json'),
    '{"Name": "First level", "BIDSVersion": "1.10.0", "DatasetType": "derivative", "GeneratedBy": [{"Name": "test"}]}\n',
  );
  const rows = [...PEOPLE].reverse().map(({ id, group }) => `${id}\t${group}`);
  writeFileSync(join(root, 'participants.tsv'), `participant_id\tgroup\n${rows.join('\n')}\n`);
  for (const [index, { id, group }] of PEOPLE.entries()) {
    mkdirSync(join(root, id, 'anat'), { recursive: true });
    const func = join(derived, id, 'func');
    mkdirSync(func, { recursive: true });
    const faces = Float32Array.from(
      { length: SIZE },
      (_, voxel) => 4 * (random() - 0.5) + (group === 'patient' && voxel % 8 > 4 ? 8 : 0),
    );
    const houses = Float32Array.from({ length: SIZE }, () => 50 + random());
    const turned = index % 2 === 1;
    const names = turned ? ['house-face', 'face-house'] : ['face-house', 'house-face'];
    const data = Float32Array.from(turned ? [...houses, ...faces] : [...faces, ...houses]);
    const name = join(func, `${id}_task-objects`);
    writeFileSync(
      `${name}_stat-effect_statmap.nii`,
      niftiBytes({ dims: [...SHAPE, 2], affine: AFFINE, datatype: 'float32', data }),
    );
    writeFileSync(
      `${name}_contrasts.tsv`,
      `volume\tcontrast\texpression\truns\trun_numbers\n${names.map((each, volume) => `${volume}\t${each}\t${each}\t1\t1`).join('\n')}\n`,
    );
  }
}

describe.skipIf(environment === undefined)('statistics/maps', { timeout: 300_000 }, () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'neuroclaw group-maps '));
    writeStudy(join(folder, 'study'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('compares two groups on the contrast that was named, wherever it stands in each map', async () => {
    const out = join(folder, 'out');
    const env = cliEnvironment(join(folder, 'state'), {
      NEUROCLAW_CACHE: pythonCache,
      NEUROCLAW_RUNTIME: 'venv',
      NEUROCLAW_LOCK: pythonLock,
    });
    const { code, stdout, stderr } = await runCli(
      [
        ...['run', 'statistics/maps', '--data', join(folder, 'study'), '--out', out, '--yes'],
        ...['--set', 'contrast=face-house', '--set', 'test=two-sample', '--set', 'compare=patient,control'],
      ],
      env,
    );
    expect([code, code === 0 ? '' : stderr + stdout]).toEqual([0, '']);
    const published = join(out, 'derivatives', 'statistics-maps');
    const effect = await readVoxels(
      await readNiftiHeader(join(published, 'group_stat-effect_statmap.nii.gz')),
    );
    const passed = await readVoxels(
      await readNiftiHeader(join(published, 'group_stat-z_desc-thresholded_statmap.nii.gz')),
    );
    const means = [true, false].map((inside) => {
      const values = effect.filter((_, voxel) => voxel % 8 > 4 === inside);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    });
    expect(Math.abs((means[0] ?? NaN) - 8)).toBeLessThan(0.5);
    expect(Math.abs(means[1] ?? NaN)).toBeLessThan(0.5);
    const found = [...passed.keys()].filter((voxel) => passed[voxel] !== 0);
    const right = found.filter((voxel) => voxel % 8 > 4);
    expect(right.length).toBeGreaterThan(120);
    expect(found.length - right.length).toBeLessThan(right.length / 10);
    const design = readFileSync(join(published, 'group_design.tsv'), 'utf8').trim().split('\n');
    expect(design[0]).toBe('control\tpatient');
    expect(design.slice(1)).toEqual(
      PEOPLE.map(({ group }) => (group === 'patient' ? '0.0\t1.0' : '1.0\t0.0')),
    );
    const titles = readdirSync(join(out, '.neuroclaw', 'store'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('picture.svg'))
      .map(
        (file) => /<title>([^<]*)/.exec(readFileSync(join(out, '.neuroclaw', 'store', file), 'utf8'))?.[1],
      );
    expect(new Set(titles)).toEqual(
      new Set(['Design matrix of the group', 'Voxels that pass the threshold']),
    );
  });
});
