import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../../src/skills/boutiques/command-line.js';

function words(text: string, keys: readonly string[] = []): string[] {
  const parsed = parseCommandLine(text, keys);
  if ('reason' in parsed) throw new Error(parsed.reason);
  return parsed.words.map((word) =>
    word.map((part) => ('text' in part ? part.text : `<${part.key}>`)).join(''),
  );
}

function reason(text: string): string {
  const parsed = parseCommandLine(text, ['[A]']);
  return 'reason' in parsed ? parsed.reason : '';
}

describe('splitting a command line', () => {
  it('parts words at white space and honours quotes and backslashes', () => {
    expect(words(`tool  -a 'one two' "three \\"four\\"" five\\ six`)).toEqual([
      'tool',
      '-a',
      'one two',
      'three "four"',
      'five six',
    ]);
  });

  it('keeps an empty quoted word', () => {
    expect(words(`tool -c ""`)).toEqual(['tool', '-c', '']);
  });

  it('joins adjacent quoted and bare text into one word', () => {
    expect(words(`tool --a='b c'd`)).toEqual(['tool', '--a=b cd']);
  });

  it('continues a line after a backslash at its end', () => {
    expect(words('tool \\\n -a')).toEqual(['tool', '-a']);
  });

  it('takes value-keys as atoms, also with spaces in them and inside longer words', () => {
    expect(words('tool [THE INPUT] -o=[OUT].nii "[OUT]"', ['[THE INPUT]', '[OUT]'])).toEqual([
      'tool',
      '<[THE INPUT]>',
      '-o=<[OUT]>.nii',
      '<[OUT]>',
    ]);
  });

  it('prefers the longest of several keys that begin alike', () => {
    expect(words('tool INPUT_FILE INPUT', ['INPUT', 'INPUT_FILE'])).toEqual([
      'tool',
      '<INPUT_FILE>',
      '<INPUT>',
    ]);
  });

  it.each([
    ['tool [A] | gzip', 'a pipe'],
    ['tool [A]; rm -r /', 'a sequence of commands'],
    ['tool [A] && other', '`&` or `&&`'],
    ['tool $(cat x)', 'a variable or a command substitution'],
    ['tool "$HOME/x"', 'a variable or a command substitution'],
    ['tool `cat x`', 'a command substitution'],
    ['tool "`cat x`"', 'a command substitution'],
    ['tool [A] > out.txt', 'a redirection'],
    ['tool < [A]', 'a redirection'],
    ['(cd /; tool)', 'a subshell'],
    ['tool *.nii', 'a file name pattern'],
    ['tool ~/x', 'a home folder'],
    ['tool # note', 'a comment'],
    ['tool [A]\nother', 'a second line'],
    ['FOO=1 tool', 'a variable set before the program'],
  ])('refuses %j and names %s', (text, why) => {
    expect(reason(text)).toContain('needs a shell');
    expect(reason(text)).toContain(why);
  });

  it('takes shell characters in single quotes or after a backslash as text', () => {
    expect(words(`tool 'a|b;$(c)' \\$x "a;b"`)).toEqual(['tool', 'a|b;$(c)', '$x', 'a;b']);
  });

  it('refuses an open quote, an empty line and a program that is a value', () => {
    expect(reason(`tool 'a`)).toContain('never closed');
    expect(reason('  ')).toContain('is empty');
    expect(reason('[A] -x')).toContain('program is not written out');
    expect(reason('tool\\')).toContain('backslash');
  });

  it('gives back any words that were quoted one by one', () => {
    const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string()), (list) => {
        expect(words(['tool', ...list.map(quote)].join(' '))).toEqual(['tool', ...list]);
      }),
    );
  });
});
