import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { verifyTrace } from '../../../src/trace/verify.js';
import { openTrace } from '../../../src/trace/writer.js';

const disk = vi.hoisted(() => ({ full: false }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  let calls = 0;
  const writeSync = (descriptor: number, data: Buffer): number => {
    if (!disk.full) return fs.writeSync(descriptor, data);
    // As a nearly full disk does: a part of the first write, then nothing more.
    if (calls++ === 0) return fs.writeSync(descriptor, data.subarray(0, 100));
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  };
  return { ...fs, writeSync };
});

it('lines that a full disk refused in part are kept and written whole when there is space again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'neuroclaw-full-'));
  const file = join(folder, 'trace.jsonl');
  const writer = await openTrace(file, { run: 'run-1' });
  writer.append({ type: 'run.started', body: {} }, { durable: true });
  disk.full = true;
  writer.append({ type: 'job.staged', body: {} });
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(() => writer.append({ type: 'job.started', body: {} })).toThrow(/no space left/);
  expect(writer.head().seq).toBe(2);
  expect((await verifyTrace(file, [])).ok).toBe(false);
  disk.full = false;
  writer.append({ type: 'run.finished', body: {} });
  await writer.close();
  expect(await verifyTrace(file, [])).toMatchObject({ ok: true, events: 3 });
  rmSync(folder, { recursive: true });
});
