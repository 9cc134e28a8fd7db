import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobCall, OpenEnvironment } from '../../../src/environments/runtime.js';
import { openDockerRuntime } from '../../../src/environments/runtimes/docker/docker-runtime.js';
import type { LockedImage } from '../../../src/environments/lock/lock-file.js';
import { makeCall } from '../../support/make-call.js';
import { engineForTests, hosts, lockForTests, output, removeFolder, temporaryFolder } from './support.js';

const runtime = await engineForTests();

describe.skipIf(!runtime)('a job in a container', { timeout: 60_000 }, () => {
  let folder: string;
  let locked: LockedImage;
  let environment: OpenEnvironment;
  const never = new AbortController().signal;

  beforeAll(async () => {
    folder = await temporaryFolder();
    locked = await lockForTests(runtime!, 'mrtrix3', join(folder, 'neuroclaw.lock.json'));
    environment = await runtime!.open({ name: 'mrtrix3', env: {} }, locked);
  }, 300_000);
  afterAll(async () => {
    await runtime?.close();
    await removeFolder(folder);
  });

  function shell(script: string, extra: Partial<JobCall> = {}): Promise<JobCall> {
    return makeCall(folder, { argv: ['sh', '-c', script], ...extra });
  }

  async function containersOf(store: string): Promise<string[]> {
    const found = await runtime!.engine.docker.listContainers({
      all: true,
      filters: JSON.stringify({ label: [`neuroclaw.store=${store}`] }),
    });
    return found.map((container) => container.State);
  }

  it('streams both outputs into files and gives the exit status', async () => {
    const call = await shell('echo out; echo err >&2; exit 3');
    const exit = await environment.run(call, never);
    expect(exit).toMatchObject({ reason: 'exited', exitCode: 3 });
    expect(await output(call)).toBe('out\n');
    expect(await readFile(call.stderr, 'utf8')).toBe('err\n');
  });

  it('keeps megabytes of output whole', async () => {
    const call = await shell('seq 1 400000');
    await environment.run(call, never);
    const lines = (await output(call)).trimEnd().split('\n');
    expect(lines).toHaveLength(400_000);
    expect(lines.at(-1)).toBe('400000');
  });

  it('has no network but its own loopback', async () => {
    const call = await shell('cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d " "');
    await environment.run(call, never);
    const interfaces = (await output(call)).trim().split('\n');
    // The kernel makes tunnel templates in each namespace; none of them has an address or a route.
    expect(interfaces.filter((name) => /^(eth|en|veth|docker)/.test(name))).toEqual([]);
    const routes = await shell('tail -n +2 /proc/net/route');
    await environment.run(routes, never);
    expect(await output(routes)).toBe('');
  });

  it('cannot write to the root file system', async () => {
    const call = await shell(
      'for f in /x /usr/x /etc/x /in/x /home/x; do touch $f 2>/dev/null && echo $f; done; true',
    );
    await environment.run(call, never);
    expect(await output(call)).toBe('');
  });

  it('writes to /out, /scratch, /tmp and its home, and starts in /scratch', async () => {
    const call = await shell('touch /out/a /scratch/b /tmp/c "$HOME/d" e && pwd');
    expect(await environment.run(call, never)).toMatchObject({ reason: 'exited', exitCode: 0 });
    expect(await output(call)).toBe('/scratch\n');
    expect(await readdir(join(call.folder, 'out'))).toEqual(['a']);
    expect(await readdir(join(call.folder, 'scratch'))).toEqual(['b', 'e']);
  });

  it('holds no capabilities, cannot gain any, and sees no other process', async () => {
    const call = await shell(
      'grep -E "^(CapEff|CapPrm|CapBnd|NoNewPrivs)" /proc/self/status; ls /proc | grep -c "^[0-9]"',
    );
    await environment.run(call, never);
    const text = await output(call);
    expect(text).toMatch(/CapPrm:\t0+\n/);
    expect(text).toMatch(/CapEff:\t0+\n/);
    expect(text).toMatch(/CapBnd:\t0+\n/);
    expect(text).toMatch(/NoNewPrivs:\t1\n/);
    expect(Number(text.trim().split('\n').at(-1))).toBeLessThan(8);
  });

  it('has no socket of an engine and a clean environment', async () => {
    const call = await shell(
      'env | cut -d= -f1 | sort; ls /var/run/docker.sock /run/docker.sock 2>/dev/null; true',
      {
        env: { GIVEN: "a 'quoted' $value;\nof two lines" },
      },
    );
    await environment.run(call, never);
    const names = (await output(call)).split('\n').filter((line) => /^[A-Z_]+$/.test(line));
    expect(names).toEqual([
      'GIVEN',
      'HOME',
      'HOSTNAME',
      'LC_ALL',
      'MRTRIX_TMPFILE_DIR',
      'PATH',
      'PWD',
      'PYTHONDONTWRITEBYTECODE',
      'TMPDIR',
    ]);
    expect(await output(call)).not.toContain('docker.sock');
    const value = await shell('printf %s "$GIVEN"', { env: { GIVEN: "a 'quoted' $value;\nof two lines" } });
    await environment.run(value, never);
    expect(await output(value)).toBe("a 'quoted' $value;\nof two lines");
  });

  it('reads inputs whatever their names are, and cannot write them', async () => {
    const odd = join(folder, 'a b,c:d;e\'f"g é\n');
    await mkdir(odd);
    const hostPath = join(odd, 'x:ro,y.txt');
    await writeFile(hostPath, 'raw');
    const call = await makeCall(folder, {
      argv: [
        'sh',
        '-c',
        'cat "$1"; echo changed > "$1" 2>/dev/null || echo " refused"',
        'sh',
        '/in/a/x:ro,y z.txt',
      ],
      inputs: [{ hostPath, toolPath: 'in/a/x:ro,y z.txt' }],
    });
    await environment.run(call, never);
    expect(await output(call)).toBe('raw refused\n');
    expect(await readFile(hostPath, 'utf8')).toBe('raw');
  });

  it('runs as the user it was given, who owns the outputs', async () => {
    const plain = await openDockerRuntime({ hosts, user: { uid: 1234, gid: 2345 } });
    try {
      const call = await shell('id -u; id -g; touch /out/mine');
      const opened = await plain.open({ name: 'mrtrix3', env: {} }, locked);
      expect(await opened.run(call, never)).toMatchObject({ reason: 'exited', exitCode: 0 });
      expect(await output(call)).toBe('1234\n2345\n');
      expect((await stat(join(call.folder, 'out/mine'))).uid).toBe(1234);
    } finally {
      await plain.close();
    }
  });

  // A parent that makes good the death of its child: the exit status says success.
  const eat = 'python3 -c "x = bytearray(400 * 1024 * 1024)" || true; exit 0';

  it('finds a child that was killed for memory although the container exits 0', async () => {
    const call = await shell(eat, { memoryMb: 128 });
    const exit = await environment.run(call, never);
    expect(exit).toMatchObject({ reason: 'oom', exitCode: 0 });
    expect(exit.message).toContain('128 MB');
  });

  it('does not call a job out of memory that stays within its limit', async () => {
    const call = await shell(eat, { memoryMb: 1024 });
    expect(await environment.run(call, never)).toMatchObject({ reason: 'exited', exitCode: 0 });
  });

  it('ends the whole container at the walltime', async () => {
    const call = await shell('sleep 100 & sleep 100', { walltimeS: 1 });
    expect(await environment.run(call, never)).toMatchObject({ reason: 'timeout' });
    await expect.poll(() => containersOf(call.store), { timeout: 10_000 }).toEqual([]);
  });

  it('ends a tool that ignores the request when it is cancelled', async () => {
    const stop = new AbortController();
    const call = await shell('trap "" TERM; echo ready; while true; do sleep 1; done');
    const running = environment.run(call, stop.signal);
    await expect.poll(() => output(call).catch(() => ''), { timeout: 10_000 }).toBe('ready\n');
    stop.abort();
    expect(await running).toMatchObject({ reason: 'cancelled', exitCode: 137 });
    await expect.poll(() => containersOf(call.store), { timeout: 10_000 }).toEqual([]);
  }, 30_000);

  it('does not start what was cancelled before', async () => {
    const call = await shell('true');
    expect(await environment.run(call, AbortSignal.abort())).toMatchObject({ reason: 'cancelled', wallS: 0 });
    expect(await containersOf(call.store)).toEqual([]);
  });

  it('names the signal of a tool that was killed by somebody else', async () => {
    expect(await environment.run(await shell('kill -SEGV $$'), never)).toMatchObject({
      reason: 'signal',
      signal: 'SIGSEGV',
    });
  });

  it('says that a program is not in the environment', async () => {
    const exit = await environment.run(await makeCall(folder, { argv: ['no such program'] }), never);
    expect(exit).toMatchObject({ reason: 'not-started', exitCode: null });
    expect(exit.message).toContain('no such program cannot be started in this environment');
  });

  it('gives the exit status 127 of a tool as it is', async () => {
    expect(await environment.run(await shell('exit 127'), never)).toMatchObject({
      reason: 'exited',
      exitCode: 127,
    });
  });

  it('says plainly that there is no GPU', async () => {
    const hasGpu = Object.keys(
      ((await runtime!.engine.docker.info()) as { Runtimes?: object }).Runtimes ?? {},
    ).includes('nvidia');
    if (hasGpu) return;
    const exit = await environment.run(await shell('true', { gpu: true }), never);
    expect(exit).toMatchObject({ reason: 'not-started', code: 'preflight.gpu' });
  });

  it('names an input that is gone', async () => {
    const exit = await environment.run(
      await shell('true', { inputs: [{ hostPath: join(folder, 'gone'), toolPath: 'in/a/gone' }] }),
      never,
    );
    expect(exit).toMatchObject({ reason: 'not-started', code: 'input.not-found' });
  });

  it("ends what a dead process left behind, running or only created, and nobody else's", async () => {
    const left = await shell('sleep 1000');
    const other = await shell('sleep 1000');
    const stop = new AbortController();
    const running = [environment.run(left, stop.signal), environment.run(other, stop.signal)];
    await runtime!.engine.docker.createContainer({
      Image: locked.image,
      Cmd: ['true'],
      Labels: { 'neuroclaw.store': left.store, 'neuroclaw.job': 'stage/created' },
    });
    await expect
      .poll(async () => (await containersOf(left.store)).sort(), { timeout: 10_000 })
      .toEqual(['created', 'running']);
    await expect.poll(() => containersOf(other.store), { timeout: 10_000 }).toEqual(['running']);

    const ended = await runtime!.endLeftovers(left.store);
    expect(ended).toHaveLength(2);
    expect(ended.join('\n')).toContain('job stage/created');
    expect(await containersOf(left.store)).toEqual([]);
    expect(await containersOf(other.store)).toEqual(['running']);
    expect(await running[0]).toMatchObject({ exitCode: 137 });
    stop.abort();
    await Promise.all(running);
  });

  it('leaves no container behind after many jobs at once', async () => {
    const store = 'test-many';
    const calls = await Promise.all(Array.from({ length: 8 }, () => shell('echo done', { store })));
    const exits = await Promise.all(calls.map((call) => environment.run(call, never)));
    expect(exits.map((exit) => exit.reason)).toEqual(Array.from({ length: 8 }, () => 'exited'));
    for (const call of calls) expect(await output(call)).toBe('done\n');
    await expect.poll(() => containersOf(store), { timeout: 10_000 }).toEqual([]);
    await wait(0);
  });
});
