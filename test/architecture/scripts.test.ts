import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder } from '../support/data.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuroclaw-scripts-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function runScript(name: string, ...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(projectFolder, 'scripts', name), ...args],
    { encoding: 'utf8' },
  );
  return { status, out: stdout, err: stderr };
}

describe('check-docs', () => {
  it('finds links to absent files and headings, and passes over code and the web', () => {
    mkdirSync(join(folder, 'docs', 'sub folder'), { recursive: true });
    writeFileSync(
      join(folder, 'docs', 'sub folder', 'other.md'),
      '# A heading: `with` code\n\n## Twice\n\n## Twice\n',
    );
    writeFileSync(
      join(folder, 'docs', 'page.md'),
      [
        '[good](sub%20folder/other.md#a-heading-with-code) [twice](<sub%20folder/other.md#twice-1>)',
        '[self](#here) [web](https://example.org/absent.md) [folder](sub%20folder) `[code](absent.md)`',
        '```sh\n[fenced](absent.md)\n```',
        '## Here',
        '[gone](absent.md) [no heading](sub%20folder/other.md#nothing) [nowhere](#there)',
        '[ref]: also-absent.md',
      ].join('\n\n'),
    );
    const { status, out, err } = runScript('check-docs.mjs', folder);
    expect(status).toBe(1);
    expect(err.trim().split('\n')).toEqual([
      'docs/page.md: absent.md does not exist',
      'docs/page.md: sub%20folder/other.md#nothing names no heading of that page',
      'docs/page.md: #there names no heading of that page',
      'docs/page.md: also-absent.md does not exist',
    ]);
    expect(out).toBe('2 pages, 8 links, 4 problems\n');
  });
});

describe('count-tests', () => {
  const result = (files: readonly object[], passed: number, failed: number): string => {
    const file = join(folder, 'vitest.json');
    const counts = { numPassedTests: passed, numFailedTests: failed, numPendingTests: 0, numTodoTests: 0 };
    writeFileSync(file, JSON.stringify({ ...counts, testResults: files }));
    return file;
  };
  const passes = { status: 'passed', fullName: 'works' };

  it('prints the counts of vitest as its last line', () => {
    const file = result([{ name: 'a', status: 'passed', assertionResults: [passes] }], 1, 0);
    expect(runScript('count-tests.mjs', file)).toMatchObject({ status: 0, out: '1 passed, 0 failed\n' });
  });

  it('names failed tests, and counts a file that could not be loaded', () => {
    const file = result(
      [
        { name: 'a', status: 'failed', assertionResults: [passes, { status: 'failed', fullName: 'breaks' }] },
        { name: 'b', status: 'failed', message: 'syntax error', assertionResults: [] },
      ],
      1,
      1,
    );
    const { status, out } = runScript('count-tests.mjs', file);
    expect(status).toBe(1);
    expect(out).toBe('failed: a: breaks\nfailed: b: syntax error\n1 passed, 2 failed\n');
  });

  it('fails where no test ran, and where there is no result', () => {
    expect(runScript('count-tests.mjs', result([], 0, 0))).toMatchObject({ status: 1 });
    const { status, out } = runScript('count-tests.mjs', join(folder, 'absent.json'));
    expect(status).toBe(1);
    expect(out).toBe('0 passed, 1 failed\n');
  });
});

describe('check', () => {
  it('refuses a part that it does not know and names the others', () => {
    const { status, err } = runScript('check.mjs', 'spelling');
    expect(status).toBe(2);
    expect(err).toContain('format docs reference imports dead-code types lint package tests');
  });

  it('exits with an error when a part fails, and says which', () => {
    // Links between pages are the quickest part; the checkout itself must have none that is broken.
    const { status, out } = runScript('check.mjs', 'docs');
    expect(out).toMatch(/^docs\s+\d+\.\d s {2}ok$/m);
    expect(status).toBe(0);
  });
});
