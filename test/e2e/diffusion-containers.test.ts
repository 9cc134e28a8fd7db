import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/kernel/events.js';
import { readGradients } from '../../src/imaging/gradients.js';
import { scanTracts } from '../../src/imaging/scan-tracts.js';
import { engineForTests, hosts } from '../integration/docker/support.js';
import { cliEnvironment, runCli } from '../support/cli.js';
import { hasTestData, testData } from '../support/data.js';
import { recordCommitted } from '../support/evidence/record.js';
import { medianInside } from '../support/median-inside.js';
import { canRunAs } from '../support/ordinary-user.js';
import { temporaryFolder } from '../support/temporary.js';

const runtime = await engineForTests();

interface Result {
  readonly outcome: string;
  readonly counts: Record<string, number>;
  readonly trace: string;
}

/** Somebody who is not root but may talk to the engine, as on a machine of a lab; undefined where the tests are not root. */
function ordinaryUser(root: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const socket = hosts.find((host) => host.startsWith('unix://'))?.slice('unix://'.length) ?? '';
  const user = { uid: 65534, gid: statSync(socket).gid };
  if (!canRunAs(user)) return undefined;
  chmodSync(root, 0o755);
  expect(spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, root]).status).toBe(0);
  return user;
}

describe.skipIf(runtime === undefined || !hasTestData)('DICOM to tractogram in pinned containers', () => {
  it(
    'makes valid BIDS, plausible tensor maps and 5,000 streamlines, and runs nothing twice',
    { timeout: 1_800_000 },
    async () => {
      const root = temporaryFolder();
      mkdirSync(join(root, 'state'));
      const env = cliEnvironment(join(root, 'state'), {
        NEUROCLAW_LOCK: join(root, 'neuroclaw.lock.json'),
        ...(hosts.length === 1 ? { DOCKER_HOST: hosts[0] ?? '' } : {}),
      });
      const locked = await runCli(['env', 'lock', 'mrtrix3', 'dcm2niix'], env);
      expect([locked.stderr, locked.code]).toEqual(['', 0]);

      const user = ordinaryUser(root);
      const out = join(root, 'out');
      const wish = 'convert these DICOMs to BIDS, then tensor maps and a whole-brain tractogram';
      const data = testData('dicom', 'siemens-trio-dti20');
      const args = [
        'run',
        wish,
        '--data',
        data,
        '--out',
        out,
        '--participant',
        '01',
        '--runtime',
        'docker',
        '--yes',
        '--json',
      ];
      const first = await runCli(args, env, undefined, user);
      expect([first.stderr.split('\n').filter((line) => line.startsWith('error')), first.code]).toEqual([
        [],
        0,
      ]);
      const result = JSON.parse(first.stdout.trim().split('\n').at(-1) ?? '{}') as Result;
      expect(result.outcome).toBe('finished');
      recordCommitted(result.trace);

      const raw = join(out, 'bids', 'sub-01', 'dwi', 'sub-01_dir-AP_dwi');
      const { bvals, findings } = await readGradients(`${raw}.bval`, `${raw}.bvec`);
      expect([bvals.length, findings]).toEqual([42, []]);
      expect(JSON.parse(readFileSync(`${raw}.json`, 'utf8'))).toMatchObject({ PhaseEncodingDirection: 'j-' });

      const tensor = join(out, 'derivatives', 'diffusion-tensor', 'sub-01', 'dwi', 'sub-01_dir-AP');
      const fa = await medianInside(
        `${tensor}_model-tensor_param-fa_dwimap.nii.gz`,
        `${tensor}_desc-brain_mask.nii.gz`,
      );
      expect(fa).toBeGreaterThan(0.15);
      expect(fa).toBeLessThan(0.25);

      const tracks = join(
        out,
        'derivatives',
        'diffusion-tractogram',
        'sub-01',
        'dwi',
        'sub-01_dir-AP_tractography.tck',
      );
      expect((await scanTracts(tracks)).streamlines).toBe(5000);
      if (user !== undefined) expect(statSync(tracks).uid).toBe(user.uid);

      const events = readFileSync(result.trace, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as TraceEvent);
      const runtimes = events.flatMap(({ type, body }) =>
        type === 'job.started' && /^(mrtrix3|dcm2niix)$/.test((body['environment'] as { name: string }).name)
          ? [(body['environment'] as { runtime: string }).runtime]
          : [],
      );
      expect(new Set(runtimes)).toEqual(new Set(['docker']));
      const verified = await runCli(['trace', 'verify', '--out', out, '--json'], env, undefined, user);
      expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });

      const again = await runCli(args, env, undefined, user);
      const second = JSON.parse(again.stdout.trim().split('\n').at(-1) ?? '{}') as Result;
      expect(second.counts).toMatchObject({ committed: 0, failed: 0 });
      expect(readFileSync(second.trace, 'utf8')).not.toContain('job.started');
    },
  );
});
