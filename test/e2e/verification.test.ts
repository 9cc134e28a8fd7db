import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Affine } from '../../src/imaging/affine.js';
import { writeNifti } from '../../src/imaging/nifti-write.js';
import { cliEnvironment, labSettings, runCli } from '../support/cli.js';
import { shortPlan, writeEventsDataset } from '../support/events-dataset.js';
import { canRunAs } from '../support/ordinary-user.js';
import { temporaryFolder } from '../support/temporary.js';

const shape = [12, 10, 8] as const;
const affine: Affine = [
  [-2, 0, 0, 15],
  [0, 2, 0, -9],
  [0, 0, 3, -10],
  [0, 0, 0, 1],
];
const mirrored: Affine = [[2, 0, 0, -15], affine[1], affine[2], affine[3]];

interface Result {
  readonly outcome: string;
  readonly exitCode: number;
  readonly counts: Record<string, number>;
  readonly firstFailure: { code: string; message: string; findings?: { code: string }[] } | null;
}

let root: string;
let bids: string;
let out: string;
let env: Record<string, string>;

beforeEach(async () => {
  root = temporaryFolder();
  bids = join(root, 'bids');
  out = join(root, 'out');
  env = cliEnvironment(join(root, 'state'), labSettings);
  mkdirSync(join(bids, 'sub-1', 'anat'), { recursive: true });
  writeFileSync(join(bids, 'dataset_description.json'), '{"Name": "images", "BIDSVersion": "1.10.0"}\n');
  await writeNifti(join(bids, 'sub-1', 'anat', 'sub-1_T2w.nii.gz'), {
    dims: shape,
    affine,
    datatype: 'int16',
    data: ramp(),
  });
});

function ramp(): number[] {
  return Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, index) => index % 251);
}

async function copyImage(params: Record<string, unknown> = {}): Promise<Result> {
  const plan = shortPlan(bids, out);
  const stages = [{ id: 'copy', pipeline: 'lab/copy-image', data: { bids }, select: {}, params }];
  const file = join(root, 'plan.json');
  writeFileSync(file, JSON.stringify({ ...plan, stages }));
  const { stdout } = await runCli(['run', file, '--yes', '--json'], env);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Result;
}

async function writeT1w(change: { affine?: Affine; data?: number[] } = {}): Promise<void> {
  const image = { dims: shape, affine, datatype: 'float32' as const, data: ramp(), ...change };
  await writeNifti(join(bids, 'sub-1', 'anat', 'sub-1_T1w.nii.gz'), image);
}

describe('an output of a tool that exits with 0', () => {
  it('is committed and published when it is sound', async () => {
    await writeT1w();
    expect(await copyImage()).toMatchObject({ outcome: 'finished', counts: { committed: 1 } });
  });

  it.each([
    ['empty', {}, { count: 0 }, 'nifti.readable'],
    ['truncated', {}, { block: 100, count: 3 }, 'nifti.readable'],
    ['filled with NaN', { data: ramp().fill(NaN) }, {}, 'nifti.finite'],
    ['all one value', { data: ramp().fill(7) }, {}, 'nifti.non-constant'],
    ['mirrored in space', { affine: mirrored }, {}, 'nifti.same-grid'],
  ])('is rejected when it is %s', async (_what, image, params, check) => {
    await writeT1w(image);
    const result = await copyImage(params);
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 11, counts: { rejected: 1, committed: 0 } });
    expect(result.firstFailure?.code).toBe('job.verification');
    expect(result.firstFailure?.findings?.map((finding) => finding.code)).toContain(check);
    expect(existsSync(join(out, 'derivatives', 'lab-copy-image', 'sub-1'))).toBe(false);
    expect(readdirSync(join(out, '.neuroclaw', 'store'))).toEqual([]);
    expect(readdirSync(join(out, '.neuroclaw', 'failed'))).toHaveLength(1);
  });

  it('is not even made of an input with another byte in the middle of its gzip stream', async () => {
    await writeT1w();
    const file = join(bids, 'sub-1', 'anat', 'sub-1_T1w.nii.gz');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x10;
    writeFileSync(file, bytes);
    const { firstFailure, counts } = await copyImage();
    expect(firstFailure).toMatchObject({
      code: 'plan.cannot',
      message: expect.stringContaining('gzip') as string,
    });
    expect(counts).toMatchObject({ committed: 0, failed: 0 });
  });

  it('is accepted when it is stored with other strides on the same grid', async () => {
    const data = ramp();
    const flipped = data.map((_, index) => {
      const [i, rest] = [index % shape[0], Math.floor(index / shape[0])];
      return data[shape[0] - 1 - i + rest * shape[0]] ?? 0;
    });
    await writeT1w({ affine: [[2, 0, 0, -7], affine[1], affine[2], affine[3]], data: flipped });
    expect((await copyImage()).outcome).toBe('finished');
  });
});

describe('a full disk', () => {
  let mounted: string | undefined;

  // Before the folder is removed: hooks run in the reverse order of their declaration.
  afterEach(() => {
    if (mounted !== undefined) spawnSync('umount', ['-l', mounted]);
    mounted = undefined;
  });

  const asRoot = process.getuid?.() === 0;

  it.skipIf(!asRoot)(
    'is told as such, loses nothing, and resume goes on when there is room',
    { timeout: 120_000 },
    async () => {
      const small = join(root, 'small');
      mkdirSync(small);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', small]).status !== 0) return;
      mounted = small;
      const events = join(root, 'events');
      writeEventsDataset(events, 20);
      const file = join(root, 'plan.json');
      writeFileSync(file, JSON.stringify(shortPlan(events, join(small, 'out'))));
      const first = await runCli(['run', file, '--yes', '--json'], env);
      expect([first.code, first.stderr.includes('disk')]).toEqual([9, true]);
      expect(first.stderr).not.toMatch(/\n\s+at /);
      expect(spawnSync('mount', ['-o', 'remount,size=40m', small]).status).toBe(0);
      const resumed = await runCli(['resume', '--out', join(small, 'out'), '--json'], env);
      expect(resumed.code).toBe(0);
      const { counts } = JSON.parse(resumed.stdout.trim().split('\n').at(-1) ?? '{}') as Result;
      expect((counts['committed'] ?? 0) + (counts['reused'] ?? 0)).toBe(60);
      const verified = await runCli(['trace', 'verify', '--out', join(small, 'out'), '--json'], env);
      expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
    },
  );
});

describe('a person without permission', () => {
  const nobody = { uid: 65534, gid: 65534 };

  it.skipIf(!canRunAs(nobody))('is told which input may not be read', async () => {
    const events = join(root, 'events');
    writeEventsDataset(events, 2);
    const file = join(root, 'plan.json');
    mkdirSync(join(root, 'theirs'));
    writeFileSync(file, JSON.stringify(shortPlan(events, join(root, 'theirs', 'out'))));
    spawnSync('chmod', ['755', root]);
    spawnSync('chown', ['65534:65534', join(root, 'theirs')]);
    spawnSync('chmod', ['600', join(events, 'sub-1', 'func', 'sub-1_task-x_events.tsv')]);
    const environment = cliEnvironment(join(root, 'theirs', 'state'), labSettings);
    const cli = await runCli(['run', file, '--yes', '--json'], environment, undefined, nobody);
    expect(cli.code).toBe(3);
    expect(cli.stderr).toContain('sub-1_task-x_events.tsv may not be read');
    // Told before anything runs: nobody waits for hours to learn of a file that was never going to be read.
    expect(JSON.parse(cli.stdout.trim().split('\n').at(-1) ?? '{}')).toMatchObject({
      counts: { committed: 0, failed: 0 },
      firstFailure: { code: 'plan.cannot', findings: [{ code: 'input.unreadable' }] },
    });
  });

  it.skipIf(!canRunAs(nobody))('is told that the output folder cannot be written', async () => {
    const events = join(root, 'events');
    writeEventsDataset(events, 1);
    const file = join(root, 'plan.json');
    writeFileSync(file, JSON.stringify(shortPlan(events, join(root, 'forbidden', 'out'))));
    mkdirSync(join(root, 'forbidden'));
    spawnSync('chmod', ['755', root]);
    const cli = await runCli(
      ['run', file, '--yes'],
      cliEnvironment(join(root, 'state'), labSettings),
      undefined,
      nobody,
    );
    expect(cli.code).toBe(5);
    expect(cli.stderr).toContain('cannot be written');
  });
});
