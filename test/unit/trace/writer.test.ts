import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../../src/kernel/events.js';
import { canonicalJson, sha256OfJson } from '../../../src/kernel/json.js';
import { openTrace } from '../../../src/trace/writer.js';

const run = '20260101T000000Z-abc123';
const clock = (): Date => new Date('2026-01-01T00:00:00.000Z');
let folder: string;
let number = 0;
const newFile = (): string => join(folder, `trace-${number++}`, 'trace.jsonl');
const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const eventsOf = (file: string): TraceEvent[] => linesOf(file).map((line) => JSON.parse(line) as TraceEvent);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuroclaw-trace-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the trace writer', () => {
  it('writes canonical JSON lines whose hash is the SHA-256 of the canonical JSON of everything else', async () => {
    const file = newFile();
    const writer = await openTrace(file, { run, clock });
    const returned = writer.append({ type: 'run.started', body: { b: 1, a: 'é "\n', c: [1e21, null] } });
    writer.append({
      type: 'job.started',
      span: 'attempt-1',
      actor: { kind: 'agent', id: 'curation' },
      body: { job: 'a' },
    });
    await writer.close();

    const lines = linesOf(file);
    const events = eventsOf(file);
    expect(events[0]).toEqual(returned);
    for (const [index, event] of events.entries()) {
      const { hash, ...rest } = event;
      expect(hash).toBe(sha256OfJson(rest));
      expect(lines[index]).toBe(canonicalJson(event));
    }
    expect(events.map((event) => event.seq)).toEqual([1, 2]);
    expect(events[0]?.prev).toBe('0'.repeat(64));
    expect(events[1]?.prev).toBe(events[0]?.hash);
    expect(events[0]).toMatchObject({ span: run, parent: '', actor: { kind: 'engine', id: 'engine' } });
    expect(events[1]).toMatchObject({ span: 'attempt-1', parent: run, ts: '2026-01-01T00:00:00.000Z' });
    expect(writer.head()).toEqual({ seq: 2, hash: events[1]?.hash });
  });

  it('continues the chain of an existing trace', async () => {
    const file = newFile();
    const first = await openTrace(file, { run });
    for (let i = 0; i < 10; i++) first.append({ type: 'job.staged', body: { i } });
    await first.close();
    const second = await openTrace(file, { run });
    expect(second.head()).toEqual(first.head());
    second.append({ type: 'run.resumed', body: {} });
    await second.close();
    const events = eventsOf(file);
    expect(events[10]).toMatchObject({ seq: 11, prev: events[9]?.hash, type: 'run.resumed' });
  });

  it('cuts a half last line and says so, whatever part of the line is there', async () => {
    const file = newFile();
    const writer = await openTrace(file, { run });
    writer.append({ type: 'run.started', body: { text: 'µ'.repeat(50) } });
    writer.append({ type: 'run.finished', body: { text: 'µ'.repeat(50) } });
    await writer.close();
    const whole = readFileSync(file);
    const firstLine = whole.indexOf(0x0a) + 1;
    for (const kept of [1, 7, 60, 201, firstLine - 1, whole.length - firstLine - 1]) {
      for (const before of kept < firstLine ? [0, firstLine] : [firstLine]) {
        writeFileSync(
          file,
          Buffer.concat([whole.subarray(0, before), whole.subarray(firstLine, firstLine + kept)]),
        );
        const again = await openTrace(file, { run });
        await again.close();
        const events = eventsOf(file);
        expect(events).toHaveLength(before === 0 ? 1 : 2);
        expect(events.at(-1)).toMatchObject({ type: 'trace.recovered', body: { cutBytes: kept } });
      }
    }
  });

  it('finds the end of a trace whose last lines are near the longest allowed', async () => {
    const file = newFile();
    const writer = await openTrace(file, { run });
    for (let i = 0; i < 3; i++) writer.append({ type: 'job.staged', body: { long: 'x'.repeat(1_048_000) } });
    await writer.close();
    appendFileSync(file, `{"half":"${'x'.repeat(1_000_000)}`);
    const again = await openTrace(file, { run });
    expect(again.head().seq).toBe(4);
    await again.close();
  });

  it('refuses a line over 1 MB and leaves the chain as it was', async () => {
    const file = newFile();
    const writer = await openTrace(file, { run });
    writer.append({ type: 'run.started', body: {} });
    const head = writer.head();
    expect(() => writer.append({ type: 'job.staged', body: { long: 'x'.repeat(1 << 20) } })).toThrow(
      /too long/,
    );
    expect(writer.head()).toEqual(head);
    await writer.close();
    expect(eventsOf(file)).toHaveLength(1);
  });

  it('refuses to continue a trace of another run, or one whose last line was edited', async () => {
    const file = newFile();
    const writer = await openTrace(file, { run });
    writer.append({ type: 'run.started', body: { a: 1 } });
    writer.append({ type: 'run.finished', body: { exit: 0 } });
    await writer.close();
    await expect(openTrace(file, { run: 'another' })).rejects.toMatchObject({
      code: 'trace.broken',
      place: { file, line: 2 },
    });
    writeFileSync(file, readFileSync(file, 'utf8').replace('"exit":0', '"exit":1'));
    await expect(openTrace(file, { run })).rejects.toMatchObject({
      code: 'trace.broken',
      place: { file, line: 2 },
    });
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, 'not a trace\nat all');
    await expect(openTrace(file, { run })).rejects.toMatchObject({ code: 'trace.broken' });
    expect(readFileSync(file, 'utf8')).toBe('not a trace\nat all');
    writeFileSync(file, text);
  });

  it('keeps secrets out of every string, also as member names and inside quoted JSON', async () => {
    const file = newFile();
    const licence = 'me@example.org\n12345\n *Cxyz123\n FSabc"def\n';
    const writer = await openTrace(file, { run, secrets: ['sk-very-secret', licence, 'Müller^Anna', 'Li'] });
    writer.append({
      type: 'job.exited',
      actor: { kind: 'human', id: 'sk-very-secret' },
      body: {
        'Müller^Anna': ['x', { deep: `Bearer sk-very-secret, ${licence}` }],
        json: JSON.stringify({ licence }),
        line: 'the tool said: *Cxyz123',
        other: 'Lipid',
      },
    });
    await writer.close();
    const text = readFileSync(file, 'utf8');
    for (const secret of ['sk-very', 'me@example', '12345', 'Cxyz', 'FSabc', 'Müller']) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('Lipid');
    expect(text).toContain('[redacted]');
  });

  it('writes half surrogate pairs, which have no UTF-8 form, as U+FFFD', async () => {
    const file = newFile();
    const writer = await openTrace(file, { run });
    writer.append({ type: 'run.started', body: { 'a\ud800': 'b\udc00c', good: '😀' } });
    await writer.close();
    expect(eventsOf(file)[0]?.body).toEqual({ 'a\ufffd': 'b\ufffdc', good: '😀' });
  });

  it('says that the disk is full, and goes no further while it is', async () => {
    const file = newFile();
    const writer = await openTrace(file, { run });
    writer.append({ type: 'run.started', body: {} });
    await writer.flush();
    // /dev/full answers every write with ENOSPC.
    const full = await openTrace('/dev/full', { run }).catch((error: unknown) => error);
    if (full instanceof Error) throw full;
    const stuck = full as Awaited<ReturnType<typeof openTrace>>;
    expect(() => stuck.append({ type: 'run.started', body: {} }, { durable: true })).toThrow(
      expect.objectContaining({ code: 'job.disk' }) as Error,
    );
    expect(stuck.head().seq).toBe(1);
    expect(() => stuck.append({ type: 'job.staged', body: {} })).toThrow(/no space left/);
    expect(stuck.head().seq).toBe(1);
    await writer.close();
  });

  it('loses nothing to SIGKILL that was appended durably or before an earlier turn of the event loop', async () => {
    const file = newFile();
    const module = new URL('../../../src/trace/writer.ts', import.meta.url).href;
    const code = `
      const { openTrace } = await import(${JSON.stringify(module.replace('/src/', '/dist/').replace('.ts', '.js'))});
      const writer = await openTrace(${JSON.stringify(file)}, { run: ${JSON.stringify(run)} });
      for (let i = 0; i < 100; i++) writer.append({ type: 'job.staged', body: { i } });
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      writer.append({ type: 'job.started', body: {} }, { durable: true });
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    expect(eventsOf(file)).toHaveLength(101);
  });

  it('can be cut by hand to nothing and starts again', async () => {
    const file = newFile();
    const writer = await openTrace(file, { run });
    writer.append({ type: 'run.started', body: {} });
    await writer.close();
    truncateSync(file, 0);
    const again = await openTrace(file, { run });
    expect(again.head().seq).toBe(0);
    await again.close();
  });
});
