import { existsSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InputMount, JobCall } from '../../../../src/environments/runtime.js';
import { sandboxArgs, sandboxBase } from '../../../../src/environments/runtimes/host/bubblewrap.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bubblewrap-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function call(inputs: readonly InputMount[], more: Partial<JobCall> = {}): JobCall {
  return {
    attempt: 'a1',
    store: 's1',
    run: 'r1',
    job: 'j1',
    argv: ['tool'],
    inputs,
    folder,
    env: {},
    cpus: 1,
    memoryMb: 100,
    walltimeS: 10,
    gpu: false,
    network: false,
    stdout: join(folder, 'stdout.log'),
    stderr: join(folder, 'stderr.log'),
    ...more,
  };
}

/** `[option, first, second]` of every mount of one kind. */
function mounts(args: readonly string[], option: string): [string, string][] {
  return args.flatMap((token, at): [string, string][] =>
    token === option ? [[args[at + 1] ?? '', args[at + 2] ?? '']] : [],
  );
}

describe('sandboxBase', () => {
  it('shows the system and the folder of the program, never homes', () => {
    const base = sandboxBase([
      { name: 'tool', path: '/home/ada/tools/fsl/bin/tool', file: '/home/ada/tools/fsl/lib/x/tool' },
      { name: 'other', path: '/home/ada/bin/other', file: '/home/ada/bin/other' },
    ]);
    const shown = mounts(base, '--ro-bind').map(([path]) => path);
    expect(shown).toEqual(expect.arrayContaining(['/usr', '/etc', '/home/ada/tools/fsl', '/home/ada/bin']));
    expect(shown.filter((path) => /^\/(home(\/ada)?|root|mnt|srv|var|work|tmp)$/.test(path))).toEqual([]);
  });

  it('takes network, capabilities and variables away', () => {
    const base = sandboxBase([]);
    expect(base).toEqual(expect.arrayContaining(['--unshare-all', '--clearenv', '--die-with-parent']));
    expect(base.slice(base.indexOf('--cap-drop'), base.indexOf('--cap-drop') + 2)).toEqual([
      '--cap-drop',
      'ALL',
    ]);
  });
});

describe('sandboxArgs', () => {
  it('mounts inputs read-only and only out and scratch writable', () => {
    const args = sandboxArgs([], call([{ hostPath: '/data/a b.nii', toolPath: 'in/image/a b.nii' }]), {});
    expect(mounts(args, '--ro-bind')).toEqual([['/data/a b.nii', '/in/image/a b.nii']]);
    expect(mounts(args, '--bind')).toEqual([
      [join(folder, 'out'), '/out'],
      [join(folder, 'scratch'), '/scratch'],
    ]);
    expect(args).not.toContain('--share-net');
    expect(sandboxArgs([], call([], { network: true }), {})).toContain('--share-net');
  });

  it('links thousands of inputs instead of mounting each', () => {
    const inputs = Array.from({ length: 3000 }, (_, index) => ({
      hostPath: `/data/dicoms/${index}.dcm`,
      toolPath: `in/dicoms/${index}.dcm`,
    }));
    const args = sandboxArgs([], call(inputs), {});
    expect(mounts(args, '--ro-bind')).toEqual([
      ['/data/dicoms', '/.inputs/0'],
      [join(folder, 'in'), '/in'],
    ]);
    expect(readlinkSync(join(folder, 'in', 'dicoms', '2999.dcm'))).toBe('/.inputs/0/2999.dcm');
  });

  it('keeps the number of mounts small where inputs lie in many folders', () => {
    const inputs = Array.from({ length: 500 }, (_, index) => ({
      hostPath: `/data/set/sub-${index}/anat/sub-${index}_T1w.nii`,
      toolPath: `in/dataset/sub-${index}/anat/sub-${index}_T1w.nii`,
    }));
    const args = sandboxArgs([], call(inputs), {});
    expect(mounts(args, '--ro-bind')).toEqual([
      ['/data/set', '/.inputs/0'],
      [join(folder, 'in'), '/in'],
    ]);
    const link = join(folder, 'in', 'dataset', 'sub-77', 'anat', 'sub-77_T1w.nii');
    expect(readlinkSync(link)).toBe('/.inputs/0/sub-77/anat/sub-77_T1w.nii');
    expect(existsSync(dirname(link))).toBe(true);
  });
});
