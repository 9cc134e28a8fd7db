import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTsv } from '../../../src/bids/tsv.js';

const place = { file: 'sub-1_events.tsv' };
const parse = (text: string) => parseTsv(text, place);

describe('parseTsv', () => {
  it('reads rows by column and keeps n/a', () => {
    const table = parse('onset\tduration\tnote\n0.5\tn/a\ta "b" c\n');
    expect(table).toEqual({
      columns: ['onset', 'duration', 'note'],
      rows: [{ onset: '0.5', duration: 'n/a', note: 'a "b" c' }],
      lines: [2],
      findings: [],
    });
  });

  it('accepts a byte order mark, CRLF, old Mac line ends and blank lines at the end', () => {
    const plain = parse('a\tb\n1\t2\n');
    expect(parse('\ufeffa\tb\r\n1\t2\r\n')).toEqual(plain);
    expect(parse('a\tb\r1\t2\r')).toEqual(plain);
    expect(parse('a\tb\n1\t2\n\n  \n')).toEqual(plain);
    expect(parse('a\tb\n1\t2')).toEqual(plain);
  });

  it('leaves out ragged rows and blank lines, each with its line, and keeps the lines of the others', () => {
    const table = parse('a\tb\n1\t2\n3\n\n5\t6\t7\n8\t9\n');
    expect(table.rows).toEqual([
      { a: '1', b: '2' },
      { a: '8', b: '9' },
    ]);
    expect(table.lines).toEqual([2, 6]);
    expect(
      table.findings.map(({ message, place: at, expected }) => [message, at?.file, at?.line, expected]),
    ).toEqual([
      ['the row has 1 value', 'sub-1_events.tsv', 3, '2 values, one tab between two'],
      ['the line is empty', 'sub-1_events.tsv', 4, '2 values, one tab between two'],
      ['the row has 3 values', 'sub-1_events.tsv', 5, '2 values, one tab between two'],
    ]);
  });

  it('tells of columns that are there twice or have no name', () => {
    expect(parse('a\ta\t\n1\t2\t3\n').findings).toMatchObject([
      { message: 'the column a is there twice', place: { line: 1, field: 'a' } },
      { message: 'a column has no name', place: { line: 1 } },
    ]);
  });

  it('tells of commas or spaces in the place of tabs', () => {
    for (const text of ['onset,duration\n1,2\n', 'onset duration\n1 2\n', 'onset;duration\n1;2\n']) {
      expect(parse(text).findings[0]).toMatchObject({
        message: 'the header has no tab',
        suggestion: 'save the table as tab-separated values',
      });
    }
    expect(parse('participant_id\nsub-01\n').findings).toEqual([]);
  });

  it('tells once of empty values, which should be n/a', () => {
    expect(parse('a\tb\n1\t\n\t2\n').findings).toMatchObject([
      { severity: 'warning', message: 'a value is empty', place: { line: 2, field: 'b' } },
    ]);
  });

  it('tells of an empty file', () => {
    for (const text of ['', '\n', ' \n\n', '\ufeff']) {
      expect(parse(text).findings).toMatchObject([{ message: 'the table is empty', place: { line: 1 } }]);
    }
  });

  it('takes a column __proto__ for a column', () => {
    const [row] = parse('__proto__\tb\n1\t2\n').rows;
    expect(Object.entries(row ?? {})).toEqual([
      ['__proto__', '1'],
      ['b', '2'],
    ]);
  });

  it('gives every row all columns, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\t', '\n', '\r', ' ', '\ufeff') }), (text) => {
        const { columns, rows, lines } = parse(text);
        expect(lines).toHaveLength(rows.length);
        for (const row of rows) expect(Object.keys(row).sort()).toEqual([...new Set(columns)].sort());
      }),
    );
  });
});
