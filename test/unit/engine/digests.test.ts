import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FileDigests } from '../../../src/engine/digests.js';
import { temporaryFolder } from '../../support/temporary.js';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('FileDigests', () => {
  it('gives the SHA-256 of the content', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a'), 'hello');
    expect(await new FileDigests(join(folder, 'd.jsonl')).of(join(folder, 'a'))).toBe(sha('hello'));
  });

  it('keeps no entry for a file that was changed less than two seconds before', async () => {
    const folder = temporaryFolder();
    const digests = new FileDigests(join(folder, 'd.jsonl'));
    writeFileSync(join(folder, 'a'), 'hello');
    await digests.of(join(folder, 'a'));
    digests.close();
    expect(new FileDigests(join(folder, 'd.jsonl'))).toBeDefined();
    expect(() => readFileSync(join(folder, 'd.jsonl'), 'utf8')).toThrow();
  });

  it('remembers a settled file over processes, and notices an edit that keeps size and mtime', async () => {
    const folder = temporaryFolder();
    const [file, memo] = [join(folder, 'a'), join(folder, 'd.jsonl')];
    writeFileSync(file, 'hello');
    await wait(2100);
    const first = new FileDigests(memo);
    await first.of(file);
    first.close();
    expect(readFileSync(memo, 'utf8').split('\n').filter(Boolean)).toHaveLength(1);
    const { atime, mtime } = statSync(file);
    writeFileSync(file, 'hallo');
    utimesSync(file, atime, mtime);
    expect(await new FileDigests(memo).of(file)).toBe(sha('hallo'));
  });

  it('serves the remembered digest after the file was moved', async () => {
    const folder = temporaryFolder();
    const memo = join(folder, 'd.jsonl');
    writeFileSync(join(folder, 'a'), 'hello');
    await wait(2100);
    const first = new FileDigests(memo);
    await first.of(join(folder, 'a'));
    first.close();
    renameSync(join(folder, 'a'), join(folder, 'b'));
    expect(await new FileDigests(memo).of(join(folder, 'b'))).toBe(sha('hello'));
  });

  it('names a file that does not exist', async () => {
    const folder = temporaryFolder();
    const missing = join(folder, 'none');
    await expect(new FileDigests(join(folder, 'd')).of(missing)).rejects.toMatchObject({
      code: 'input.not-found',
      place: { file: missing },
    });
  });

  it('ignores a half line that a crash left in its memo', async () => {
    const folder = temporaryFolder();
    const memo = join(folder, 'd.jsonl');
    writeFileSync(memo, '{"file":"1:2","stamp":"x","sha2');
    writeFileSync(join(folder, 'a'), 'hello');
    expect(await new FileDigests(memo).of(join(folder, 'a'))).toBe(sha('hello'));
  });
});
