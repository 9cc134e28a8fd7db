import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { fileLink } from '../../../src/cli/file-link.js';
import type { Io } from '../../../src/cli/io.js';
import { showTable } from '../../../src/cli/show-reply.js';
import { wrapped } from '../../../src/cli/wrap.js';

describe('lines that are wider than the terminal', () => {
  it('break between words, what follows two columns further in', () => {
    expect(wrapped('  the plan needs a field map and has none', 20)).toBe(
      '  the plan needs a\n    field map and\n    has none',
    );
  });

  it('keep what follows a name beside it', () => {
    expect(wrapped('  /show    pictures of the last run', 24)).toBe(
      '  /show    pictures of\n           the last run',
    );
  });

  it('are left as they are where they fit, have tabs, or are one word', () => {
    const text = 'short\na\tvery long line of a table of files\n/data/a/path/that/is/far/too/long';
    expect(wrapped(text, 20)).toBe(text);
    const paths = `/data/my study/of/2026/x.tsv\n  report   ${fileLink('/data/my study/report/index.html', true)}`;
    expect(wrapped(paths, 20)).toBe(paths);
  });

  it('are left as they are where the terminal does not know its width', () => {
    const text = '  the plan needs a field map and has none';
    expect(wrapped(text, 0)).toBe(text);
  });

  it('count columns as they look: wide letters two, combining marks, colours and links none', () => {
    expect(wrapped('日本語 日本語 日本語', 15)).toBe('日本語 日本語\n  日本語');
    const text = `\x1b[1me\u0301e\u0301e\u0301\x1b[22m ${fileLink('/a', true)}`;
    expect(wrapped(text, 6)).toBe(text);
  });
});

describe('a table that is wider than the terminal', () => {
  const rows = (width: number): string[] => {
    const lines: string[] = [];
    const io = { interactive: true, width, style: (_: unknown, text: string) => text } as unknown as Io;
    showTable(
      {
        stage: 'tensor',
        pipeline: 'diffusion/tensor',
        columns: ['snr_b0', 'mask_volume', 'fa_median'].map((name) => ({ name })),
        rows: [
          { entities: { sub: '01' }, values: { snr_b0: 8, mask_volume: 1436, fa_median: 0.19 }, outside: [] },
          {
            entities: { sub: '02' },
            values: { snr_b0: 9, mask_volume: 1, fa_median: 0.2 },
            outside: ['mask_volume'],
          },
        ],
      } as never,
      { ...io, line: (text = '') => void lines.push(text) },
    );
    return lines.slice(1);
  };

  it('comes in parts, each with the labels, and loses no column', () => {
    expect(rows(100)).toEqual([
      '  sub  snr_b0  mask_volume  fa_median',
      '  01   8       1436         0.19',
      '  02   9       1 !          0.2',
    ]);
    expect(rows(28)).toEqual([
      '  sub  snr_b0  mask_volume',
      '  01   8       1436',
      '  02   9       1 !',
      '  sub  fa_median',
      '  01   0.19',
      '  02   0.2',
    ]);
    for (const width of [20, 27, 30, 37, 60])
      expect(Math.max(...rows(width).map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
  });
});
