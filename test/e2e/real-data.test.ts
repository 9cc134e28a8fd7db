import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gridDistance } from '../../src/imaging/affine.js';
import { readGradients } from '../../src/imaging/gradients.js';
import { gridOf, readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { cliEnvironment, runCli, type CliResult } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { recordCommitted } from '../support/evidence/record.js';
import { temporaryFolder } from '../support/temporary.js';

interface Result {
  readonly outcome: string;
  readonly counts: Record<string, number>;
  readonly trace: string;
}

/** Digest of every file below a folder: raw data must be the same after everything. */
function digestTree(root: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

function resultOf(cli: CliResult): Result {
  expect([cli.stderr.split('\n').filter((line) => line.startsWith('error')), cli.code]).toEqual([[], 0]);
  const result = JSON.parse(cli.stdout.trim().split('\n').at(-1) ?? '{}') as Result;
  if (result.outcome === 'finished') recordCommitted(result.trace);
  return result;
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

describe.skipIf(!hasTestData)('the main job on real recordings', () => {
  it(
    'makes a valid BIDS dataset of four phase-encoding directions, voxels as in the reference',
    { timeout: 120_000 },
    async () => {
      const root = temporaryFolder();
      const env = cliEnvironment(join(root, 'state'));
      const data = testData('dicom', 'siemens-epi-four-pe');
      const before = digestTree(data);
      const out = join(root, 'out');
      const args = [
        'run',
        'convert these DICOMs to BIDS and check them',
        '--data',
        data,
        '--out',
        out,
        '--participant',
        '01',
        '--yes',
        '--json',
      ];
      expect(resultOf(await runCli(args, env)).outcome).toBe('finished');

      const expected = { AP: ['j-', '3'], PA: ['j', '4'], RL: ['i', '5'], LR: ['i-', '6'] };
      for (const [direction, [phase, number]] of Object.entries(expected)) {
        const image = join(out, 'bids', 'sub-01', 'fmap', `sub-01_dir-${direction}_epi`);
        const reference = testData('dicom', 'siemens-epi-four-pe-reference', `EPI_PE=${direction}_${number}`);
        expect(readJson(`${image}.json`)['PhaseEncodingDirection']).toBe(phase);
        expect(readJson(`${image}.json`)['PhaseEncodingDirection']).toBe(
          readJson(`${reference}.json`)['PhaseEncodingDirection'],
        );
        const [ours, theirs] = [
          await readNiftiHeader(`${image}.nii.gz`),
          await readNiftiHeader(`${reference}.nii`),
        ];
        expect(gridDistance(gridOf(ours), gridOf(theirs))).toBeLessThan(1e-3);
        expect(await readVoxels(ours)).toEqual(await readVoxels(theirs));
      }
      const validated = await runCli(['bids', 'validate', join(out, 'bids'), '--json'], env);
      expect(validated.code).toBe(0);
      expect((JSON.parse(validated.stdout) as { version: string }).version).toBe('1.15.0');

      expect(resultOf(await runCli(args, env)).counts).toMatchObject({ committed: 0 });
      expect(digestTree(data)).toEqual(before);
    },
  );

  it('converts a diffusion series with its gradients', { timeout: 180_000 }, async () => {
    const root = temporaryFolder();
    const env = cliEnvironment(join(root, 'state'));
    const data = testData('dicom', 'siemens-trio-dti20');
    const out = join(root, 'out');
    const args = [
      'run',
      'convert these DICOMs to BIDS and check them',
      '--data',
      data,
      '--out',
      out,
      '--participant',
      '01',
      '--yes',
      '--json',
    ];
    expect(resultOf(await runCli(args, env)).outcome).toBe('finished');
    const image = join(out, 'bids', 'sub-01', 'dwi', 'sub-01_dir-AP_dwi');
    const header = await readNiftiHeader(`${image}.nii.gz`);
    expect(header.dims).toEqual([102, 102, 60, 42]);
    const { bvals, bvecs, findings } = await readGradients(`${image}.bval`, `${image}.bvec`);
    expect(findings).toEqual([]);
    expect(bvals.filter((b) => b === 0)).toHaveLength(2);
    expect(bvals.filter((b) => b === 1000)).toHaveLength(40);
    // 20 directions acquired twice.
    const rounded = bvecs.flatMap((vector, index) =>
      (bvals[index] ?? 0) > 0 ? [vector.map((x) => x.toFixed(2)).join()] : [],
    );
    expect(new Set(rounded).size).toBe(20);
    expect(resultOf(await runCli(args, env)).counts).toMatchObject({ committed: 0 });
  });

  it('cleans six task runs, and reruns only what a parameter decides', { timeout: 180_000 }, async () => {
    const root = temporaryFolder();
    const env = cliEnvironment(join(root, 'state'));
    const data = testData('bids', 'haxby-slice');
    const before = digestTree(data);
    const out = join(root, 'out');
    const args = ['run', 'clean the BOLD runs', '--data', data, '--out', out, '--yes', '--json'];
    const first = resultOf(await runCli(args, env));
    expect(first.outcome).toBe('finished');
    const folder = join(out, 'derivatives', 'functional-clean', 'sub-1', 'func');
    for (const run of ['01', '02', '03', '04', '05', '06']) {
      const path = join(folder, `sub-1_task-objectviewing_run-${run}_desc-clean_bold`);
      const header = await readNiftiHeader(`${path}.nii.gz`);
      expect(header.dims).toEqual([40, 20, 1, 121]);
      expect(header.repetitionTimeS).toBeCloseTo(2.5, 5);
      expect(readJson(`${path}.json`)).toMatchObject({ RepetitionTime: 2.5, TaskName: 'object viewing' });
      expect(readJson(`${path}.json`)['Sources']).toEqual(
        expect.arrayContaining([expect.stringMatching(/^bids:[^:]*:sub-1\/func\/sub-1_task/)]),
      );
    }
    expect(readJson(join(out, 'derivatives', 'functional-clean', 'dataset_description.json'))).toMatchObject({
      DatasetType: 'derivative',
      GeneratedBy: [expect.objectContaining({ Name: 'NeuroClaw' })],
    });
    expect(resultOf(await runCli(args, env)).counts).toMatchObject({ committed: 0 });
    const changed = resultOf(await runCli([...args, '--set', 'smoothing_fwhm_mm=8'], env));
    // The smoothed runs, and the carpets of them.
    expect(changed.counts).toMatchObject({ committed: 12 });
    expect(digestTree(data)).toEqual(before);
    const verified = await runCli(['trace', 'verify', '--out', out, '--json'], env);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
    expect(existsSync(join(out, '.neuroclaw', 'lock'))).toBe(false);
  });
});
