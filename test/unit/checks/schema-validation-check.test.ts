import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary.js';
import { check, subject } from './subject.js';

describe('dataset.valid-schema', () => {
  it('passes warnings, and finds errors and a report without issues', async () => {
    const path = join(temporaryFolder(), 'report.json');
    const test = async (report: unknown): Promise<string[] | true> => {
      await writeFile(path, JSON.stringify(report));
      const { ok, findings } = await check(subject(path), 'dataset.valid-schema');
      return ok ? true : findings.map(({ code }) => code);
    };
    const issue = (severity: string): unknown => ({ code: 'EMPTY_FILE', severity, location: '/a' });
    expect(await test({ issues: [issue('warning')], messages: {} })).toBe(true);
    expect(await test({ issues: [issue('error')], messages: {} })).toEqual(['bids.EMPTY_FILE']);
    expect(await test({ messages: {} })).toEqual(['dataset.valid-schema']);
  });
});
