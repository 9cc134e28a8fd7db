import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireLock, lockStatus } from '../../../src/engine/lock.js';
import { temporaryFolder } from '../../support/temporary.js';

const boot = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

function writeLock(path: string, change: Record<string, unknown>): void {
  const holder = {
    token: 't',
    host: hostname(),
    boot: boot(),
    pid: 1,
    start: '1',
    since: 'then',
    what: 'neuroclaw run',
  };
  writeFileSync(path, JSON.stringify({ ...holder, ...change }));
}

describe('acquireLock', () => {
  it('refuses a second holder and names the first', () => {
    const path = join(temporaryFolder(), 'lock');
    const lock = acquireLock(path, 'neuroclaw run');
    expect(() => acquireLock(path, 'neuroclaw run')).toThrow(
      new RegExp(`process ${process.pid} on this host`),
    );
    lock.release();
    acquireLock(path, 'neuroclaw run').release();
  });

  it('takes over the lock of a dead process', async () => {
    const path = join(temporaryFolder(), 'lock');
    const child = spawn(process.execPath, ['-e', '']);
    const pid = child.pid;
    await once(child, 'exit');
    writeLock(path, { pid, start: '1' });
    const lock = acquireLock(path, 'neuroclaw run');
    expect(lock.tookOver?.pid).toBe(pid);
    lock.release();
  });

  it('takes over when the pid was given to another process since', () => {
    const path = join(temporaryFolder(), 'lock');
    writeLock(path, { pid: process.pid, start: 'another start time' });
    expect(acquireLock(path, 'x').tookOver?.pid).toBe(process.pid);
  });

  it('takes over after a reboot', () => {
    const path = join(temporaryFolder(), 'lock');
    writeLock(path, { boot: 'another boot' });
    expect(acquireLock(path, 'x').tookOver).toBeDefined();
  });

  it("leaves another host's lock unless forced", () => {
    const path = join(temporaryFolder(), 'lock');
    writeLock(path, { host: 'elsewhere' });
    expect(() => acquireLock(path, 'x')).toThrow(/host elsewhere/);
    acquireLock(path, 'x', true).release();
    expect(lockStatus(path)).toBeUndefined();
  });

  it('says what to do about a file that is no lock', () => {
    const path = join(temporaryFolder(), 'lock');
    writeFileSync(path, '{');
    expect(() => acquireLock(path, 'x')).toThrow(/not a lock file/);
  });

  it('leaves nothing but the lock behind', () => {
    const folder = temporaryFolder();
    writeLock(join(folder, 'lock'), { boot: 'another boot' });
    acquireLock(join(folder, 'lock'), 'x');
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});
