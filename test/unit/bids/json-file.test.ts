import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJsonFile } from '../../../src/bids/json-file.js';
import { temporaryFolder } from '../../support/temporary.js';

async function read(content: string | Uint8Array) {
  const path = join(temporaryFolder(), 'x.json');
  writeFileSync(path, content);
  return await readJsonFile(path, 'x.json');
}
const lineOf = async (text: string): Promise<number | undefined> =>
  (await read(text)).findings[0]?.place?.line;

describe('readJsonFile', () => {
  it('reads an object, with or without a byte order mark', async () => {
    expect(await read('\ufeff{"a": [1, null]}')).toEqual({ value: { a: [1, null] }, findings: [] });
  });

  it('names the line of the error', async () => {
    expect(await lineOf('{\n"a": 1,\n"b" 2\n}')).toBe(3);
    expect(await lineOf('{\n"a": 1,\n}\n')).toBe(3);
    expect(await lineOf('{\n"a": 1\n"b": 2\n}')).toBe(3);
    expect(await lineOf("{\n'a': 1}")).toBe(2);
    expect(await lineOf('{\n"a": "no end\n}')).toBe(2);
    expect(await lineOf('{\n"a": [1,\n2\n')).toBe(4);
    expect(await lineOf('{"a": 1}\n\n{"b": 2}')).toBe(3);
    expect(await lineOf('{"a": -\n1}')).toBe(1);
    expect(await lineOf('')).toBe(1);
  });

  it('finds the line of one planted error in any document', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        fc.nat(),
        async (value, chosen) => {
          const lines = JSON.stringify(value, null, 1).split('\n');
          const line = chosen % lines.length;
          lines[line] = `@${lines[line]}`;
          expect(await lineOf(lines.join('\n'))).toBe(line + 1);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('tells of NaN, which Python writes', async () => {
    expect((await read('{"RepetitionTime": NaN}')).findings).toMatchObject([
      { suggestion: 'replace NaN, which JSON does not have' },
    ]);
    expect((await read('{"Note": "value: NaN", }')).findings[0]?.suggestion).toBeUndefined();
  });

  it('tells of text that is not UTF-8, of other values than objects, and of a missing file', async () => {
    expect((await read(Buffer.from('{"a": "\xe9"}', 'latin1'))).findings).toMatchObject([
      { code: 'input.malformed', message: 'x.json is not UTF-8 text' },
    ]);
    expect((await read('"text"')).findings).toMatchObject([{ code: 'input.malformed' }]);
    expect((await readJsonFile(join(temporaryFolder(), 'x.json'), 'x.json')).findings).toMatchObject([
      { code: 'input.not-found', message: 'x.json is missing' },
    ]);
  });
});
