import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobCall } from '../../../../src/environments/runtime.js';
import {
  createOptions,
  type CreateContext,
} from '../../../../src/environments/runtimes/docker/create-options.js';

const call: JobCall = {
  attempt: '0123456789abcdef',
  store: 'store1',
  run: 'run1',
  job: 'stage/step/sub-01',
  argv: ['dwidenoise', '/in/dwi/a.mif', '/out/b.mif'],
  inputs: [{ hostPath: '/data/a.mif', toolPath: 'in/dwi/a.mif' }],
  folder: '/store/scratch/0123',
  env: {},
  cpus: 2,
  memoryMb: 1000,
  walltimeS: 60,
  gpu: false,
  network: false,
  stdout: '/x/o',
  stderr: '/x/e',
};
const context: CreateContext = {
  image: 'sha256:abc',
  user: { uid: 1000, gid: 1001 },
  env: {},
  engine: { name: 'docker', rootless: false, selinux: false, cpus: 4 },
};

describe('the create request of a job', () => {
  it('isolates', () => {
    expect(createOptions(call, context)).toMatchObject({
      User: '1000:1001',
      AttachStdin: false,
      Tty: false,
      HostConfig: {
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        Privileged: false,
        IpcMode: 'private',
        Init: true,
        LogConfig: { Type: 'none' },
      },
    });
  });

  it('starts the image by its id and the program by its name, past any entrypoint', () => {
    expect(createOptions(call, context)).toMatchObject({
      Image: 'sha256:abc',
      Entrypoint: ['dwidenoise'],
      Cmd: ['/in/dwi/a.mif', '/out/b.mif'],
      WorkingDir: '/scratch',
    });
  });

  it('limits memory without swap, processors and processes', () => {
    const { HostConfig } = createOptions(call, context);
    expect(HostConfig).toMatchObject({ Memory: 1_048_576_000, MemorySwap: 1_048_576_000, NanoCpus: 2e9 });
    expect(HostConfig?.PidsLimit).toBeGreaterThan(0);
    expect(HostConfig?.Ulimits).toEqual([{ Name: 'core', Soft: 0, Hard: 0 }]);
  });

  it('asks for no more processors than the engine has', () => {
    expect(createOptions({ ...call, cpus: 64 }, context).HostConfig?.NanoCpus).toBe(4e9);
  });

  it('labels store, run, job and attempt', () => {
    expect(createOptions(call, context).Labels).toEqual({
      'neuroclaw.store': 'store1',
      'neuroclaw.run': 'run1',
      'neuroclaw.job': 'stage/step/sub-01',
      'neuroclaw.attempt': '0123456789abcdef',
    });
  });

  it('asks for a GPU only where the job does', () => {
    expect(createOptions(call, context).HostConfig?.DeviceRequests).toBeUndefined();
    expect(createOptions({ ...call, gpu: true }, context).HostConfig?.DeviceRequests).toEqual([
      { Driver: '', Count: -1, Capabilities: [['gpu']] },
    ]);
  });

  it('opens the network only where the job declares it', () => {
    expect(createOptions({ ...call, network: true }, context).HostConfig?.NetworkMode).toBe('bridge');
  });

  it('mounts inputs and the skill read-only, outputs and scratch writable, and nothing else', () => {
    const mounts = createOptions({ ...call, skillFolder: '/skills/x' }, context).HostConfig?.Mounts ?? [];
    expect(mounts.map(({ Source, Target, ReadOnly }) => [Source, Target, ReadOnly])).toEqual([
      ['/data/a.mif', '/in/dwi/a.mif', true],
      ['/store/scratch/0123/out', '/out', false],
      ['/store/scratch/0123/scratch', '/scratch', false],
      ['/skills/x', '/skill', true],
    ]);
    expect(createOptions(call, context).HostConfig?.Binds).toBeUndefined();
  });

  it('passes any path of a person through unchanged', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[/\0]/.test(text) && !/^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(name, name, (host, tool) => {
        const inputs = [{ hostPath: `/data/${host}`, toolPath: `in/role/${tool}` }];
        const [mount] = createOptions({ ...call, inputs }, context).HostConfig?.Mounts ?? [];
        expect(mount).toMatchObject({ Source: `/data/${host}`, Target: `/in/role/${tool}`, ReadOnly: true });
      }),
    );
  });

  it.each(['usr/bin/mrinfo', 'in', 'in/../usr', '/in/a', 'in//a', 'in/./a', 'out/a'])(
    'refuses an input at %s, which would shadow the tool',
    (toolPath) => {
      const inputs = [{ hostPath: '/data/a', toolPath }];
      expect(() => createOptions({ ...call, inputs }, context)).toThrow(/not a path below in/);
    },
  );

  it('lets the variables of the call win over those of the environment, and those over the base', () => {
    const { Env } = createOptions(
      { ...call, env: { A: 'call' } },
      { ...context, env: { A: 'environment', TMPDIR: '/tmp' } },
    );
    expect(Env).toEqual(['HOME=/home/neuroclaw', 'TMPDIR=/tmp', 'A=call']);
  });

  it('keeps outputs with the caller where the engine runs without root', () => {
    const rootless = { ...context.engine, rootless: true };
    expect(createOptions(call, { ...context, engine: rootless }).User).toBe('0:0');
    const podman = createOptions(call, { ...context, engine: { ...rootless, name: 'podman' } });
    expect(podman.User).toBe('1000:1001');
    expect(podman.HostConfig?.UsernsMode).toBe('keep-id');
  });

  it('keeps mounts readable under SELinux', () => {
    const { HostConfig } = createOptions(call, { ...context, engine: { ...context.engine, selinux: true } });
    expect(HostConfig?.SecurityOpt).toContain('label=disable');
  });
});
