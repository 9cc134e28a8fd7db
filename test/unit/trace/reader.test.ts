import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../../src/kernel/events.js';
import { boundedList, boundedText } from '../../../src/trace/bounded.js';
import { readTrace } from '../../../src/trace/reader.js';
import { redactSecrets } from '../../../src/trace/redact.js';
import { openTrace } from '../../../src/trace/writer.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuroclaw-reader-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function eventsOf(file: string): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  for await (const event of readTrace(file)) events.push(event);
  return events;
}

describe('reading a trace', () => {
  it('gives back what was appended, over the borders of chunks, with any line separator inside strings', async () => {
    const file = join(folder, 'trace.jsonl');
    const writer = await openTrace(file, { run: 'run-1' });
    const written: TraceEvent[] = [];
    for (let i = 0; i < 300; i++) {
      written.push(writer.append({ type: 'job.staged', body: { i, text: `ü\u2028\r\n😀`.repeat(i * 3) } }));
    }
    await writer.close();
    expect(await eventsOf(file)).toEqual(written);
  });

  it('ends before a half last line, and names any other line that is no event', async () => {
    const file = join(folder, 'half.jsonl');
    const writer = await openTrace(file, { run: 'run-1' });
    writer.append({ type: 'run.started', body: {} });
    await writer.close();
    appendFileSync(file, '{"actor":{"id":"en');
    expect(await eventsOf(file)).toHaveLength(1);
    appendFileSync(file, '\n');
    await expect(eventsOf(file)).rejects.toMatchObject({ code: 'trace.broken', place: { file, line: 2 } });
    writeFileSync(file, '{"v":2}\n');
    await expect(eventsOf(file)).rejects.toMatchObject({ code: 'trace.broken', place: { line: 1 } });
    await expect(eventsOf(join(folder, 'absent'))).rejects.toMatchObject({ code: 'input.not-found' });
  });
});

describe('bounded bodies', () => {
  it('shorten long texts and lists and keep the digest of the whole', () => {
    expect(boundedText('short')).toBe('short');
    const long = boundedText('😀'.repeat(100), 9);
    expect(long).toMatch(/^😀😀😀😀… \(200 characters, sha256 [0-9a-f]{64}\)$/u);
    expect(boundedText(`${'😀'.repeat(100)}x`, 9)).not.toBe(long);
    expect(boundedList([1, 2], 2)).toEqual([1, 2]);
    expect(boundedList([1, 2, 3], 2)).toMatchObject({ first: [1, 2], count: 3 });
  });
});

describe('redaction', () => {
  it('takes the longest secret first, treats it as plain text, and leaves short ones alone', () => {
    expect(redactSecrets('key a.c+d and a.c+d-long', ['a.c+d', 'a.c+d-long'])).toBe(
      'key [redacted] and [redacted]',
    );
    expect(redactSecrets('abc+d stays, so does Li', ['a.c+d', 'Li', ''])).toBe('abc+d stays, so does Li');
  });
});
