import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { fileLink } from './file-link.js';
import { printable } from './printable.js';
import { wrapped } from './wrap.js';

type Style = Parameters<typeof styleText>[0];

/** Where a command prints and asks. Results go to stdout, everything for people about the work to stderr with `--json`. */
export interface Io {
  readonly json: boolean;
  /** A person sits at a terminal: progress moves, questions can be asked. */
  readonly interactive: boolean;
  /** Columns of the terminal, as it is now. */
  readonly width: number;
  /** Human text: stdout, or stderr when stdout carries JSON. */
  line(text?: string): void;
  /** Human text about the work that must not mix with results. */
  note(text: string): void;
  /** One JSON document, or one line of JSON Lines. */
  data(value: unknown): void;
  /** Overwrites the live area of the terminal with these lines (none: clears it). Does nothing without a terminal. */
  live(lines: readonly string[]): void;
  style(style: Style, text: string): string;
  /** A path that the terminal makes a link of, where it can. */
  link(path: string, shown?: string): string;
  /** Asks yes or no. False without a terminal. */
  confirm(question: string, signal: AbortSignal): Promise<boolean>;
  /** Asks for a line of text; an empty one stands for the proposal. Only with `interactive`. */
  ask(question: string, proposal: string | undefined, signal: AbortSignal): Promise<string>;
}

interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export function createIo(
  streams: Streams,
  options: { json: boolean; color: 'auto' | 'always' | 'never'; links: boolean },
): Io {
  const { stdin, stdout, stderr } = streams;
  const human = options.json ? stderr : stdout;
  const interactive = stdin.isTTY === true && human.isTTY === true;
  const colored =
    options.color === 'always' || (options.color === 'auto' && human.isTTY === true && human.hasColors());
  const shown = (text: string): string =>
    human.isTTY === true ? wrapped(printable(text), human.columns) : printable(text);
  let liveLines = 0;
  const clearLive = (): void => {
    if (liveLines > 0) human.write(`\x1b[${liveLines}A\x1b[J`);
    liveLines = 0;
  };
  return {
    json: options.json,
    interactive,
    get width() {
      return human.columns || 100;
    },
    line: (text = '') => {
      clearLive();
      human.write(`${shown(text)}\n`);
    },
    note: (text) => {
      clearLive();
      stderr.write(`${printable(text)}\n`);
    },
    data: (value) => void stdout.write(`${JSON.stringify(value, null, stdout.isTTY ? 2 : undefined)}\n`),
    live: (lines) => {
      if (human.isTTY !== true) return;
      clearLive();
      if (lines.length === 0) return;
      const width = (human.columns || 100) - 1;
      human.write(`${lines.map((text) => printable(text).slice(0, width)).join('\n')}\n`);
      liveLines = lines.length;
    },
    style: (style, text) => (colored ? styleText(style, text, { validateStream: false }) : text),
    link: (path, shown) => fileLink(path, options.links && interactive, shown),
    ask: async (question, proposal, signal) => {
      const prompt = createInterface({ input: stdin, output: human });
      try {
        const offered = proposal === undefined ? '' : ` [${proposal}]`;
        const answer = (await prompt.question(`${question}${offered} `, { signal })).trim();
        return answer === '' ? (proposal ?? '') : answer;
      } finally {
        prompt.close();
      }
    },
    confirm: async (question, signal) => {
      if (!interactive) return false;
      const prompt = createInterface({ input: stdin, output: human });
      try {
        const answer = (await prompt.question(`${question} [Y/n] `, { signal })).trim().toLowerCase();
        return answer === '' || answer === 'y' || answer === 'yes';
      } finally {
        prompt.close();
      }
    },
  };
}
