import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import type { JobCall, OpenEnvironment } from '../../../src/environments/runtime.js';
import { createRuntimes, type RuntimeSet } from '../../../src/environments/runtime-set.js';
import { WorkerPool } from '../../../src/environments/runtimes/embedded/worker-pool.js';
import { WorkerProcess } from '../../../src/environments/runtimes/embedded/worker-process.js';
import { writeNifti } from '../../../src/imaging/nifti-write.js';
import { hasTestData, testData } from '../../support/data.js';
import {
  Attempts,
  childrenOf,
  inputsOf,
  never,
  productEnvironment,
  runCall,
  runs,
  until,
} from './support.js';

const attempts = new Attempts();
const image = join(attempts.root, 'image.nii');
let runtimes: RuntimeSet;
let niimath: OpenEnvironment;

beforeAll(async () => {
  const affine = [
    [2, 0, 0, 0],
    [0, 2, 0, 0],
    [0, 0, 2, 0],
    [0, 0, 0, 1],
  ] as const;
  const data = Float32Array.from({ length: 96 ** 3 }, (_, index) => index % 97);
  await writeNifti(image, { dims: [96, 96, 96], affine, datatype: 'float32', data });
});
beforeEach(async () => {
  runtimes = createRuntimes({ allowHost: false, workers: 2 });
  niimath = await runtimes.open(await productEnvironment('niimath'));
});
afterEach(() => runtimes.close());
afterAll(() => attempts.remove());

function job(operations: readonly string[], more: Partial<JobCall> = {}): JobCall {
  return attempts.call(
    ['niimath', '/in/image/image.nii', ...operations, '/out/image.nii'],
    [{ hostPath: image, toolPath: 'in/image/image.nii' }],
    more,
  );
}

/** Runs for minutes, in WebAssembly, without ever giving the event loop of the worker a turn. */
const endless = Array<string[]>(300).fill(['-s', '40']).flat();
const quick = ['-bin'];

function workers(parent = process.pid): number[] {
  return childrenOf(parent).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('embedded/worker.js');
    } catch {
      return false;
    }
  });
}

/** Starts a job and waits until the tool runs. */
async function started(call: JobCall, signal?: AbortSignal): Promise<{ ended: ReturnType<typeof runCall> }> {
  const ended = runCall(niimath, call, signal);
  await until(() => existsSync(call.stdout));
  return { ended };
}

describe('a job in an embedded worker', () => {
  it('is ended at its walltime although WebAssembly never yields', async () => {
    const { exit } = await runCall(niimath, job(endless, { walltimeS: 0.5 }));
    expect(exit).toMatchObject({ reason: 'timeout', exitCode: null });
    expect(exit.wallS).toBeGreaterThanOrEqual(0.5);
    await until(() => workers().length === 0);
    expect((await runCall(niimath, job(quick))).exit).toMatchObject({ reason: 'exited', exitCode: 0 });
  });

  it('is ended when it is cancelled, and its files stay', async () => {
    const cancel = new AbortController();
    const { ended } = await started(job(endless), cancel.signal);
    cancel.abort();
    const { exit, call } = await ended;
    expect(exit.reason).toBe('cancelled');
    expect(existsSync(call.stderr)).toBe(true);
    await until(() => workers().length === 0);
  });

  it('is ended when it uses more memory than it was given', async () => {
    const { exit } = await runCall(niimath, job(endless, { memoryMb: 16 }));
    expect(exit).toMatchObject({ reason: 'oom', exitCode: null });
    expect(exit.message).toMatch(/^the tool used \d+ MB/);
    expect((await runCall(niimath, job(quick))).exit.exitCode).toBe(0);
  });

  it('is lost when its worker is killed from outside, and the next one gets a new worker', async () => {
    const { ended } = await started(job(endless));
    const [pid = 0] = workers();
    process.kill(pid, 'SIGKILL');
    expect((await ended).exit).toMatchObject({
      reason: 'lost',
      signal: 'SIGKILL',
      message: 'the worker was ended by SIGKILL',
    });
    expect((await runCall(niimath, job(quick))).exit.exitCode).toBe(0);
    expect(workers()).not.toContain(pid);
  });

  it('ends with the status of an abort where the WebAssembly module fails, and the worker stays sound', async () => {
    // More arguments than fit on the stack of the module.
    const { exit, stderr } = await runCall(niimath, job(Array<string[]>(3000).fill(['-s', '20']).flat()));
    expect(exit).toMatchObject({
      reason: 'exited',
      exitCode: 134,
      message: 'the tool aborted: memory access out of bounds',
    });
    expect(stderr).toContain('memory access out of bounds');
    expect((await runCall(niimath, job(quick))).exit.exitCode).toBe(0);
  });

  it('says that the disk is full where it could not write', async () => {
    const call = job(quick);
    symlinkSync('/dev/full', join(call.folder, 'out', 'image.nii'));
    const { exit } = await runCall(niimath, call);
    expect(exit).toMatchObject({ reason: 'exited', exitCode: 1, code: 'job.disk' });
    expect(exit.message).toContain('ENOSPC');
  });

  it('tells time, processor time and memory', async () => {
    const { exit } = await runCall(niimath, job(['-s', '4']));
    expect(exit.wallS).toBeGreaterThan(0);
    expect(exit.cpuS).toBeGreaterThan(0);
    expect(exit.maxRssMb).toBeGreaterThan(30);
  });

  it('sees nothing of the variables of its parent', async () => {
    process.env['NEUROCLAW_TEST_SECRET'] = 'hidden';
    process.env['NODE_OPTIONS'] = '--no-warnings';
    try {
      const cancel = new AbortController();
      const { ended } = await started(job(endless), cancel.signal);
      const environment = readFileSync(`/proc/${workers()[0]}/environ`, 'utf8');
      const names = environment.split('\0').map((entry) => entry.split('=')[0] ?? '');
      const own = names.filter((name) => name !== '' && !name.startsWith('NODE_CHANNEL_'));
      expect(own.sort()).toEqual(['LC_ALL', 'TZ']);
      cancel.abort();
      await ended;
    } finally {
      delete process.env['NEUROCLAW_TEST_SECRET'];
      delete process.env['NODE_OPTIONS'];
    }
  });
});

describe.skipIf(!hasTestData)('the JavaScript heap of a worker', () => {
  it('is limited: a tool that fills it ends as out of memory', async () => {
    const worker = new WorkerProcess(20, () => undefined);
    await until(() => worker.state === 'idle');
    const call = attempts.call(
      ['neuroclaw-bids-validate', '--dataset', '/in/dataset', '--report', '/out/report.json'],
      inputsOf(testData('bids', 'haxby-slice'), 'dataset'),
    );
    const exit = await worker.run(
      { ...call, tool: 'bids-validate' },
      { memoryMb: 4096, walltimeS: 60 },
      never,
    );
    expect(exit).toMatchObject({ reason: 'oom', message: 'the JavaScript heap grew beyond 20 MB' });
    expect(worker.state).toBe('gone');
  });
});

describe('the pool of workers', () => {
  it('starts none before they are needed, and uses them again', async () => {
    expect(workers()).toEqual([]);
    await runCall(niimath, job(quick));
    const first = workers();
    expect(first).toHaveLength(1);
    for (let again = 0; again < 3; again++) {
      expect((await runCall(niimath, job(quick))).exit.exitCode).toBe(0);
    }
    expect(workers()).toEqual(first);
  });

  it('runs jobs side by side, never more than its size, and all of them in the end', async () => {
    const ended = Promise.all(Array.from({ length: 6 }, () => runCall(niimath, job(['-s', '4']))));
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, workers().length)), 5);
    const results = await ended;
    clearInterval(watch);
    expect(results.map(({ exit }) => exit.exitCode)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(most).toBe(2);
  });

  it('lets a waiting job be cancelled without starting it', async () => {
    const cancelFirst = new AbortController();
    const busy = [
      await started(job(endless), cancelFirst.signal),
      await started(job(endless), cancelFirst.signal),
    ];
    const cancel = new AbortController();
    const call = job(quick);
    const waiting = niimath.run(call, cancel.signal);
    cancel.abort();
    expect(await waiting).toEqual({ reason: 'cancelled', exitCode: null, wallS: 0 });
    expect(existsSync(call.stdout)).toBe(false);
    cancelFirst.abort();
    await Promise.all(busy.map(({ ended }) => ended));
  });

  it('ends every worker and every job when it is closed', async () => {
    const { ended } = await started(job(endless));
    await runtimes.close();
    expect((await ended).exit.reason).toBe('cancelled');
    expect(workers()).toEqual([]);
  });

  it('takes another worker for a job that may use more memory than the heap of the first', async () => {
    await runCall(niimath, job(quick, { memoryMb: 512 }));
    const { exit } = await runCall(niimath, job(quick, { memoryMb: 3000 }));
    expect(exit).toMatchObject({ reason: 'exited', exitCode: 0 });
  });
});

describe('a worker that cannot start', () => {
  it('fails the jobs that wait for it instead of being started for ever', async () => {
    // No heap to load its first module into.
    const pool = new WorkerPool(1, (_, onChange) => new WorkerProcess(1, onChange));
    const waiting = [job(quick), job(quick)].map((call) =>
      pool.run({ ...call, tool: 'niimath' }, { memoryMb: 100, walltimeS: 10 }, never),
    );
    for (const exit of await Promise.all(waiting)) {
      expect(exit).toMatchObject({
        reason: 'lost',
        message: expect.stringMatching(/^the worker .* while it was starting/s) as string,
      });
    }
    await pool.close();
  });
});

describe('workers and their parent', () => {
  async function parent(mode: 'busy' | 'idle'): Promise<{ child: ChildProcess; said: () => string }> {
    const script = fileURLToPath(new URL('./runtime-parent.mjs', import.meta.url));
    const folder = join(attempts.root, mode);
    mkdirSync(folder);
    const child = spawn(process.execPath, [script, mode, image, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { child, said: () => text };
  }

  it('end with it when it is killed with SIGKILL in the middle of WebAssembly', async () => {
    const { child } = await parent('busy');
    const pid = child.pid ?? 0;
    const tool = (name: string): string => join(attempts.root, 'busy', name, 'stdout.log');
    await until(() => existsSync(tool('one')) && existsSync(tool('two')));
    const orphans = workers(pid);
    expect(orphans).toHaveLength(2);
    // Well inside the tool, which gives the event loop of the worker no turn.
    await sleep(200);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until(() => !orphans.some(runs));
  });

  it('do not keep it alive when they are idle, and end with it', async () => {
    const { child, said } = await parent('idle');
    await until(() => workers(child.pid).length === 1 || child.exitCode !== null);
    const left = workers(child.pid);
    const [code] = (await once(child, 'close')) as [number | null];
    expect(said()).toBe('exited 0\n');
    expect(code).toBe(0);
    await until(() => !left.some(runs));
  });
});
