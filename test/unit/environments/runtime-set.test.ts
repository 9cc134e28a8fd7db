import { describe, expect, it } from 'vitest';
import { environmentSchema, type RuntimeName } from '../../../src/environments/environment.js';
import type { LoadedEnvironment } from '../../../src/environments/registry.js';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import type { RuntimeDriver } from '../../../src/environments/runtime-driver.js';
import { createRuntimes } from '../../../src/environments/runtime-set.js';
import { NeuroClawError } from '../../../src/kernel/errors.js';

function environment(runtimes: Record<string, unknown>): LoadedEnvironment {
  const parsed = environmentSchema.parse({
    name: 'tools',
    title: 'a test',
    executables: ['no-such-program'],
    license: 'MIT',
    runtimes,
  });
  return { ...parsed, folder: '/environments/tools' };
}

function driver(name: RuntimeName, open: () => Promise<OpenEnvironment>): RuntimeDriver {
  return { name, open, endLeftovers: async (store) => [`${name} of ${store}`], close: async () => undefined };
}

const works = (runtime: string): OpenEnvironment => ({
  identity: { name: 'tools', runtime, digest: 'd', details: {} },
  run: () => Promise.reject(new Error('not called')),
});

describe('createRuntimes', () => {
  it('takes the first runtime that works, in the fixed order, whatever the order of the file', async () => {
    const docker = driver('docker', () => Promise.resolve(works('docker')));
    const set = createRuntimes({ allowHost: true, workers: 1, drivers: [docker] });
    const open = await set.open(environment({ host: {}, docker: { image: 'x' } }));
    expect(open.identity.runtime).toBe('docker');
  });

  it('goes on to the next where one does not work, and lists all that was tried where none does', async () => {
    const docker = driver('docker', () =>
      Promise.reject(new NeuroClawError('preflight.engine', 'no container engine answers')),
    );
    const set = createRuntimes({ allowHost: true, workers: 1, path: '/usr/bin', drivers: [docker] });
    const error = await set
      .open(environment({ docker: { image: 'x' }, host: { packages: ['some-package'] } }))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NeuroClawError);
    expect(error).toMatchObject({
      code: 'preflight.environment',
      message:
        'environment tools is not available here; tried docker: no container engine answers; ' +
        'host: no-such-program of environment tools not found on PATH',
      hint: 'start Docker or Podman, or name its socket in DOCKER_HOST; or `apt install some-package`',
    });
    expect((error as NeuroClawError).findings.map((finding) => finding.code)).toEqual([
      'preflight.engine',
      'preflight.environment',
    ]);
  });

  it('keeps the code and the hint of the only way there is', async () => {
    const set = createRuntimes({ allowHost: false, workers: 1 });
    await expect(set.open(environment({ host: {} }))).rejects.toMatchObject({
      code: 'preflight.not-allowed',
      hint: 'pass --allow-host to use tools found on PATH',
    });
  });

  it('says so where an environment needs a runtime that is not set up', async () => {
    const set = createRuntimes({ allowHost: false, workers: 1 });
    await expect(set.open(environment({ docker: { image: 'x' } }))).rejects.toMatchObject({
      code: 'preflight.environment',
      message: expect.stringContaining('docker: this runtime is not set up') as string,
    });
  });

  it('opens an environment once, and tries again after a failure', async () => {
    let [calls, broken] = [0, true];
    const docker = driver('docker', () => {
      calls++;
      return broken
        ? Promise.reject(new NeuroClawError('preflight.engine', 'away'))
        : Promise.resolve(works('docker'));
    });
    const set = createRuntimes({ allowHost: false, workers: 1, drivers: [docker] });
    const tools = environment({ docker: { image: 'x' } });
    await expect(set.open(tools)).rejects.toThrow('away');
    broken = false;
    const [first, second] = await Promise.all([set.open(tools), set.open(tools)]);
    expect(first).toBe(second);
    expect(calls).toBe(2);
  });

  it('uses the preferred runtime alone, and refuses one that is not declared', async () => {
    const docker = driver('docker', () => Promise.reject(new NeuroClawError('preflight.engine', 'away')));
    const set = createRuntimes({ allowHost: true, workers: 1, path: '/usr/bin:/bin', drivers: [docker] });
    const tools = { ...environment({ docker: { image: 'x' }, host: {} }), executables: ['sh'] };
    expect((await set.open(tools)).identity.runtime).toBe('host');
    await expect(set.open(tools, { prefer: 'docker' })).rejects.toMatchObject({ code: 'preflight.engine' });
    await expect(set.open(tools, { prefer: 'embedded' })).rejects.toMatchObject({ expected: 'docker, host' });
  });

  it('does not swallow a defect of a driver', async () => {
    const docker = driver('docker', () => Promise.reject(new TypeError('a bug')));
    const set = createRuntimes({ allowHost: true, workers: 1, drivers: [docker] });
    await expect(set.open(environment({ docker: { image: 'x' }, host: {} }))).rejects.toThrow(TypeError);
  });

  it('asks every runtime for leftovers', async () => {
    const docker = driver('docker', () => Promise.resolve(works('docker')));
    const set = createRuntimes({ allowHost: false, workers: 1, drivers: [docker] });
    expect(await set.endLeftovers('a-store-that-nothing-runs-for')).toEqual([
      'docker of a-store-that-nothing-runs-for',
    ]);
  });
});
