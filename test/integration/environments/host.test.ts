import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { createRuntimes } from '../../../src/environments/runtime-set.js';
import { findExecutables } from '../../../src/environments/runtimes/host/find-executables.js';
import { createHostDriver } from '../../../src/environments/runtimes/host/host-driver.js';
import { hasTestData, testData } from '../../support/data.js';
import {
  Attempts,
  hostEnvironment,
  inputsOf,
  never,
  productEnvironment,
  runCall,
  runs,
  startedWith,
  until,
} from './support.js';

const searchPath = '/usr/local/bin:/usr/bin:/bin';
const attempts = new Attempts();
const raw = join(attempts.root, `raw "data" it's ü; $(touch x).txt`);
const input = { hostPath: raw, toolPath: `in/text/raw "data" it's ü; $(touch x).txt` };
const system = hostEnvironment(['sh', 'cat', 'cp', 'sleep', 'env', 'ls', 'setsid']);

beforeAll(() => writeFileSync(raw, 'raw content'));
afterAll(() => attempts.remove());

function script(text: string, ...args: string[]): string[] {
  return ['sh', '-c', text, 'sh', ...args];
}

async function open(bubblewrap: boolean): Promise<OpenEnvironment> {
  return createHostDriver({ allowed: true, path: searchPath, bubblewrap, graceMs: 400 }).open(system);
}

async function sandboxWorks(): Promise<boolean> {
  return (await open(true)).identity.details['isolation'] === 'bubblewrap';
}
const hasSandbox = await sandboxWorks();
const isolations = [
  { isolation: 'bubblewrap', skip: !hasSandbox },
  { isolation: 'none', skip: false },
];

describe('the host runtime', () => {
  it('is refused unless the person allows it', async () => {
    await expect(createHostDriver({ allowed: false }).open(system)).rejects.toMatchObject({
      code: 'preflight.not-allowed',
      hint: 'pass --allow-host to use tools found on PATH',
    });
  });

  it('lists all missing programs together and says what to install', async () => {
    const environment = hostEnvironment(['sh', 'absent-one', 'absent-two'], {
      runtimes: { host: { packages: ['absent-tools'] } },
    });
    await expect(createHostDriver({ allowed: true }).open(environment)).rejects.toMatchObject({
      code: 'preflight.environment',
      message: 'absent-one, absent-two of environment system not found on PATH',
      hint: '`apt install absent-tools`',
    });
  });

  describe('the identity of its environments', () => {
    function tool(version: string): string {
      const folder = join(attempts.root, `tool ${version}`, 'bin');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'some-tool'), `#!/bin/sh\necho "some-tool version ${version}"\nexit 3\n`);
      chmodSync(join(folder, 'some-tool'), 0o755);
      return `${folder}:${searchPath}`;
    }
    const environment = (more: object = {}): ReturnType<typeof hostEnvironment> =>
      hostEnvironment(['some-tool'], {
        smoke: [{ argv: ['some-tool', '--version'], prints: 'some-tool version' }],
        ...more,
      });
    const identity = async (path: string, more: object = {}): Promise<OpenEnvironment['identity']> =>
      (await createHostDriver({ allowed: true, path, bubblewrap: false }).open(environment(more))).identity;

    it('is the bytes and the version of the program, not where it lies', async () => {
      const one = await identity(tool('1.0'));
      expect(one.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(one.details['some-tool --version']).toBe('some-tool version 1.0');
      expect((await identity(tool('1.0'))).digest).toBe(one.digest);
      expect((await identity(tool('1.1'))).digest).not.toBe(one.digest);
    });

    it('changes with the variables of the environment', async () => {
      const path = tool('2.0');
      expect((await identity(path, { env: { MODE: 'fast' } })).digest).not.toBe(
        (await identity(path)).digest,
      );
    });

    it('is refused where the program is not the version that is meant', async () => {
      const smoke = [{ argv: ['some-tool', '--version'], prints: 'some-tool version 9' }];
      await expect(identity(tool('3.0'), { smoke })).rejects.toMatchObject({
        code: 'preflight.environment',
        message: '`some-tool --version` does not print "some-tool version 9" but "some-tool version 3.0"',
      });
    });
  });
});

describe.each(isolations)('a program of the host, isolation $isolation', ({ isolation, skip }) => {
  let host: OpenEnvironment;
  beforeAll(async () => {
    host = await open(isolation === 'bubblewrap');
  });

  it.skipIf(skip)('reads inputs and writes outputs whose names are as people name files', async () => {
    const name = `out "put" it's ü; $(x).txt`;
    const ran = await runCall(host, attempts.call(['cp', `/${input.toolPath}`, `/out/${name}`], [input]));
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 0 });
    expect(ran.output(name).toString()).toBe('raw content');
  });

  it.skipIf(skip)('passes the exit status and both streams on', async () => {
    const ran = await runCall(host, attempts.call(script('echo words; echo complaints >&2; exit 7')));
    expect(ran.exit).toMatchObject({ reason: 'exited', exitCode: 7 });
    expect([ran.stdout, ran.stderr]).toEqual(['words\n', 'complaints\n']);
  });

  it.skipIf(skip)('says which signal killed the tool', async () => {
    const { exit } = await runCall(host, attempts.call(script('kill -SEGV $$')));
    expect(exit).toMatchObject({ reason: 'signal', signal: 'SIGSEGV' });
  });

  it.skipIf(skip)('sees a clean set of variables', async () => {
    process.env['NEUROCLAW_TEST_SECRET'] = 'hidden';
    try {
      const ran = await runCall(host, attempts.call(['env'], [], { env: { OMP_NUM_THREADS: '1' } }));
      const names = ran.stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0] ?? '')
        .sort();
      const expected = [
        'HOME',
        'LC_ALL',
        'NEUROCLAW_ATTEMPT',
        'NEUROCLAW_STORE',
        'OMP_NUM_THREADS',
        'PATH',
        'TMPDIR',
      ];
      expect(names.filter((name) => name !== 'PWD')).toEqual(expected);
      expect(ran.stdout).toContain(`NEUROCLAW_ATTEMPT=${ran.call.attempt}`);
    } finally {
      delete process.env['NEUROCLAW_TEST_SECRET'];
    }
  });

  it.skipIf(skip)('has a home and a scratch folder that can be written', async () => {
    const ran = await runCall(
      host,
      attempts.call(script('echo 1 > "$HOME/h" && echo 2 > "$TMPDIR/t" && cat "$HOME/h" "$TMPDIR/t"')),
    );
    expect(ran.stdout).toBe('1\n2\n');
  });

  it.skipIf(skip)('gets thousands of inputs', async () => {
    const folder = join(attempts.root, `many ${isolation}`);
    mkdirSync(folder);
    for (let index = 0; index < 2000; index++) writeFileSync(join(folder, `${index}.dcm`), `${index}`);
    const ran = await runCall(
      host,
      attempts.call(script('ls "$1" | wc -l; cat "$1/1234.dcm"', '/in/dicoms'), inputsOf(folder, 'dicoms')),
    );
    expect(ran.stdout.replaceAll(' ', '')).toBe('2000\n1234');
  });

  it.skipIf(skip)('ends its whole family at its walltime', async () => {
    const call = attempts.call(script('sleep 1000 & echo $! > "$1"; sleep 1000', '/out/pid'), [], {
      walltimeS: 0.5,
    });
    const marked = family(call.attempt);
    const ended = runCall(host, call);
    await until(() => marked().length >= 3);
    const members = marked();
    const { exit } = await ended;
    expect(exit.reason).toBe('timeout');
    await until(() => !members.some(runs));
  });

  it.skipIf(skip)('ends grandchildren when it is cancelled', async () => {
    const cancel = new AbortController();
    const call = attempts.call(script('sleep 1000 & sleep 1000'));
    const marked = family(call.attempt);
    const ended = runCall(host, call, cancel.signal);
    await until(() => marked().length >= 3);
    const members = marked();
    cancel.abort();
    expect((await ended).exit.reason).toBe('cancelled');
    await until(() => !members.some(runs));
  });

  it.skipIf(skip)('is asked before it is forced: it can tidy up', async () => {
    const cancel = new AbortController();
    const call = attempts.call(
      script(
        'trap "echo tidy > \\"$1\\"; exit 0" TERM; echo ready; while :; do sleep 0.05; done',
        '/out/tidy',
      ),
    );
    const ended = runCall(host, call, cancel.signal);
    await until(() => existsSync(call.stdout) && readFileSync(call.stdout, 'utf8') === 'ready\n');
    cancel.abort();
    const ran = await ended;
    expect(ran.exit.reason).toBe('cancelled');
    expect(ran.output('tidy').toString()).toBe('tidy\n');
  });

  it.skipIf(skip)('is forced when it does not listen', async () => {
    const cancel = new AbortController();
    const call = attempts.call(script('trap "" TERM; echo ready; while :; do sleep 0.05; done'));
    const marked = family(call.attempt);
    const ended = runCall(host, call, cancel.signal);
    await until(() => existsSync(call.stdout) && readFileSync(call.stdout, 'utf8') === 'ready\n');
    const members = marked();
    cancel.abort();
    const { exit } = await ended;
    expect(exit.reason).toBe('cancelled');
    expect(exit.wallS).toBeGreaterThanOrEqual(0.4);
    await until(() => !members.some(runs));
  });

  it.skipIf(skip)('is ended when its family uses more memory than it was given', async () => {
    const fill = 'head -c 300000000 /dev/zero | tail -c 300000000 | sleep 1000';
    const ran = await runCall(host, attempts.call(script(fill), [], { memoryMb: 100 }));
    expect(ran.exit).toMatchObject({
      reason: 'oom',
      message: expect.stringMatching(/^the tool used \d+ MB of the 100 MB/) as string,
    });
  });

  it.skipIf(skip)('is not started when it is cancelled before', async () => {
    const call = attempts.call(['sleep', '1000']);
    const exit = await host.run(call, AbortSignal.abort());
    expect(exit).toEqual({ reason: 'cancelled', exitCode: null, wallS: 0 });
  });

  it.skipIf(skip)('cannot be a program that the environment does not name', async () => {
    const exit = await host.run(attempts.call(['/bin/true']), never);
    expect(exit).toMatchObject({
      reason: 'not-started',
      message: expect.stringContaining('/bin/true') as string,
    });
  });

  it.skipIf(skip)('leaves nothing running that it started and left behind', async () => {
    const call = attempts.call(script('sleep 1000 & exit 0'));
    const marked = family(call.attempt);
    expect((await runCall(host, call)).exit).toMatchObject({ reason: 'exited', exitCode: 0 });
    await until(() => marked().length === 0);
  });
});

/** Processes of an attempt that run. */
function family(attempt: string): () => number[] {
  return () => startedWith('NEUROCLAW_ATTEMPT', attempt);
}

describe.skipIf(!hasSandbox)('the sandbox of a host program', () => {
  it('cannot write to raw data, nor to any place but out, scratch, home and /tmp', async () => {
    const host = await open(true);
    const attempt = script(
      'for f in "$1" "$1.new" /in/text/new /in/new /new /usr/new /etc/new; do ' +
        '(echo changed > "$f") 2> /dev/null && echo "wrote $f"; done; ' +
        'rm "$1" 2> /dev/null && echo "removed $1"; chmod 777 "$1" 2> /dev/null && echo "changed $1"; ' +
        'for f in /out/ok /scratch/ok /tmp/ok "$HOME/ok"; do echo x > "$f" && echo "wrote $f"; done',
      `/${input.toolPath}`,
    );
    const ran = await runCall(host, attempts.call(attempt, [input]));
    expect(ran.stdout).toBe('wrote /out/ok\nwrote /scratch/ok\nwrote /tmp/ok\nwrote /home/neuroclaw/ok\n');
    expect(readFileSync(raw, 'utf8')).toBe('raw content');
  });

  it('shows nothing of people: no home, no data beside the inputs, no processes of others', async () => {
    const host = await open(true);
    const ran = await runCall(
      host,
      attempts.call(script('ls / /home /in /in/text; ls -d "$1"; ls /proc', attempts.root), [input]),
    );
    const [top = ''] = ran.stdout.split('\n\n');
    expect(top.split('\n').filter((name) => /^(root|mnt|media|srv|var|work|run)$/.test(name))).toEqual([]);
    expect(ran.stderr).toContain('No such file or directory');
    expect(ran.stdout).not.toContain(String(process.pid));
  });

  it('has no network, unless the skill declares it', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const connect =
      `require('net').connect(${port}, '127.0.0.1')` +
      ".on('connect', () => { console.log('connected'); process.exit(); })" +
      ".on('error', (error) => console.log(error.code))";
    const path = `${dirname(process.execPath)}:${searchPath}`;
    const node = hostEnvironment(['node']);
    try {
      const said = async (bubblewrap: boolean, network: boolean): Promise<string> => {
        const host = await createHostDriver({ allowed: true, path, bubblewrap }).open(node);
        return (await runCall(host, attempts.call(['node', '-e', connect], [], { network }))).stdout.trim();
      };
      expect(await said(false, false)).toBe('connected');
      expect(await said(true, true)).toBe('connected');
      expect(await said(true, false)).toBe('ECONNREFUSED');
    } finally {
      server.close();
    }
  });

  it('says what could not be mounted', async () => {
    const host = await open(true);
    const missing = { hostPath: join(attempts.root, 'gone.nii'), toolPath: 'in/image/gone.nii' };
    const exit = await host.run(attempts.call(['cat', '/in/image/gone.nii'], [missing]), never);
    expect(exit).toMatchObject({
      reason: 'not-started',
      message: expect.stringContaining('gone.nii') as string,
    });
  });
});

describe('a program of the host without a sandbox', () => {
  it('sees relative paths, so that no path of this machine gets into its outputs', async () => {
    const host = await open(false);
    const ran = await runCall(
      host,
      attempts.call(script('echo "$@"', '/in/text/a', '--out=/out/b', 'MI[/in/text/a,1]'), []),
    );
    expect(ran.stdout).toBe('in/text/a --out=out/b MI[in/text/a,1]\n');
  });

  it('is found out when it writes to its input', async () => {
    const host = await open(false);
    const victim = join(attempts.root, 'victim.txt');
    writeFileSync(victim, 'before');
    const ran = await runCall(
      host,
      attempts.call(script('echo after > "$1"', '/in/text/victim.txt'), [
        { hostPath: victim, toolPath: 'in/text/victim.txt' },
      ]),
    );
    expect(ran.exit).toMatchObject({
      exitCode: 1,
      code: 'input.changed',
      message: `${victim} changed while the tool ran`,
    });
  });
});

describe('leftovers of a dead process', () => {
  const driver = createHostDriver({ allowed: false });

  async function orphan(store: string, isolation: string): Promise<number[]> {
    const folder = join(attempts.root, store);
    mkdirSync(folder);
    const parent = spawn(process.execPath, [
      fileURLToPath(new URL('./runtime-parent.mjs', import.meta.url)),
      ...['host', store, folder, isolation],
    ]);
    await until(() => startedWith('NEUROCLAW_STORE', store).length >= 3);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    return startedWith('NEUROCLAW_STORE', store);
  }

  it('are ended for their own store alone, and told', async () => {
    const mine = `store-mine-${process.pid}`;
    const other = `store-other-${process.pid}`;
    const [left, others] = await Promise.all([orphan(mine, 'bare'), orphan(other, 'bare')]);
    expect(left).toHaveLength(3);
    const lines = await driver.endLeftovers(mine);
    expect(lines.sort()).toEqual(
      left
        .map(
          (pid) =>
            expect.stringMatching(`^process ${pid} \\((sh|sleep)\\) of attempt ${mine}-one$`) as string,
        )
        .sort(),
    );
    await until(() => !left.some(runs));
    expect(others.every(runs)).toBe(true);
    expect(await driver.endLeftovers(other)).toHaveLength(3);
    expect(await driver.endLeftovers(mine)).toEqual([]);
  });

  it.skipIf(!hasSandbox)('are none under bubblewrap: its programs die with us', async () => {
    const store = `store-sandbox-${process.pid}`;
    await orphan(store, 'bubblewrap');
    await until(() => startedWith('NEUROCLAW_STORE', store).length === 0);
  });
});

const hasNative = findExecutables(['dcm2niix'], searchPath).missing.length === 0;

describe.skipIf(!hasTestData || !hasNative)('dcm2niix of the host', () => {
  it('makes the voxels and gradients of the embedded one', async () => {
    const inputs = inputsOf(testData('dicom', 'siemens-trio-dti20'), 'dicoms');
    const argv = ['dcm2niix', '-b', 'y', '-ba', 'y', '-z', 'n', '-f', 'image', '-o', '/out', '/in/dicoms'];
    const runtimes = createRuntimes({ allowHost: true, workers: 1, path: searchPath });
    try {
      const environment = await productEnvironment('dcm2niix');
      const [embedded, host] = await Promise.all(
        (['embedded', 'host'] as const).map(async (prefer) =>
          runCall(await runtimes.open(environment, { prefer }), attempts.call(argv, inputs)),
        ),
      );
      for (const name of ['image.nii', 'image.bval', 'image.bvec']) {
        const [ours, native] = [embedded?.output(name), host?.output(name)];
        const from = name === 'image.nii' ? 352 : 0;
        expect(native?.subarray(from).equals(ours?.subarray(from) ?? Buffer.alloc(0))).toBe(true);
      }
    } finally {
      await runtimes.close();
    }
  });
});
