import { createInterface, emitKeypressEvents, type CompleterResult, type Interface } from 'node:readline';

interface Key {
  readonly name?: string;
  readonly meta?: boolean;
}

export interface EditorOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** The terminal only writes on: a prompt stays where it is, and text begins below it. */
  readonly dumb: boolean;
  /** Newest first. */
  readonly history: readonly string[];
  readonly complete: (line: string) => Promise<CompleterResult>;
  /** Whole input, with its line ends. */
  readonly onInput: (text: string) => void;
  readonly onInterrupt: () => void;
  readonly onEnd: () => void;
}

/**
 * The line that is being typed, at the bottom of the terminal, and text that appears above it. Several lines are one
 * input where a line ends with a backslash, with Alt-Enter, and where they are pasted.
 */
export class LineEditor {
  readonly #interface: Interface;
  readonly #output: NodeJS.WriteStream;
  readonly #terminal: boolean;
  readonly #dumb: boolean;
  /** On a dumb terminal: the prompt stands at the end of what was written. */
  #prompted = false;
  #lines: string[] = [];
  #prompt = '> ';
  #pasting = false;
  #continues = false;
  #closed = false;

  constructor({ input, output, dumb, history, complete, onInput, onInterrupt, onEnd }: EditorOptions) {
    this.#output = output;
    this.#terminal = input.isTTY === true && output.isTTY === true;
    this.#dumb = dumb;
    this.#interface = createInterface({
      input,
      output,
      terminal: this.#terminal,
      history: [...history],
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: Error | null, result: CompleterResult) => void) => {
        complete(line).then(
          (result) => done(null, result),
          () => done(null, [[], line]),
        );
      },
    });
    this.#interface.on('line', (line) => this.#take(line, onInput));
    this.#interface.on('SIGINT', () => {
      this.#lines = [];
      onInterrupt();
    });
    this.#interface.on('close', () => {
      this.#closed = true;
      if (this.#terminal && !dumb) output.write(PASTE_OFF);
      onEnd();
    });
    if (!this.#terminal || dumb) return;
    emitKeypressEvents(input);
    input.on('keypress', (_text: unknown, key: Key | undefined) => this.#press(key));
    output.write(PASTE_ON);
  }

  get typed(): string {
    return this.#interface.line;
  }

  /** Draws the prompt with what was typed so far. */
  ready(prompt: string): void {
    this.#prompt = prompt;
    if (this.#closed || !this.#terminal || this.#prompted) return;
    this.#prompted = this.#dumb;
    this.#interface.setPrompt(this.#lines.length === 0 ? prompt : CONTINUED);
    this.#interface.prompt(true);
  }

  /** Prints above the line that is being typed, and draws it again. */
  above(text: string): void {
    if (!this.#terminal || this.#closed) {
      this.#output.write(`${text}\n`);
      return;
    }
    if (this.#dumb) {
      this.#output.write(`${this.#prompted ? '\n' : ''}${text}\n`);
      this.#prompted = false;
      return;
    }
    this.#output.write(`${this.#erase()}${text}\n`);
    this.ready(this.#prompt);
  }

  /** Throws away what is being typed. */
  clear(): void {
    this.#lines = [];
    this.#interface.write(null, { ctrl: true, name: 'e' });
    this.#interface.write(null, { ctrl: true, name: 'u' });
    this.ready(this.#prompt);
  }

  close(): void {
    if (!this.#closed) this.#interface.close();
  }

  /** Goes to the first row of the prompt and clears from there. */
  #erase(): string {
    const { rows } = this.#interface.getCursorPos();
    return `\r${rows > 0 ? `\x1b[${rows}A` : ''}\x1b[J`;
  }

  #take(line: string, onInput: (text: string) => void): void {
    this.#prompted = false;
    const open = line.endsWith('\\') && this.#terminal;
    if (open || this.#continues || this.#pasting) {
      this.#continues = false;
      this.#lines.push(open ? line.slice(0, -1) : line);
      this.ready(this.#prompt);
      return;
    }
    const text = [...this.#lines, line].join('\n');
    this.#lines = [];
    onInput(text);
  }

  #press(key: Key | undefined): void {
    if (key?.name === 'paste-start') this.#pasting = true;
    else if (key?.name === 'paste-end') this.#pasting = false;
    else if ((key?.name === 'return' || key?.name === 'enter') && key.meta === true) {
      this.#continues = true;
      this.#interface.write('\n');
    }
  }
}

const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';
const CONTINUED = '... ';
