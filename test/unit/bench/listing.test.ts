import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { Lister } from '../../../src/bench/sandbox/listing.js';
import { temporaryFolder } from '../../support/temporary.js';

const limits = { bytes: 1_000_000, entries: 100, depth: 4 };

describe('what an agent left in a folder', () => {
  it('lists plain files with their digests', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'a'));
    writeFileSync(join(folder, 'a', 'x'), 'x');
    writeFileSync(join(folder, 'empty'), '');
    const { files, refused } = await new Lister(folder, limits).list();
    expect([...files.keys()]).toEqual(['a/x', 'empty']);
    expect(files.get('a/x')?.sha256).toMatch(/^2d711642/);
    expect(files.get('empty')?.sha256).toMatch(/^e3b0c442/);
    expect(refused).toEqual([]);
  });

  it('follows no link, waits for no pipe, reads no file beyond the limit', async () => {
    const folder = temporaryFolder();
    symlinkSync('/etc/passwd', join(folder, 'passwd'));
    symlinkSync('/', join(folder, 'root'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    writeFileSync(join(folder, 'sparse'), '');
    truncateSync(join(folder, 'sparse'), 2 ** 31);
    const { files, refused } = await new Lister(folder, limits).list();
    expect([...files]).toEqual([]);
    expect(refused).toEqual([
      { path: 'passwd', reason: 'link' },
      { path: 'pipe', reason: 'special' },
      { path: 'root', reason: 'link' },
      { path: 'sparse', reason: 'too-large' },
    ]);
  });

  it('stops at too many entries and at too deep folders', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'a/b/c/d/e/f'), { recursive: true });
    for (let i = 0; i < 200; i++) writeFileSync(join(folder, `f${i}`), '');
    const { refused } = await new Lister(folder, limits).list();
    expect(refused.map(({ reason }) => reason)).toEqual(['too-deep', 'too-many']);
  });

  it('sees a change that keeps size and name', async () => {
    const folder = temporaryFolder();
    const lister = new Lister(folder, limits);
    writeFileSync(join(folder, 'x'), 'one');
    const before = (await lister.list()).files.get('x')?.sha256;
    writeFileSync(join(folder, 'x'), 'two');
    expect((await lister.list()).files.get('x')?.sha256).not.toBe(before);
  });
});
