import { join } from 'node:path';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Plan } from '../../planning/plan.js';
import { note, type Reply } from '../reply.js';
import { readMemory, type Memory } from '../memory.js';
import type { Minds } from '../minds.js';
import type { Spent } from '../budget.js';
import type { Workplace } from '../workplace.js';
import { answerTopic } from './answer-topic.js';
import type { ChatLog } from './chat-log.js';
import type { Context, Given } from './context.js';
import { cannot, settle } from './plan-draft.js';
import { readTurn, type Meaning } from './read-turn.js';
import { rememberFact, forgetFact } from './remember.js';
import { repairTurn } from './repair.js';
import { RunTurns, STAGE_WAITS, UNDER_WAY } from './run-turn.js';
import { stateOf, type ChatState, type Turn } from './state.js';
import type { Topic } from './topics.js';
import { answerTurn, changesPlan, checkFolders, wishTurn } from './wish.js';

export interface ConversationOptions {
  /** A new one where it is absent. */
  readonly name?: string | undefined;
  /** Absolute. */
  readonly data?: string | undefined;
  readonly out?: string | undefined;
  /** Who speaks, for the trace. */
  readonly person?: string;
  /** Every stage of an approved plan may start; what the policy asks about still needs a person. */
  readonly approveAll?: boolean;
  /**
   * Somebody is there to answer while a run waits. Without it a stage that was not shown before ends the run until the
   * next yes, and what the policy asks about is denied.
   */
  readonly attended?: boolean;
}

/**
 * A talk about one dataset and one output folder: words in, typed replies out. Whatever is said and decided is a line
 * of its file before it takes effect, so that killing the process at any moment loses nothing that was said. What a turn
 * means is read here; what is done about it, by the modules that it is handed to.
 */
export class Conversation {
  readonly #log: ChatLog;
  readonly #context: Context;
  readonly #runs: RunTurns;
  #minds: Promise<Minds | undefined> | undefined;
  /** Why the model that is configured is not asked, until it was said. */
  #noModel: string | undefined;

  constructor(log: ChatLog, work: Workplace, options: ConversationOptions) {
    this.#log = log;
    this.#context = {
      work,
      person: `${options.person ?? 'user'} (conversation ${log.name})`,
      state: () => this.state,
      memory: () => this.memory(),
      minds: () => (this.#minds ??= this.#openMinds(work)),
      append: (turn, body) => log.append(turn, body),
    };
    const { approveAll = false, attended = false } = options;
    this.#runs = new RunTurns(this.#context, { approveAll, attended });
    const { data, out } = this.state;
    const folders = {
      ...(options.data === undefined || options.data === data ? {} : { data: options.data }),
      ...(options.out === undefined || options.out === out ? {} : { out: options.out }),
    };
    if (log.records.length === 0) log.append(0, { type: 'opened', planner: 'rules', ...folders });
    else if (Object.keys(folders).length > 0) log.append(this.state.last, { type: 'folders', ...folders });
  }

  /** What models have cost in this conversation, also before it was reopened; undefined: none was asked. */
  get spent(): Spent | undefined {
    return this.state.spent;
  }

  get name(): string {
    return this.#log.name;
  }

  /** The file that holds it. */
  get file(): string {
    return this.#log.file;
  }

  get state(): ChatState {
    return stateOf(this.#log.records);
  }

  /** A run of this conversation is under way in this process. */
  get running(): boolean {
    return this.#runs.active;
  }

  /** What was said and replied, without what was taken back. */
  transcript(): readonly Turn[] {
    return this.state.turns;
  }

  /** The memory of the project: of the output folder, or of the state folder where there is none. */
  memory(): Memory {
    return readMemory(this.#memoryFile());
  }

  /**
   * Says something and gives the replies as they come; the last ones of a yes are progress and results of the run. While
   * a run is under way, more can be said. Throws only for defects and for an aborted signal.
   */
  async *say(text: string, options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Reply> {
    const before = this.state;
    const turn = before.last + 1;
    this.#log.append(turn, { type: 'said', text });
    const meaning = readTurn(text, before.waiting, this.running);
    yield* this.#guarded(this.#respond(meaning, turn, options.signal), turn, options.signal);
  }

  /** Plans a wish by rules, also where a model is configured. */
  async *plan(wish: string, options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Reply> {
    const turn = this.state.last + 1;
    this.#log.append(turn, { type: 'said', text: wish });
    const given = this.#runs.asking ? oneNote(STAGE_WAITS) : wishTurn(wish, this.#context, options.signal);
    yield* this.#guarded(given, turn, options.signal);
  }

  /** Says yes to what waits for it, and runs it. */
  approve(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Reply> {
    return this.say('yes', options);
  }

  /** Proposes a plan that was made elsewhere. */
  async *propose(plan: Plan): AsyncGenerator<Reply> {
    const turn = this.state.last + 1;
    this.#log.append(turn, { type: 'said', text: `(a plan: ${plan.title})` });
    yield this.#keep(turn, { reply: await settle(plan, [], this.#context.work), clears: true });
  }

  /** Names the data or the output folder. Throws input.invalid for an output folder inside the data. */
  setFolders(folders: { readonly data?: string; readonly out?: string }): void {
    checkFolders(folders, this.state);
    this.#context.work.forget();
    this.#log.append(this.state.last, { type: 'folders', ...folders });
  }

  /** Stops the run under way; false where there is none. */
  stopRun(): boolean {
    return this.#runs.stop();
  }

  /** Takes back the last turn. What was run stays: results are never removed. */
  undo(): Reply {
    const last = this.state.turns.at(-1);
    if (last === undefined) return note('there is nothing to take back');
    this.#log.append(this.state.last, { type: 'undone', of: last.turn });
    const ran = this.#log.records.some(({ type, turn }) => type === 'run' && turn === last.turn);
    return note(
      `"${last.said}" is taken back${ran ? '; its run has happened, and what it committed stays in the output folder' : ''}`,
    );
  }

  /** Lets go of the file. A run under way must have ended. */
  close(): void {
    this.#log.close();
  }

  #keep(turn: number, { reply, draft, run, clears }: Given): Reply {
    if (reply.kind !== 'progress' && reply.kind !== 'piece')
      this.#log.append(turn, {
        type: 'reply',
        reply,
        ...(draft === undefined ? {} : { draft }),
        ...(run === undefined ? {} : { run }),
        ...(clears === undefined ? {} : { clears }),
      });
    return reply;
  }

  #memoryFile(): string {
    const { out } = this.state;
    const { work } = this.#context;
    return out === undefined ? join(work.state, 'memory.md') : join(out, '.neuroclaw', 'memory.md');
  }

  /** Keeps each reply of a turn before it is seen. A person's mistake is a reply, never an exception. */
  async *#guarded(
    replies: AsyncGenerator<Given>,
    turn: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Reply> {
    try {
      for await (const given of replies) {
        signal?.throwIfAborted();
        yield this.#keep(turn, given);
      }
    } catch (error) {
      if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
      if (signal?.aborted === true) throw error;
      yield this.#keep(turn, { reply: cannot(error) });
    }
  }

  async *#respond(meaning: Meaning, turn: number, signal: AbortSignal | undefined): AsyncGenerator<Given> {
    switch (meaning.is) {
      case 'undo':
        // Taking back is no turn that could be taken back.
        this.#log.append(turn, { type: 'undone', of: turn });
        return yield { reply: this.undo() };
      case 'cancel':
        this.stopRun();
        return yield { reply: note('the run is being stopped; "resume" continues it') };
      case 'no':
        return yield* this.#runs.decline(turn);
      case 'yes':
        return yield* this.#ran(turn, this.#runs.accept(turn), signal);
      case 'resume':
        return yield* this.#ran(turn, this.#runs.resume(turn), signal);
      case 'repair':
        if (this.running) return yield { reply: note(UNDER_WAY) };
        return yield* repairTurn(undefined, this.#context, signal);
      case 'remember':
        return yield { reply: await rememberFact(this.#memoryFile(), meaning.text) };
      case 'forget':
        return yield { reply: await forgetFact(this.#memoryFile(), meaning.text) };
      case 'asks':
        return yield* this.#words(meaning.topic.text, meaning.topic, turn, signal);
      case 'wish':
        return yield* this.#words(meaning.text, undefined, turn, signal);
      case 'answer':
        return yield* answerTurn(meaning, turn, this.#context, signal);
    }
  }

  /** A run, and its repairs where the policy lets them run: each is proposed first, as if a person had asked for it. */
  async *#ran(
    turn: number,
    run: AsyncGenerator<Given>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Given> {
    let last: Reply | undefined;
    for await (const given of run) {
      last = given.reply;
      yield given;
    }
    if (last?.kind !== 'results' || last.outcome !== 'failed') return;
    const { repairs } = await this.#context.work.policy();
    if (repairs !== 'allow') return;
    for await (const given of repairTurn(undefined, this.#context, signal)) {
      last = given.reply;
      yield given;
    }
    const { waiting } = this.state;
    // Something else may have been said meanwhile: nothing but the repair is approved by the policy.
    if (last.kind !== 'plan' || waiting?.for !== 'approval' || waiting.plan !== last.plan) return;
    yield { reply: note('the policy allows repairs: it runs') };
    yield* this.#ran(turn, this.#runs.accept(turn, { kind: 'engine', id: 'policy/repairs' }), signal);
  }

  /** A model that cannot or must not be asked is said once: rules do what they can. */
  async #openMinds(work: Workplace): Promise<Minds | undefined> {
    const keep = (spent: Spent): void => this.#log.append(this.state.last, { type: 'spent', spent });
    try {
      return await work.minds({ before: this.state.spent, keep });
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      if (error.errorClass !== 'provider' && error.errorClass !== 'policy') throw error;
      this.#noModel = `${error.message}: plans are made by rules (to do: ${error.hint})`;
      return undefined;
    }
  }

  /** Words that only their content tells: the model answers where there is one, else the rules do. */
  async *#words(
    words: string,
    topic: Topic | undefined,
    turn: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Given> {
    const context = this.#context;
    const minds = changesPlan(words, this.state) ? undefined : await context.minds();
    if (this.#noModel !== undefined) {
      yield { reply: note(this.#noModel) };
      this.#noModel = undefined;
    }
    if (minds !== undefined) {
      const { talkTurn } = await import('./talk-turn.js');
      if (yield* talkTurn(words, turn, minds, context, { runs: this.#runs, signal })) return;
    }
    if (topic !== undefined)
      return yield { reply: await answerTopic(topic, this.state, this.memory(), context.work) };
    if (this.#runs.asking) return yield { reply: note(STAGE_WAITS) };
    yield* wishTurn(words, context, signal);
  }
}

async function* oneNote(text: string): AsyncGenerator<Given> {
  await Promise.resolve();
  yield { reply: note(text) };
}
