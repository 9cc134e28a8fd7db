import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { commandLine } from '../../../src/trace/body-fields.js';

/** The arguments that a POSIX shell reads out of a command line. */
function readBy(shell: string): string[] {
  const script = `for word in ${shell}; do printf '%s\\0' "$word"; done`;
  return execFileSync('sh', ['-c', script]).toString('utf8').split('\0').slice(0, -1);
}

it('is read by a shell as the arguments that were given, whatever they hold', () => {
  const hard = [
    'plain',
    '',
    'a b',
    "it's",
    '$HOME',
    '`id`',
    '{1,2}',
    '*',
    '~',
    '#x',
    'a\nb',
    '\\',
    '"',
    '!!',
    ';&|<>',
  ];
  expect(readBy(commandLine(hard))).toEqual(hard);
  const argument = fc.string({ unit: 'binary-ascii', maxLength: 20 }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (argv) => {
      expect(readBy(commandLine(argv))).toEqual(argv);
    }),
    { numRuns: 50 },
  );
});
