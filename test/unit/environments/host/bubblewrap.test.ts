import {
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InputMount, JobCall } from '../../../../src/environments/runtime.js';
import { sandboxArgs, sandboxBase } from '../../../../src/environments/runtimes/host/bubblewrap.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bubblewrap-')));
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

  /** Empty files below `folder/raw`, with the input that each is. */
  function files(names: readonly string[]): InputMount[] {
    return names.map((name) => {
      const hostPath = join(folder, 'raw', name);
      mkdirSync(dirname(hostPath), { recursive: true });
      writeFileSync(hostPath, '');
      return { hostPath, toolPath: `in/data/${name}` };
    });
  }

  it('links many inputs instead of mounting each', () => {
    const inputs = files(Array.from({ length: 100 }, (_, index) => `${index}.dcm`));
    const args = sandboxArgs([], call(inputs), {});
    expect(mounts(args, '--ro-bind')).toEqual([
      [join(folder, 'raw'), '/.inputs/0'],
      [join(folder, 'in'), '/in'],
    ]);
    expect(readlinkSync(join(folder, 'in', 'data', '99.dcm'))).toBe('/.inputs/0/99.dcm');
  });

  it('keeps the number of mounts small where inputs lie in many folders', () => {
    const inputs = files(Array.from({ length: 100 }, (_, index) => `sub-${index}/anat/sub-${index}_T1w.nii`));
    const args = sandboxArgs([], call(inputs), {});
    expect(mounts(args, '--ro-bind')).toEqual([
      [join(folder, 'raw'), '/.inputs/0'],
      [join(folder, 'in'), '/in'],
    ]);
    const link = join(folder, 'in', 'data', 'sub-77', 'anat', 'sub-77_T1w.nii');
    expect(readlinkSync(link)).toBe('/.inputs/0/sub-77/anat/sub-77_T1w.nii');
  });

  it('follows inputs that are links, as in datasets under git-annex', () => {
    const inputs = files(Array.from({ length: 100 }, (_, index) => `objects/key-${index}`)).map(
      ({ hostPath }, index) => {
        const link = join(folder, `${index}.nii`);
        symlinkSync(hostPath, link);
        return { hostPath: link, toolPath: `in/data/${index}.nii` };
      },
    );
    const args = sandboxArgs([], call(inputs), {});
    expect(mounts(args, '--ro-bind')[0]).toEqual([join(folder, 'raw', 'objects'), '/.inputs/0']);
    expect(readlinkSync(join(folder, 'in', 'data', '7.nii'))).toBe('/.inputs/0/key-7');
  });
});
