import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** A name before a gap: what follows stays beside it. */
const NAMED = /^( *\S.{0,26}? {2,})(?=\S)/;

/** A path or a link to one stands there. */
const PATH = /^(?:\/|\x1b\]8;;)/;

/**
 * Breaks lines that are wider than the terminal between words, what follows below its beginning: behind the gap after a
 * name, else two columns further in. Paths, words that are too long themselves and lines with tabs (tables of files) are
 * left to the terminal, so that they can be copied; so is all where a terminal does not know its width (0, as below
 * `script`).
 */
export function wrapped(text: string, columns: number): string {
  if (columns === 0) return text;
  return text
    .split('\n')
    .map((line) => (line.includes('\t') || stringWidth(line) <= columns ? line : wrapLine(line, columns)))
    .join('\n');
}

function wrapLine(line: string, columns: number): string {
  const named = NAMED.exec(line)?.[1] ?? '';
  const beside = named !== '' && stringWidth(named) <= columns / 2;
  const head = beside ? named : (/^ */.exec(line)?.[0] ?? '');
  if (PATH.test(line.slice(named.length).trimStart())) return line;
  const indent = beside ? stringWidth(head) : head.length + 2;
  const lines = wrapAnsi(line.slice(head.length), Math.max(10, columns - indent));
  return head + lines.split('\n').join(`\n${' '.repeat(indent)}`);
}
