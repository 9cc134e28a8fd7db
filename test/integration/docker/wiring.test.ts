import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockEnvironments } from '../../../src/environments/lock/lock-environments.js';
import { removeLocked } from '../../../src/environments/lock/manage-lock.js';
import { loadEnvironments } from '../../../src/environments/registry.js';
import { licenseMount } from '../../../src/environments/license-file.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import type { LockedImage } from '../../../src/environments/lock/lock-file.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { projectFolder } from '../../support/data.js';
import { makeCall } from '../../support/make-call.js';
import { engineForTests, loadedEnvironment, lockForTests, output } from './support.js';

const runtime = await engineForTests();
const { skills } = await loadSkills([join(projectFolder, 'skills')]);
const never = new AbortController().signal;
const secret = 'somebody@example.org 12345 *licence-text';

/** Prints what a job was given; it computes nothing. */
const tell =
  'id -u; id -g; env | sort; cat /proc/mounts; ls -l /in/license; hostname; wc -c < /in/license/license.txt';

describe.skipIf(!runtime)('what a container is given', { timeout: 120_000 }, () => {
  let folder: string;
  let environment: OpenEnvironment;
  let locked: LockedImage;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neuroclaw-wiring-'));
    chmodSync(folder, 0o755);
    locked = await lockForTests(runtime!, 'dcm2niix', join(folder, 'neuroclaw.lock.json'));
    environment = await runtime!.open({ name: 'dcm2niix', env: { SUITE: 'yes' } }, locked);
  }, 600_000);
  afterAll(async () => {
    await runtime?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is its licence, read-only, its variables, the user and a host name of ours, and nobody reads the text', async () => {
    const license = join(folder, 'license.txt');
    writeFileSync(license, secret);
    const call = await makeCall(folder, {
      argv: ['sh', '-c', tell],
      inputs: [licenseMount(license)],
      env: { FS_LICENSE: '/in/license/license.txt', SUBJECTS_DIR: '/scratch/subjects' },
    });
    expect(await environment.run(call, never)).toMatchObject({ reason: 'exited', exitCode: 0 });
    const said = await output(call);
    const lines = said.split('\n');
    expect(lines.slice(0, 2)).toEqual([String(process.getuid?.()), String(process.getgid?.())]);
    for (const line of ['FS_LICENSE=/in/license/license.txt', 'SUBJECTS_DIR=/scratch/subjects', 'SUITE=yes'])
      expect(lines).toContain(line);
    expect(lines.find((line) => line.includes(' /in/license/license.txt '))).toMatch(/ ro[, ]/);
    expect(lines).toContain(`neuroclaw-${call.attempt}`);
    expect(lines).toContain(String(secret.length));
    expect(said + readFileSync(call.stderr, 'utf8')).not.toContain('licence-text');
  });

  // What the makers of each suite ask for; their images set the rest (FSLDIR, FREESURFER_HOME, PATH).
  it.each<[string, Record<string, string>]>([
    ['freesurfer/recon-all', { FS_LICENSE: '/in/license/license.txt' }],
    ['freesurfer/bbregister', { SUBJECTS_DIR: '/scratch/subjects' }],
    ['freesurfer/asegstats2table', { SUBJECTS_DIR: '/scratch/subjects' }],
    ...['fmriprep', 'qsiprep', 'xcp-d'].map((name): [string, Record<string, string>] => [
      `bids-apps/${name}`,
      { FS_LICENSE: '/in/license/license.txt', TEMPLATEFLOW_HOME: '/root/.cache/templateflow' },
    ]),
    ['bids-apps/mriqc', { TEMPLATEFLOW_HOME: '/root/.cache/templateflow' }],
    ['fsl/bet', {}],
    ['mrtrix3-fsl/dwifslpreproc', {}],
  ])('is what the contract of %s and its environment say', async (id, expected) => {
    const { contract } = skills.get(id)!;
    const suite = await loadedEnvironment(contract.environment);
    const license = join(folder, 'license.txt');
    writeFileSync(license, secret);
    const call = await makeCall(folder, {
      argv: ['sh', '-c', 'env; id -u; test -w "$HOME" -a -w "$TMPDIR" -a -w /tmp && echo writable'],
      inputs: contract.license === 'freesurfer' ? [licenseMount(license)] : [],
      env: contract.env,
    });
    const opened = await runtime!.open({ name: 'dcm2niix', env: suite.env }, locked);
    expect(await opened.run(call, never)).toMatchObject({ reason: 'exited', exitCode: 0 });
    const lines = (await output(call)).split('\n');
    for (const [name, value] of Object.entries(expected)) expect(lines).toContain(`${name}=${value}`);
    // A home and a place for temporary files of its own: the root file system is read-only.
    for (const line of ['HOME=/home/neuroclaw', 'TMPDIR=/scratch', 'writable', String(process.getuid?.())])
      expect(lines).toContain(line);
    // A licence where the contract says so, and nowhere else.
    expect(lines.some((line) => line.startsWith('FS_LICENSE='))).toBe(contract.license === 'freesurfer');
  });

  it('tells in plain words that there is no GPU, before a job and in one', async () => {
    const started = performance.now();
    const { devices, findings } = (await environment.probeGpu?.(never))!;
    // On a machine with a GPU the probe finds it.
    if (devices.length > 0) return;
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(findings).toMatchObject([{ code: 'preflight.gpu', severity: 'error' }]);
    const call = await makeCall(folder, { argv: ['true'], gpu: true });
    expect(await environment.run(call, never)).toMatchObject({ code: 'preflight.gpu' });
  });

  it('is checked for its licence inside', async () => {
    const license = join(folder, 'license.txt');
    writeFileSync(license, secret);
    expect(await environment.checkLicense?.({ tool: 'FreeSurfer', file: license }, never)).toEqual([]);
    for (const file of [undefined, join(folder, 'nothing.txt')]) {
      const findings = await environment.checkLicense?.({ tool: 'FreeSurfer', file }, never);
      expect(findings).toMatchObject([{ code: 'preflight.license' }]);
    }
  });
});

describe.skipIf(!runtime)('an environment under conditions of use', { timeout: 120_000 }, () => {
  it('is built from its Dockerfile once they are accepted by name, which the lock says', async () => {
    const root = mkdtempSync(join(tmpdir(), 'neuroclaw-terms-'));
    mkdirSync(join(root, 'suite'));
    writeFileSync(
      join(root, 'suite', 'environment.yaml'),
      `name: suite
title: a test
executables: [tool]
license: for non-commercial use
terms: { name: suite-terms, url: 'https://example.org/terms' }
runtimes:
  docker: { dockerfile: Dockerfile, grade: unbuilt }
`,
    );
    writeFileSync(join(root, 'suite', 'Dockerfile'), 'FROM scratch\nLABEL a=b\nENV SUITE=yes\n');
    const { environments } = await loadEnvironments([root]);
    const suite = environments.get('suite')!;
    const file = join(root, 'neuroclaw.lock.json');
    const engine = runtime!.engine;
    await expect(lockEnvironments([suite], { engine, file })).rejects.toMatchObject({
      code: 'preflight.terms',
      message: expect.stringContaining('https://example.org/terms') as string,
    });
    const accepted = await lockEnvironments([suite], { engine, file, acceptedTerms: ['suite-terms'] });
    expect(accepted.environments['suite']).toMatchObject({
      reference: expect.stringMatching(/^neuroclaw\/suite:[0-9a-f]{12}$/) as string,
      terms: { name: 'suite-terms', url: 'https://example.org/terms' },
    });
    // Accepted once, it stays so: locking again asks nobody.
    await expect(lockEnvironments([suite], { engine, file })).resolves.toBeDefined();
    await removeLocked(engine, file, 'suite');
    rmSync(root, { recursive: true, force: true });
  });
});
