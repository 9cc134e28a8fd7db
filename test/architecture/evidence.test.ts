import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../support/data.js';
import { recordCommitted } from '../support/evidence/record.js';
import { temporaryFolder } from '../support/temporary.js';

interface Entry {
  readonly evidence: string;
  readonly by: string;
}
interface Records {
  readonly shown: readonly { readonly id: string; readonly level: string; readonly by: string }[];
  readonly files: readonly { readonly by: string; readonly complete: boolean }[];
}
interface Book {
  merge(book: Record<string, Entry>, records: Records, everything: boolean): Record<string, Entry>;
  differences(book: Record<string, Entry>, records: Records): string[];
  print(book: Record<string, Entry>): string;
}

const scripts = join(projectFolder, 'scripts');
const { merge, differences, print } = (await import(join(scripts, 'evidence-book.mjs'))) as Book;

const executed = (by: string): Entry => ({ evidence: 'executed', by });
const shows = (by: string, level: string, ...ids: string[]): Records['shown'] =>
  ids.map((id) => ({ id, level, by }));

describe('what a run of tests leaves', () => {
  it(
    'is what tests that passed showed, and nothing of one that failed or was skipped',
    { timeout: 120_000 },
    () => {
      const file = join(temporaryFolder(), 'records.json');
      const { status } = spawnSync(
        process.execPath,
        [
          join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs'),
          'run',
          '--config=test/fixtures/evidence/vitest.config.ts',
          '--reporter=./test/support/evidence/reporter.ts',
        ],
        { cwd: projectFolder, env: { ...process.env, NEUROCLAW_EVIDENCE: file } },
      );
      expect(status).toBe(1);
      const by = 'test/fixtures/evidence/showing.case.ts';
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
        shown: [
          { id: 'niimath/smooth', level: 'executed', by },
          { id: 'niimath/tsnr', level: 'command', by },
          { id: 'niimath/threshold', level: 'executed', by },
        ],
        files: [{ by, complete: false }],
      });
    },
  );

  it('is, of a run of the product, the skills whose jobs were committed', ({ task }) => {
    const trace = join(temporaryFolder(), 'trace.jsonl');
    const events = [
      { type: 'job.staged', body: { job: 'a', skill: 'niimath/smooth' } },
      { type: 'job.staged', body: { job: 'b', skill: 'niimath/tsnr' } },
      { type: 'job.staged', body: { job: 'c', skill: 'lab/copy' } },
      { type: 'job.committed', body: { job: 'a' } },
      { type: 'job.rejected', body: { job: 'b' } },
      { type: 'job.committed', body: { job: 'c' } },
      { type: 'job.reused', body: { job: 'd', skill: 'niimath/maths' } },
    ];
    writeFileSync(trace, `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
    recordCommitted(trace);
    expect(task.meta.evidence).toEqual([{ id: 'niimath/smooth', level: 'executed' }]);
    // This trace was written by hand: it must not count.
    delete task.meta.evidence;
  });
});

describe('the book of evidence', () => {
  const book = { 'a/one': executed('test/a.test.ts'), 'a/two': executed('test/b.test.ts') };

  it('keeps what a run of some files did not touch, and adds what it showed', () => {
    const records = {
      shown: [
        ...shows('test/c.test.ts', 'executed', 'a/three'),
        ...shows('test/c.test.ts', 'command', 'a/one'),
      ],
      files: [{ by: 'test/c.test.ts', complete: true }],
    };
    expect(merge(book, records, false)).toEqual({ ...book, 'a/three': executed('test/c.test.ts') });
  });

  it('loses what its own test, run from end to end, no longer shows; not where a part was skipped', () => {
    const ran = (complete: boolean): Records => ({ shown: [], files: [{ by: 'test/b.test.ts', complete }] });
    expect(merge(book, ran(true), false)).toEqual({ 'a/one': book['a/one'] });
    expect(merge(book, ran(false), false)).toEqual(book);
  });

  it('is replaced by a run of everything, and names the same test as long as that shows the skill', () => {
    const records = {
      shown: ['test/0.test.ts', 'test/a.test.ts', 'test/z.test.ts'].flatMap((by) =>
        shows(by, 'executed', 'a/one'),
      ),
      files: [],
    };
    expect(merge(book, records, true)).toEqual({ 'a/one': executed('test/a.test.ts') });
    expect(merge({}, records, true)).toEqual({ 'a/one': executed('test/0.test.ts') });
  });

  it('differs from a run that shows less, more, or by another test', () => {
    const records = {
      shown: [
        ...shows('test/c.test.ts', 'executed', 'a/one', 'a/three'),
        ...shows('test/b.test.ts', 'command', 'a/two'),
      ],
      files: [],
    };
    expect(differences(book, records)).toEqual([
      'a/one: claims `executed` by test/a.test.ts, which did not show it',
      'a/three: test/c.test.ts shows `executed`, the book says nothing',
      'a/two: claims `executed` by test/b.test.ts, which did not show it',
    ]);
    expect(
      differences(book, {
        shown: [
          ...shows('test/a.test.ts', 'executed', 'a/one'),
          ...shows('test/b.test.ts', 'executed', 'a/two'),
        ],
        files: [],
      }),
    ).toEqual([]);
  });

  it('of the product is printed as it would be written', () => {
    const text = readFileSync(join(projectFolder, 'skills', 'evidence.json'), 'utf8');
    expect(print(JSON.parse(text) as Record<string, Entry>)).toBe(text);
  });

  it('fails the check of CI where it was edited by hand', () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const [records, edited] = [join(folder, 'records.json'), join(folder, 'evidence.json')];
    writeFileSync(
      records,
      JSON.stringify({ shown: shows('test/a.test.ts', 'executed', 'a/one'), files: [] }),
    );
    const check = (book: Record<string, Entry>): { status: number | null; stderr: string } => {
      writeFileSync(edited, print(book));
      return spawnSync(process.execPath, [join(scripts, 'evidence.mjs'), '--check', records, edited], {
        encoding: 'utf8',
      });
    };
    expect(check({ 'a/one': executed('test/a.test.ts') }).status).toBe(0);
    const { status, stderr } = check(book);
    expect(status).toBe(1);
    expect(stderr).toContain('a/two: claims `executed` by test/b.test.ts, which did not show it');
  });
});
