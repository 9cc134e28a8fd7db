import { describe, expect, it } from 'vitest';
import { bytes, duration, printError, table } from '../../../src/cli/render.js';
import type { Io } from '../../../src/cli/io.js';
import { NeuroClawError } from '../../../src/kernel/errors.js';

function recordingIo(): { io: Io; lines: string[] } {
  const lines: string[] = [];
  const io: Io = {
    json: false,
    interactive: false,
    width: 100,
    line: (text = '') => void lines.push(text),
    note: (text) => void lines.push(text),
    data: () => undefined,
    live: () => undefined,
    style: (_style, text) => text,
    link: (path) => path,
    confirm: () => Promise.resolve(false),
    ask: () => Promise.resolve(''),
  };
  return { io, lines };
}

describe('printError', () => {
  it('says what happened, where, what was expected and what to do, without a stack', () => {
    const { io, lines } = recordingIo();
    printError(
      new NeuroClawError('param.invalid', 'fwhm_mm is -1', {
        place: { skill: 'niimath/smooth', field: 'fwhm_mm' },
        expected: '0 to 30 mm',
      }),
      io,
    );
    expect(lines).toEqual([
      'error: fwhm_mm is -1 [param.invalid]',
      '  where: skill niimath/smooth, field fwhm_mm',
      '  expected: 0 to 30 mm',
      '  to do: correct the named file or field and run again',
    ]);
  });

  it('shows the stack of a defect', () => {
    const { io, lines } = recordingIo();
    printError(new TypeError('defect'), io);
    expect(lines.join('\n')).toMatch(/TypeError: defect\n\s+at /);
  });
});

describe('quantities', () => {
  it.each([
    [0.85, '850 ms'],
    [9.96, '10.0 s'],
    [61, '61 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
  ])('%d s reads %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [999, '999 B'],
    [1_500, '1.5 kB'],
    [23_000_000, '23 MB'],
  ])('%d bytes read %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });

  it('align in tables', () => {
    expect(
      table([
        ['a', 'bb'],
        ['ccc', 'd'],
      ]),
    ).toEqual(['a    bb', 'ccc  d']);
  });
});
