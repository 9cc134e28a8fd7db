import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNiftiHeader } from '../../src/imaging/nifti-header.js';
import { readVoxels } from '../../src/imaging/voxel-stream.js';
import { engineForTests, hosts } from '../integration/docker/support.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { recordCommitted } from '../support/evidence/record.js';
import { temporaryFolder } from '../support/temporary.js';

const runtime = await engineForTests();
const template = testData('templates', 'mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz');

interface Result {
  readonly outcome: string;
  readonly counts: Record<string, number>;
  readonly trace: string;
}

const voxels = async (path: string): Promise<Float64Array> => readVoxels(await readNiftiHeader(path));

describe.skipIf(runtime === undefined || !hasTestData)('a T1w image in pinned containers', () => {
  it(
    'becomes brain and tissue, then goes to the template that was named; what both need runs once',
    { timeout: 900_000 },
    async () => {
      const root = temporaryFolder();
      mkdirSync(join(root, 'state'));
      const env = cliEnvironment(join(root, 'state'), {
        NEUROCLAW_LOCK: join(root, 'neuroclaw.lock.json'),
        ...(hosts.length === 1 ? { DOCKER_HOST: hosts[0] ?? '' } : {}),
      });
      const locked = await runCli(['env', 'lock', 'ants'], env);
      expect([locked.stderr, locked.code]).toEqual(['', 0]);
      const out = join(root, 'out');
      const run = async (wish: string, ...more: string[]): Promise<Result> => {
        const args = ['--data', testData('bids', 'adult-t1w'), '--out', out, '--preset', 'testing'];
        const rest = ['--runtime', 'docker', '--yes', '--json', '--input', `template=${template}`, ...more];
        const done = await runCli(['run', wish, ...args, ...rest], env);
        expect([done.stderr.split('\n').filter((line) => line.startsWith('error')), done.code]).toEqual([
          [],
          0,
        ]);
        return JSON.parse(done.stdout.trim().split('\n').at(-1) ?? '{}') as Result;
      };

      const first = await run('tissue segmentation');
      expect(first).toMatchObject({ outcome: 'finished', counts: { committed: 12, failed: 0 } });
      recordCommitted(first.trace);
      const anat = join(out, 'derivatives', 'structural-brain-and-tissue', 'sub-01', 'anat', 'sub-01');
      const [mask, tissue] = [
        await voxels(`${anat}_desc-brain_mask.nii.gz`),
        await voxels(`${anat}_dseg.nii.gz`),
      ];
      // 64 mm3 a voxel; FreeSurfer finds 1,663 mL.
      const volumeMl = (mask.filter((value) => value > 0).length * 64) / 1000;
      expect(volumeMl).toBeGreaterThan(1400);
      expect(volumeMl).toBeLessThan(1800);
      const share = (label: number): number =>
        tissue.filter((value) => value === label).length / tissue.filter((value) => value > 0).length;
      expect([share(1) > 0.05, share(2) > 0.25, share(3) > 0.2]).toEqual([true, true, true]);

      const second = await run(
        'register the T1w to MNI',
        '--set',
        'space=MNI152NLin2009aSym',
        '--input',
        `template_grey=${testData('templates', 'mni_icbm152_gm_tal_nlin_sym_09a_converted.nii.gz')}`,
      );
      // Bias correction, resampling and the mask of the template are those of the first run.
      expect(second).toMatchObject({ outcome: 'finished', counts: { failed: 0 } });
      expect(second.counts['reused']).toBeGreaterThanOrEqual(4);
      recordCommitted(second.trace);
      const moved = join(out, 'derivatives', 'structural-register-mni', 'sub-01', 'anat', 'sub-01');
      const header = await readNiftiHeader(`${moved}_space-MNI152NLin2009aSym_desc-brain_T1w.nii.gz`);
      expect(header.voxelSizes).toEqual([4, 4, 4]);
      expect(
        (await readNiftiHeader(`${moved}_from-T1w_to-MNI152NLin2009aSym_mode-image_desc-warp_xfm.nii.gz`))
          .dims,
      ).toEqual([...header.dims.slice(0, 3), 1, 3]);
      const sidecar = readFileSync(`${moved}_space-MNI152NLin2009aSym_desc-brain_T1w.json`, 'utf8');
      expect(JSON.parse(sidecar)).toHaveProperty('Sources');

      const { stdout: quality } = await runCli(['qc', '--out', out], env);
      const [dice = NaN, grey = NaN, correlation = NaN] = (/^\s+01\s+(.*)$/m.exec(quality)?.[1] ?? '')
        .split(/\s{2,}/)
        .map(parseFloat);
      expect([quality.includes('dice_grey'), dice > 0.9, grey > 0.4, correlation > 0.6]).toEqual([
        true,
        true,
        true,
        true,
      ]);

      const missing = await runCli(
        [
          'run',
          'tissue segmentation',
          '--data',
          testData('bids', 'adult-t1w'),
          '--out',
          join(root, 'x'),
          '--yes',
        ],
        env,
      );
      expect(missing.code).not.toBe(0);
      expect(missing.stderr + missing.stdout).toMatch(/template/);
    },
  );
});
