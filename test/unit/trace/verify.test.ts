import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../../src/kernel/events.js';
import { sealEvent } from '../../../src/trace/chain.js';
import type { Head } from '../../../src/trace/heads.js';
import { verifyTrace, type Verification } from '../../../src/trace/verify.js';
import { openTrace } from '../../../src/trace/writer.js';

const run = '20260101T000000Z-abc123';
const count = 40;
let folder: string;
let file: string;
/** The lines of a sound trace, without line ends. */
let lines: string[];
/** The head after each event. */
let heads: Head[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'neuroclaw-verify-'));
  file = join(folder, 'trace.jsonl');
  const writer = await openTrace(file, { run });
  heads = [];
  for (let i = 1; i <= count; i++) {
    writer.append({
      type: i % 2 ? 'job.staged' : 'job.committed',
      span: `attempt-${i}`,
      body: { job: `stage/step/sub-${i}_bold "quoted"; ünïcode`, i, nested: { list: [i, null, true] } },
    });
    heads.push({ run, ...writer.head(), ts: `2026-01-01T00:00:${String(i % 60).padStart(2, '0')}.000Z` });
  }
  await writer.close();
  lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const head = (seq: number): Head => heads[seq - 1] as Head;
const eventOf = (line: number): TraceEvent => JSON.parse(lines[line - 1] as string) as TraceEvent;

function verifyBytes(bytes: Buffer | string, kept: readonly Head[] = []): Promise<Verification> {
  writeFileSync(file, bytes);
  return verifyTrace(file, kept);
}
const verifyLines = (changed: readonly string[], kept: readonly Head[] = []): Promise<Verification> =>
  verifyBytes(changed.map((line) => `${line}\n`).join(''), kept);

const errorsOf = (result: Verification): { code: string; line: number | undefined }[] =>
  result.findings
    .filter((finding) => finding.severity === 'error')
    .map((finding) => ({ code: finding.code, line: finding.place?.line }));

/** Changes an event and makes its hash anew, as somebody who knows the format would. */
function forge(line: number, change: (event: TraceEvent) => Omit<TraceEvent, 'hash'>): string {
  const { hash: _, ...rest } = change(eventOf(line)) as TraceEvent;
  return sealEvent(rest).line;
}

describe('verification of a sound trace', () => {
  it('finds nothing and names the heads it had', async () => {
    const result = await verifyLines(lines, [head(10), head(count)]);
    expect(result).toMatchObject({ ok: true, events: count, run, findings: [], head: { seq: count } });
    expect(result.headsUsed).toEqual([
      { head: head(10), agrees: true },
      { head: head(count), agrees: true },
    ]);
  });

  it('says that it had no head', async () => {
    const result = await verifyLines(lines);
    expect(result.ok).toBe(true);
    expect(result.findings).toMatchObject([{ code: 'trace.no-head', severity: 'info' }]);
  });

  it('continues over a recovered crash', async () => {
    writeFileSync(file, `${lines.slice(0, 5).join('\n')}\n${(lines[5] as string).slice(0, 30)}`);
    const writer = await openTrace(file, { run });
    writer.append({ type: 'run.resumed', body: {} });
    const kept = { run, ...writer.head(), ts: '2026-01-01T00:00:00.000Z' };
    await writer.close();
    expect(await verifyTrace(file, [head(5), kept])).toMatchObject({ ok: true, events: 7 });
  });

  it('names a missing file', async () => {
    await expect(verifyTrace(join(folder, 'absent.jsonl'), [])).rejects.toMatchObject({
      code: 'input.not-found',
    });
  });
});

describe('200 random changes are found and the right line is named', () => {
  const anyLine = fc.integer({ min: 1, max: count });
  const runs = { numRuns: 50 };

  it('an edit of any byte, the line end included', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, fc.nat(), fc.integer({ min: 1, max: 255 }), async (line, place, change) => {
        const bytes = Buffer.from(`${lines.join('\n')}\n`);
        const start = Buffer.byteLength(lines.slice(0, line - 1).join('\n')) + (line > 1 ? 1 : 0);
        const position = start + (place % (Buffer.byteLength(lines[line - 1] as string) + 1));
        bytes[position] = (bytes[position] as number) ^ change;
        const result = await verifyBytes(bytes);
        expect(result.ok).toBe(false);
        expect(errorsOf(result)).toContainEqual({ code: 'trace.edited', line });
      }),
      runs,
    );
  });

  it('a dropped line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: count - 1 }), async (line) => {
        const result = await verifyLines(lines.toSpliced(line - 1, 1));
        expect(errorsOf(result)).toEqual([{ code: 'trace.dropped', line }]);
      }),
      runs,
    );
  });

  it('a line moved elsewhere, or two that changed places', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, anyLine, fc.boolean(), async (from, to, swap) => {
        fc.pre(from !== to);
        let changed: string[];
        let named: number[];
        if (swap) {
          changed = lines.with(from - 1, lines[to - 1] as string).with(to - 1, lines[from - 1] as string);
          // Of three in reverse order any one can be said to stand right.
          named = Math.abs(from - to) === 2 ? [from, (from + to) / 2, to] : [from, to];
        } else {
          changed = lines.toSpliced(from - 1, 1).toSpliced(to - 1, 0, lines[from - 1] as string);
          // One step is the same as the neighbour's step the other way.
          named = Math.abs(from - to) === 1 ? [from, to] : [to];
        }
        const result = await verifyLines(changed);
        const errors = errorsOf(result);
        expect(errors.length).toBeGreaterThan(0);
        for (const error of errors) {
          expect(error.code).toBe('trace.reordered');
          expect(named).toContain(error.line);
        }
        if (swap && Math.abs(from - to) > 2) expect(errors).toHaveLength(2);
      }),
      runs,
    );
  });

  it('a line repeated anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, fc.integer({ min: 1, max: count + 1 }), async (line, at) => {
        const result = await verifyLines(lines.toSpliced(at - 1, 0, lines[line - 1] as string));
        // A copy right before its original is the same file as one right after it.
        expect(errorsOf(result)).toEqual([{ code: 'trace.duplicated', line: at === line ? at + 1 : at }]);
      }),
      runs,
    );
  });

  it('an event changed together with its own hash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: count - 1 }), async (line) => {
        const forged = forge(line, (event) => ({ ...event, body: { ...event.body, i: -1 } }));
        const result = await verifyLines(lines.with(line - 1, forged));
        expect(errorsOf(result)).toEqual([{ code: 'trace.rewritten', line }]);
      }),
      runs,
    );
  });

  it('an end that was cut off, against a head kept elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine, fc.nat({ max: count - 1 }), async (known, left) => {
        const result = await verifyLines(lines.slice(0, left), [head(known)]);
        if (left < known) {
          expect(errorsOf(result)).toContainEqual({ code: 'trace.cut', line: left + 1 });
          expect(result.headsUsed).toEqual([{ head: head(known), agrees: false }]);
        } else {
          expect(result.ok).toBe(true);
          expect(result.headsUsed).toEqual([{ head: head(known), agrees: true }]);
        }
      }),
      runs,
    );
  });
});

describe('other damage', () => {
  it('a chain written anew from some event on shows against a head, and the last head that agrees is named', async () => {
    const changed = lines.slice(0, 19);
    let prev = eventOf(19).hash;
    for (let line = 20; line <= count; line++) {
      const sealed = forge(line, (event) => ({ ...event, prev, body: { ...event.body, forged: true } }));
      prev = (JSON.parse(sealed) as TraceEvent).hash;
      changed.push(sealed);
    }
    expect((await verifyLines(changed)).ok).toBe(true);
    const result = await verifyLines(changed, [head(15), head(30), head(count)]);
    expect(errorsOf(result)).toEqual([{ code: 'trace.rewritten', line: 30 }]);
    expect(result.findings[0]?.message).toContain('after event 15');
    expect(result.headsUsed.map((used) => used.agrees)).toEqual([true, false, false]);
  });

  it('the last event changed together with its own hash shows against its head', async () => {
    const forged = forge(count, (event) => ({ ...event, body: {} }));
    expect((await verifyLines(lines.with(count - 1, forged))).ok).toBe(true);
    const result = await verifyLines(lines.with(count - 1, forged), [head(count)]);
    expect(errorsOf(result)).toEqual([{ code: 'trace.rewritten', line: count }]);
  });

  it('an event of another run that was slipped in', async () => {
    const foreign = forge(7, (event) => ({ ...event, run: 'another' }));
    expect(errorsOf(await verifyLines(lines.toSpliced(6, 0, foreign)))).toEqual([
      { code: 'trace.foreign', line: 7 },
    ]);
  });

  it('a trace of another run in the place of this one', async () => {
    const result = await verifyLines(lines, [{ ...head(count), run: 'another' }]);
    expect(errorsOf(result)).toEqual([{ code: 'trace.foreign', line: 1 }]);
    expect(result.headsUsed[0]?.agrees).toBe(false);
  });

  it('the same event in another spelling of JSON', async () => {
    const spaced = (lines[4] as string).replace('"body":', '"body": ');
    expect(errorsOf(await verifyLines(lines.with(4, spaced)))).toEqual([{ code: 'trace.edited', line: 5 }]);
    const twice = (lines[4] as string).replace('"body":', '"body":{},"body":');
    expect(errorsOf(await verifyLines(lines.with(4, twice)))).toEqual([{ code: 'trace.edited', line: 5 }]);
  });

  it('bytes that decode to the same replacement character', async () => {
    const writer = await openTrace(join(folder, 'replacement.jsonl'), { run });
    writer.append({ type: 'run.started', body: { name: 'a\ufffdb' } });
    await writer.close();
    const bytes = readFileSync(writer.file);
    const at = bytes.indexOf(Buffer.from('\ufffd'));
    const result = await verifyBytes(
      Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]),
    );
    expect(errorsOf(result)).toEqual([{ code: 'trace.edited', line: 1 }]);
  });

  it('an event with a hash but without the fields of one, and half surrogate pairs as escapes', async () => {
    expect(errorsOf(await verifyLines(lines.with(2, '{"v":1,"hash":"00"}')))).toEqual([
      { code: 'trace.edited', line: 3 },
    ]);
    const escaped = (lines[2] as string).replace('stage/step', 'stage\\ud800');
    expect(errorsOf(await verifyLines(lines.with(2, escaped)))).toEqual([{ code: 'trace.edited', line: 3 }]);
  });

  it('a last line without its end, an empty line, an empty file and a file that is none', async () => {
    const text = `${lines.join('\n')}\n`;
    expect(errorsOf(await verifyBytes(text.slice(0, -1), [head(count)]))).toEqual([
      { code: 'trace.edited', line: count },
    ]);
    expect(errorsOf(await verifyLines(lines.toSpliced(9, 0, '')))).toEqual([
      { code: 'trace.edited', line: 10 },
    ]);
    expect(errorsOf(await verifyBytes(''))).toEqual([{ code: 'trace.empty', line: 1 }]);
    const zeros = await verifyBytes(Buffer.alloc(3_000_000));
    expect(errorsOf(zeros)).toEqual([{ code: 'trace.edited', line: 1 }]);
  });

  it('several at once, each with its own line', async () => {
    const changed = lines
      .toSpliced(35, 0, lines[3] as string)
      .toSpliced(19, 1)
      .with(9, (lines[9] as string).replace('sub-10', 'sub-11'));
    expect(errorsOf(await verifyLines(changed))).toEqual([
      { code: 'trace.edited', line: 10 },
      { code: 'trace.dropped', line: 20 },
      { code: 'trace.duplicated', line: 35 },
    ]);
  });
});
