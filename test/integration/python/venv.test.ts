import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenEnvironment } from '../../../src/environments/runtime.js';
import { lockVenvs } from '../../../src/environments/lock/lock-venvs.js';
import { readLock } from '../../../src/environments/lock/lock-file.js';
import { createVenvDriver } from '../../../src/environments/runtimes/venv/venv-driver.js';
import { pythonVariables } from '../../../src/skills/python-variables.js';
import { openPythonNeuro, pythonCache, pythonLock, pythonNeuro } from '../../support/python-environment.js';
import { Attempts, runCall, until } from '../environments/support.js';
import { startCli } from '../../support/cli.js';

let environment: OpenEnvironment | undefined;
const attempts = new Attempts();
beforeAll(async () => {
  environment = await openPythonNeuro();
}, 600_000);
afterAll(() => attempts.remove());

/** Runs lines of Python, and gives what they printed. */
async function python(lines: readonly string[], more: object = {}): Promise<string> {
  if (environment === undefined) return '';
  const call = attempts.call(['python3', '-c', lines.join('\n')], [], { env: pythonVariables(2), ...more });
  const { exit, stdout, stderr } = await runCall(environment, call);
  expect([exit.exitCode, stderr]).toEqual([0, '']);
  return stdout.trim();
}

describe('the Python environment as a virtual environment', () => {
  it('has the packages of the lock file and nothing beside them', async (context) => {
    if (environment === undefined) return context.skip('python-neuro cannot be made here');
    const { venvs = {} } = await readLock(pythonLock);
    const text = readFileSync(join((await pythonNeuro()).folder, 'requirements.lock'), 'utf8');
    const wanted = [...text.matchAll(/^([A-Za-z0-9._-]+)==(\S+)/gm)].map(([, name, version]) => [
      name,
      version,
    ]);
    expect(wanted.length).toBeGreaterThan(40);
    expect(venvs['python-neuro']?.packages).toEqual(Object.fromEntries(wanted));
    expect(venvs['python-neuro']?.digest).toBe(environment.identity.digest);
    expect(environment.identity.details['interpreter']).toMatch(/^CPython 3\.11\./);
  });

  it('is clean: no variables of the person, no network, nothing written beside its packages', async (context) => {
    if (environment === undefined) return context.skip('python-neuro cannot be made here');
    const said = await python([
      'import os, sys, socket, threading',
      'print(sorted(name for name in os.environ if name.startswith("PYTHON")))',
      'print(os.environ["OMP_NUM_THREADS"], sys.flags.dont_write_bytecode, sys.flags.no_user_site, hash("a") == hash("a"))',
      'try:',
      '  socket.create_connection(("192.0.2.1", 80), 2); print("network")',
      'except OSError: print("no network")',
      'import numpy',
      'try:',
      '  open(os.path.join(os.path.dirname(numpy.__file__), "x"), "w"); print("written")',
      'except OSError: print("read-only")',
    ]);
    const [names, flags, network, packages] = said.split('\n');
    expect(names).toBe("['PYTHONDONTWRITEBYTECODE', 'PYTHONHASHSEED', 'PYTHONNOUSERSITE']");
    expect(flags).toBe('2 1 1 True');
    expect(network).toBe('no network');
    if (environment.identity.details['isolation'] === 'bubblewrap') expect(packages).toBe('read-only');
  });

  it('gives the same order of sets every time', async (context) => {
    if (environment === undefined) return context.skip('python-neuro cannot be made here');
    const order = ['print(list({"alpha", "beta", "gamma", "delta", "mu"}))'];
    expect(await python(order)).toBe(await python(order));
  });

  it('is refused where it is not locked, with the command that locks it', async () => {
    const driver = createVenvDriver({ lock: join(attempts.root, 'none.json'), cache: pythonCache });
    await expect(driver.open(await pythonNeuro())).rejects.toMatchObject({
      code: 'preflight.environment',
      hint: expect.stringContaining('neuroclaw env lock python-neuro --runtime venv') as string,
    });
  });

  it('is refused where the lock file of its packages changed, with both identities', async (context) => {
    if (environment === undefined) return context.skip('python-neuro cannot be made here');
    const folder = join(attempts.root, 'changed');
    mkdirSync(folder);
    const real = await pythonNeuro();
    const text = readFileSync(join(real.folder, 'requirements.lock'), 'utf8');
    writeFileSync(join(folder, 'requirements.lock'), `${text}# another\n`);
    const driver = createVenvDriver({ lock: pythonLock, cache: pythonCache });
    await expect(driver.open({ ...real, folder })).rejects.toMatchObject({
      code: 'preflight.environment',
      message: expect.stringMatching(
        /is locked as [0-9a-f]{64} and would now be [0-9a-f]{64}: .*changed/,
      ) as string,
    });
  });
});

/** A package so small that locking it takes a moment. */
const small = mkdtempSync(join(tmpdir(), 'neuroclaw-small-python-'));
afterAll(() => rmSync(small, { recursive: true, force: true }));

async function smallEnvironment(lock: string): Promise<Awaited<ReturnType<typeof pythonNeuro>>> {
  writeFileSync(join(small, 'requirements.lock'), lock);
  return { ...(await pythonNeuro()), name: 'small', folder: small, smoke: [] };
}

describe('locking a Python environment', () => {
  it('refuses a wheel that is not the one of the lock file, and leaves nothing', async (context) => {
    if (environment === undefined) return context.skip('python-neuro cannot be made here');
    const text = readFileSync(join((await pythonNeuro()).folder, 'requirements.lock'), 'utf8');
    const [, version] = /^threadpoolctl==(\S+)/m.exec(text) ?? [];
    const wrong = `threadpoolctl==${version} --hash=sha256:${'0'.repeat(64)}\n`;
    const cache = join(small, 'cache');
    const options = { cache, file: join(small, 'lock.json') };
    await expect(lockVenvs([await smallEnvironment(wrong)], options)).rejects.toMatchObject({
      code: 'environment.hash',
      errorClass: 'input',
      place: { file: join(small, 'requirements.lock') },
      hint: expect.stringContaining('uv pip compile') as string,
    });
    expect(readdirSync(join(cache, 'venvs'))).toEqual([]);
    expect(existsSync(options.file)).toBe(false);
  });

  it('refuses a package without a hash', async (context) => {
    if (environment === undefined) return context.skip('python-neuro cannot be made here');
    const options = { cache: join(small, 'cache'), file: join(small, 'lock.json') };
    await expect(
      lockVenvs([await smallEnvironment('threadpoolctl==3.6.0\n')], options),
    ).rejects.toMatchObject({ code: 'environment.hash' });
  });

  it('names the commands that install an interpreter that is absent', async () => {
    const real = await smallEnvironment('');
    const absent = { ...real, runtimes: { venv: { lock: 'requirements.lock', python: '3.2' } } };
    await expect(
      lockVenvs([absent], { cache: join(small, 'cache'), file: join(small, 'lock.json') }),
    ).rejects.toMatchObject({
      code: 'preflight.python',
      exitCode: 5,
      hint: 'install it: `apt install python3.2 python3.2-venv`, or `uv python install 3.2`',
    });
  });

  it('killed in the middle leaves nothing half-made, and the next one clears up', async (context) => {
    if (environment === undefined) return context.skip('python-neuro cannot be made here');
    const home = join(small, 'killed');
    const [cache, lock] = [join(home, 'cache'), join(home, 'lock.json')];
    mkdirSync(home, { recursive: true });
    const env = { ...(process.env as Record<string, string>), NEUROCLAW_CACHE: cache };
    const args = ['env', 'lock', 'python-neuro', '--runtime', 'venv', '--lock', lock];
    const child = startCli(args, env, home);
    const venvs = join(cache, 'venvs');
    const begun = (): string | undefined =>
      existsSync(venvs) ? readdirSync(venvs).find((name) => name.startsWith('.unfinished-')) : undefined;
    await until(() => existsSync(join(venvs, begun() ?? '', 'lib')));
    child.kill('SIGKILL');
    await until(() => child.signalCode !== null || child.exitCode !== null);
    expect(child.signalCode).toBe('SIGKILL');
    expect(existsSync(lock)).toBe(false);
    expect(readdirSync(venvs).every((name) => name.startsWith('.unfinished-'))).toBe(true);
    const made = await lockVenvs([await smallEnvironment('')], { cache, file: lock });
    expect(readdirSync(venvs)).toEqual([made.venvs?.['small']?.digest]);
  });
});
