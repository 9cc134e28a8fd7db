import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepHead, readHeads, type Head } from '../../../src/trace/heads.js';

const head = (seq: number, run = 'run-1'): Head => ({
  run,
  seq,
  hash: String(seq % 10).repeat(64),
  ts: '2026-01-01T00:00:00.000Z',
});
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuroclaw-heads-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('heads', () => {
  it('are kept in several files and read back for one run, with the file they come from', async () => {
    const files = [join(folder, 'a', 'heads.jsonl'), join(folder, 'b', 'deep', 'heads.jsonl')];
    expect(keepHead(files, { ...head(1), out: '/data/out "x"' })).toEqual([]);
    expect(keepHead(files, head(2, 'run-2'))).toEqual([]);
    expect(keepHead(files.slice(0, 1), head(3))).toEqual([]);
    const { heads, findings } = await readHeads([...files, join(folder, 'absent.jsonl')], 'run-1');
    expect(findings).toEqual([]);
    expect(heads).toEqual([
      { ...head(1), out: '/data/out "x"', file: files[0] },
      { ...head(3), file: files[0] },
      { ...head(1), out: '/data/out "x"', file: files[1] },
    ]);
    expect((await readHeads(files)).heads).toHaveLength(5);
  });

  it('survive a half line of a process that died, which is reported and passed over', async () => {
    const file = join(folder, 'half.jsonl');
    keepHead([file], head(1));
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"run":"run-1","se`);
    keepHead([file], head(2));
    const { heads, findings } = await readHeads([file], 'run-1');
    expect(heads.map((one) => one.seq)).toEqual([1, 2]);
    expect(findings).toMatchObject([
      { code: 'input.malformed', severity: 'warning', place: { file, line: 2 } },
    ]);
  });

  it('that cannot be kept are a warning with the place, and the other place still gets them', async () => {
    const blocked = join(folder, 'file');
    writeFileSync(blocked, '');
    chmodSync(blocked, 0o400);
    const good = join(folder, 'good.jsonl');
    const findings = keepHead([join(blocked, 'heads.jsonl'), good], head(1));
    expect(findings).toMatchObject([{ severity: 'warning', place: { file: join(blocked, 'heads.jsonl') } }]);
    expect((await readHeads([good])).heads).toHaveLength(1);
  });
});
