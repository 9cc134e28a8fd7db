/** A stretch of a word of the command line: text as written, or the value of an input or output. */
export type Segment = { readonly text: string } | { readonly key: string };

/** One word of the command line; becomes zero, one or several tokens. */
export type Word = readonly Segment[];

export type ParsedCommandLine =
  { readonly words: readonly Word[] } | { readonly reason: string; readonly expected: string };

const needsShell: Readonly<Record<string, string>> = {
  '|': 'a pipe',
  ';': 'a sequence of commands',
  '&': '`&` or `&&`',
  '<': 'a redirection',
  '>': 'a redirection',
  '`': 'a command substitution',
  $: 'a variable or a command substitution',
  '(': 'a subshell',
  ')': 'a subshell',
  '*': 'a file name pattern',
  '?': 'a file name pattern',
};

const withoutShell =
  'one program with its arguments; stdout is captured with `stdout` in skill.yaml, variables are set with `env`';

/**
 * Splits a Boutiques command line into words, once, before any value is known: values are put in later and are never
 * split, quoted or read again. Quotes and backslashes mean what they mean in a POSIX shell
 * (IEEE Std 1003.1-2017, Shell Command Language, 2.2); whatever else would need a shell is refused with the reason.
 *
 * @param keys value-keys of inputs and outputs, each an atom even with spaces or quotes around it
 */
export function parseCommandLine(text: string, keys: readonly string[]): ParsedCommandLine {
  const byLength = [...keys].sort((a, b) => b.length - a.length);
  const words: Word[] = [];
  let word: Segment[] | undefined;
  let quote: "'" | '"' | undefined;
  const put = (segment: Segment): void => {
    word ??= [];
    const last = word.at(-1);
    if ('text' in segment && last !== undefined && 'text' in last)
      word[word.length - 1] = { text: last.text + segment.text };
    else word.push(segment);
  };
  const refuse = (what: string): ParsedCommandLine => ({
    reason: `the command line needs a shell: ${what}`,
    expected: withoutShell,
  });

  let at = 0;
  while (at < text.length) {
    const key = byLength.find((candidate) => text.startsWith(candidate, at));
    if (key !== undefined) {
      put({ key });
      at += key.length;
      continue;
    }
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    at += 1;
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else put({ text: character });
    } else if (quote === '"') {
      if (character === '"') quote = undefined;
      else if (character === '\\' && ['"', '\\', '$', '`'].includes(next)) {
        put({ text: next });
        at += 1;
      } else if (character === '$' || character === '`') return refuse(`${needsShell[character]}`);
      else put({ text: character });
    } else if (character === "'" || character === '"') {
      quote = character;
      put({ text: '' });
    } else if (character === '\\') {
      if (next === '') return { reason: 'the command line ends in a backslash', expected: 'a whole word' };
      // A backslash before the end of a line only continues the line.
      if (next !== '\n') put({ text: next });
      at += 1;
    } else if (/\s/.test(character)) {
      if (word) words.push(word);
      word = undefined;
      if (character === '\n' && words.length > 0 && text.slice(at).trim() !== '')
        return refuse('a second line');
    } else if (needsShell[character] !== undefined) {
      return refuse(`${needsShell[character]} (\`${character}\` at position ${at})`);
    } else if (word === undefined && (character === '~' || character === '#')) {
      return refuse(character === '~' ? 'a home folder (`~`)' : 'a comment (`#`)');
    } else put({ text: character });
  }
  if (quote) return { reason: `a ${quote} quote is never closed`, expected: 'quotes in pairs' };
  if (word) words.push(word);

  const program = words[0];
  if (!program) return { reason: 'the command line is empty', expected: 'a program and its arguments' };
  const first = program[0];
  if (program.length !== 1 || !first || !('text' in first) || first.text === '')
    return {
      reason: 'the program is not written out',
      expected: 'the name of one program as the first word',
    };
  if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(first.text)) return refuse('a variable set before the program');
  return { words };
}
