import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Conversation } from '../../agents/conversation/conversation.js';
import { note, type Reply } from '../../agents/reply.js';
import type { Workplace } from '../../agents/workplace.js';
import type { Assistant } from '../../app/assistant.js';
import { isDumbTerminal, type PictureProtocol } from '../../config/terminal.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { printable } from '../printable.js';
import { printError } from '../render.js';
import { showReply } from '../show-reply.js';
import { wrapped } from '../wrap.js';
import { AnswerStream } from './answer-stream.js';
import { complete } from './complete.js';
import type { Desk } from './desk.js';
import { keepHistory, readHistory } from './history-file.js';
import { LineEditor } from './line-editor.js';
import { greeting, leftOpen } from './lines.js';
import { runSlash } from './slash-commands.js';

/** One sitting at the terminal: lines in, replies above the prompt, a run in the background. */
export class ChatSession implements Desk {
  readonly cwd: string;
  /** Prints above the line that is being typed. */
  readonly io: Io;
  readonly #assistant: Assistant;
  readonly #context: CommandContext;
  readonly #editor: LineEditor;
  readonly #stream: AnswerStream;
  readonly #history: string;
  #conversation: Conversation;
  /** Stops the answer under way. */
  #answer: AbortController | undefined;
  #progress = '';
  /** Turns under way; a run is one of them until it ends. */
  readonly #turns = new Set<Promise<void>>();
  #queue: Promise<void> = Promise.resolve();
  #end: (() => void) | undefined;
  #leaving = false;

  constructor(assistant: Assistant, conversation: Conversation, context: CommandContext) {
    const { io, cwd, app } = context;
    this.cwd = cwd;
    this.#assistant = assistant;
    this.#conversation = conversation;
    this.#context = context;
    this.#history = join(app.settings.values.state, 'chat-history');
    this.#editor = new LineEditor({
      input: process.stdin,
      output: process.stdout,
      dumb: isDumbTerminal(),
      history: readHistory(this.#history),
      complete: (line) => complete(line, this),
      onInput: (text) => this.#take(text),
      onInterrupt: () => this.#interrupt(),
      onEnd: () => void this.#finish(),
    });
    this.#stream = new AnswerStream((text) => this.print(text));
    this.io = {
      ...io,
      get width() {
        return io.width;
      },
      line: (text = '') => this.print(text),
      note: (text) => this.print(text),
    };
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  get pictures(): PictureProtocol {
    return this.io.interactive ? this.#context.app.settings.values.pictures : 'none';
  }

  get screen(): { readonly columns: number; readonly rows: number } {
    // Some terminals say that they have no columns: they do not know.
    return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
  }

  get workplace(): Workplace {
    return this.#assistant.workplace;
  }

  /** Greets, then takes lines until the person leaves. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolveEnd) => (this.#end = resolveEnd));
    const stop = (): void => this.leave();
    this.#context.signal.addEventListener('abort', stop);
    this.#greet();
    this.#ready();
    await ended;
    this.#context.signal.removeEventListener('abort', stop);
  }

  print(text: string): void {
    const plain = printable(text);
    this.#editor.above(this.io.interactive ? wrapped(plain, process.stdout.columns) : plain);
  }

  draw(sequences: string): void {
    this.#editor.above(sequences);
  }

  show(reply: Reply): void {
    showReply(reply, this.io);
  }

  /** Says something to the assistant. It comes back when the answer is there, or the run has begun. */
  async say(text: string, by?: 'rules'): Promise<void> {
    const stopping = new AbortController();
    this.#answer = stopping;
    const conversation = this.#conversation;
    let begun: (() => void) | undefined;
    const running = new Promise<void>((resolveBegun) => (begun = resolveBegun));
    const turn = (async () => {
      try {
        const { signal } = stopping;
        const replies =
          by === 'rules' ? conversation.plan(text, { signal }) : conversation.say(text, { signal });
        for await (const reply of replies) {
          if (reply.kind === 'progress') {
            // From here on it is a run: more can be said, and Ctrl-C means the run.
            if (this.#answer === stopping) this.#answer = undefined;
            begun?.();
            this.#progress = `[${reply.done}/${reply.total}] `;
          }
          if (!this.#stream.take(reply)) this.show(reply);
          if (reply.kind === 'results') {
            this.#progress = '';
            const { length } = reply.pictures;
            if (length > 0) this.print(`  pictures ${length}: /show lists them`);
          }
          if (reply.kind === 'plan') begun?.();
          this.#ready();
        }
      } catch (error) {
        if (stopping.signal.aborted) this.print('stopped');
        else this.#fail(error);
      } finally {
        if (this.#answer === stopping) this.#answer = undefined;
        begun?.();
      }
    })();
    this.#turns.add(turn);
    void turn.finally(() => this.#turns.delete(turn));
    // A script that is piped in means each line after the one before.
    await (this.io.interactive ? running : turn);
  }

  setFolder(name: 'data' | 'out', folder: string): void {
    if (folder === '') {
      const known = this.#conversation.state[name];
      return this.show(note(known ?? `no ${name} yet: /${name} FOLDER`));
    }
    const path = resolve(this.cwd, folder.replace(/\/$/, ''));
    if (name === 'data' && !existsSync(path))
      throw new NeuroClawError('input.not-found', `${path} does not exist`, { place: { file: path } });
    if (name === 'out' && this.#conversation.running)
      return this.show(note('a run is under way in the other folder: wait for it, or /stop'));
    this.#conversation.setFolders({ [name]: path });
    this.print(`${name}: ${path}`);
  }

  conversationNames(): string[] {
    return this.#assistant.list(this.#conversation.state.out);
  }

  conversations(name: string): void {
    const { data, out } = this.#conversation.state;
    if (name === '') {
      const own = this.#conversation.name;
      return this.print(
        this.conversationNames()
          .map((each) => `  ${each}${each === own ? '  (this one)' : ''}`)
          .join('\n'),
      );
    }
    if (this.#conversation.running)
      return this.show(note('a run is under way in this conversation: wait for it, or /stop'));
    const next = this.#assistant.open({ name, existing: true, out, attended: true });
    this.#conversation.close();
    this.#conversation = next;
    if (next.state.data === undefined && data !== undefined) next.setFolders({ data });
    this.#recall();
  }

  leave(): void {
    this.#editor.close();
  }

  #greet(): void {
    const { version, app } = this.#context;
    const { name, state } = this.#conversation;
    this.print(greeting(version, name, state, app.settings.values.model));
    this.#recall();
  }

  /** What was open when the conversation was left, or killed. */
  #recall(): void {
    const { state } = this.#conversation;
    const last = state.turns.at(-1);
    if (last === undefined) return;
    this.print(`\nyou said last: ${last.said}`);
    const reply = last.replies.at(-1);
    if (reply !== undefined) this.show(reply);
    for (const line of leftOpen(state)) this.print(line);
  }

  #take(text: string): void {
    if (text.trim() === '') return this.#ready();
    keepHistory(this.#history, text);
    this.#queue = this.#queue.then(async () => {
      try {
        if (text.startsWith('/')) await runSlash(this, text);
        else await this.say(text);
      } catch (error) {
        this.#fail(error);
      }
      this.#ready();
    });
  }

  #fail(error: unknown): void {
    printError(error, this.io);
  }

  /** The answer first, then the run, then what is being typed. */
  #interrupt(): void {
    if (this.#answer !== undefined) {
      this.#answer.abort(new NeuroClawError('job.cancelled', 'the answer was stopped'));
      this.#answer = undefined;
    } else if (this.#conversation.running) {
      this.print('stopping the jobs under way; "resume" continues');
      this.#conversation.stopRun();
    } else if (this.#editor.typed !== '') {
      this.#editor.clear();
    } else {
      this.print('Ctrl-D leaves');
    }
    this.#ready();
  }

  #ready(): void {
    if (this.#leaving) return;
    const { waiting } = this.#conversation.state;
    const asks =
      waiting?.for === 'approval' && (!this.#conversation.running || waiting.run !== undefined)
        ? 'run it? '
        : waiting?.for === 'answer'
          ? 'answer '
          : '';
    this.#editor.ready(`${this.#progress}${asks}> `);
  }

  async #finish(): Promise<void> {
    if (this.#leaving) return;
    // A script that was piped in is worked off before its end counts.
    if (process.stdin.isTTY !== true) await this.#queue;
    this.#leaving = true;
    if (process.stdin.isTTY === true && this.#conversation.running) {
      this.print('stopping the jobs under way; `neuroclaw resume` continues');
      this.#conversation.stopRun();
    }
    this.#answer?.abort();
    await Promise.allSettled(this.#turns);
    this.#conversation.close();
    this.#end?.();
  }
}
