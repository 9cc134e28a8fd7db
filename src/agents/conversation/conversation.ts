import { join, resolve } from 'node:path';
import { refuseOutputInData } from '../../engine/output-folder.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Plan } from '../../planning/plan.js';
import { note, type Reply } from '../reply.js';
import { readMemory, type Memory } from '../memory.js';
import type { Minds } from '../minds.js';
import { describeStage } from '../propose-stages.js';
import type { Workplace } from '../workplace.js';
import { answerTopic } from './answer-topic.js';
import type { ChatLog } from './chat-log.js';
import { cannot, draftOf, heldToMemory, planDraft, settle } from './plan-draft.js';
import { readTurn, type Meaning } from './read-turn.js';
import type { Draft, RecordBody } from './record.js';
import { rememberFact, forgetFact } from './remember.js';
import { denied, runApproved } from './run-plan.js';
import { stateOf, type ChatState, type Turn } from './state.js';

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

/** How words begin that change a plan. */
const CHANGES =
  /^(?:but|and|also|no[, ]|not|without|only|just|except|instead|make it|use|set|change|with|add|skip|leave|actually|rather|please (?:use|set|change|leave))\b/i;

/** A reply with what the conversation must keep beside it. */
interface Given {
  readonly reply: Reply;
  readonly draft?: Draft;
  readonly run?: string;
  readonly clears?: true;
}

/**
 * A talk about one dataset and one output folder: words in, typed replies out. Whatever is said and decided is a line
 * of its file before it takes effect, so that killing the process at any moment loses nothing that was said.
 */
export class Conversation {
  readonly #log: ChatLog;
  readonly #work: Workplace;
  readonly #options: ConversationOptions;
  #running: AbortController | undefined;
  /** A stage of the run under way that waits for a yes. */
  #stage: ((yes: boolean) => void) | undefined;

  constructor(log: ChatLog, work: Workplace, options: ConversationOptions) {
    this.#log = log;
    this.#work = work;
    this.#options = options;
    const { data, out } = this.state;
    const folders = {
      ...(options.data === undefined || options.data === data ? {} : { data: options.data }),
      ...(options.out === undefined || options.out === out ? {} : { out: options.out }),
    };
    if (log.records.length === 0) log.append(0, { type: 'opened', planner: 'rules', ...folders });
    else if (Object.keys(folders).length > 0) log.append(this.state.last, { type: 'folders', ...folders });
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
    return this.#running !== undefined;
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
    this.#append(turn, { type: 'said', text });
    const meaning = readTurn(text, before.waiting, this.running);
    for await (const given of this.#guarded(meaning, turn, options.signal)) {
      options.signal?.throwIfAborted();
      yield this.#keep(turn, given);
    }
  }

  /** Says yes to what waits for it, and runs it. */
  approve(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Reply> {
    return this.say('yes', options);
  }

  /** Proposes a plan that was made elsewhere. */
  async *propose(plan: Plan): AsyncGenerator<Reply> {
    const turn = this.state.last + 1;
    this.#append(turn, { type: 'said', text: `(a plan: ${plan.title})` });
    yield this.#keep(turn, { reply: await settle(plan, [], this.#work), clears: true });
  }

  /** Names the data or the output folder. Throws input.invalid for an output folder inside the data. */
  setFolders(folders: { readonly data?: string; readonly out?: string }): void {
    this.#checkFolders(folders);
    this.#work.forget();
    this.#append(this.state.last, { type: 'folders', ...folders });
  }

  /** Stops the run under way; false where there is none. */
  stopRun(): boolean {
    if (this.#running === undefined) return false;
    this.#running.abort(new NeuroClawError('job.cancelled', 'cancelled'));
    this.#stage?.(false);
    return true;
  }

  /** Takes back the last turn. What was run stays: results are never removed. */
  undo(): Reply {
    const last = this.state.turns.at(-1);
    if (last === undefined) return note('there is nothing to take back');
    this.#append(this.state.last, { type: 'undone', of: last.turn });
    const ran = this.#log.records.some(({ type, turn }) => type === 'run' && turn === last.turn);
    return note(
      `"${last.said}" is taken back${ran ? '; its run has happened, and what it committed stays in the output folder' : ''}`,
    );
  }

  /** Lets go of the file. A run under way must have ended. */
  close(): void {
    this.#log.close();
  }

  #checkFolders(named: { readonly data?: string; readonly out?: string }): void {
    const { data = this.state.data, out = this.state.out } = named;
    if (data !== undefined && out !== undefined) refuseOutputInData(out, data);
  }

  #keep(turn: number, { reply, draft, run, clears }: Given): Reply {
    if (reply.kind !== 'progress' && reply.kind !== 'piece')
      this.#append(turn, {
        type: 'reply',
        reply,
        ...(draft === undefined ? {} : { draft }),
        ...(run === undefined ? {} : { run }),
        ...(clears === undefined ? {} : { clears }),
      });
    return reply;
  }

  #append(turn: number, body: RecordBody): void {
    this.#log.append(turn, body);
  }

  #memoryFile(): string {
    const { out } = this.state;
    return out === undefined ? join(this.#work.state, 'memory.md') : join(out, '.neuroclaw', 'memory.md');
  }

  /** A person's mistake is a reply, never an exception. */
  async *#guarded(meaning: Meaning, turn: number, signal: AbortSignal | undefined): AsyncGenerator<Given> {
    try {
      yield* this.#respond(meaning, turn, signal);
    } catch (error) {
      if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
      if (signal?.aborted === true) throw error;
      yield { reply: cannot(error) };
    }
  }

  async *#respond(meaning: Meaning, turn: number, signal: AbortSignal | undefined): AsyncGenerator<Given> {
    switch (meaning.is) {
      case 'undo':
        // Taking back is no turn that could be taken back.
        this.#append(turn, { type: 'undone', of: turn });
        return yield { reply: this.undo() };
      case 'cancel':
        this.stopRun();
        return yield { reply: note('the run is being stopped; "resume" continues it') };
      case 'no':
        return yield* this.#decline(turn);
      case 'yes':
        return yield* this.#accept(turn);
      case 'resume':
        return yield* this.#resume(turn);
      case 'repair':
        return yield* this.#repair(undefined, signal);
      case 'remember':
        return yield { reply: await rememberFact(this.#memoryFile(), meaning.text) };
      case 'forget':
        return yield { reply: await forgetFact(this.#memoryFile(), meaning.text) };
      case 'asks':
      case 'wish': {
        const words = meaning.is === 'asks' ? meaning.topic.text : meaning.text;
        const minds = this.#changesPlan(words) ? undefined : await this.#work.minds();
        if (minds !== undefined && (yield* this.#talk(words, turn, minds, signal))) return;
        if (meaning.is === 'wish') return yield* this.#wish(words, signal);
        return yield { reply: await answerTopic(meaning.topic, this.state, this.memory(), this.#work) };
      }
      case 'answer':
        return yield* this.#take(meaning.id, meaning.value, turn, signal);
    }
  }

  /** Lets the assistant's model answer; false where it could not, and the rules must. */
  async *#talk(
    words: string,
    turn: number,
    minds: Minds,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Given, boolean> {
    const { talk } = await import('./talk.js');
    const { data, turns, waiting } = this.state;
    const memory = this.memory();
    const parts = talk(words, {
      minds,
      privacy: await minds.privacy(data),
      turns: turns.filter((each) => each.turn !== turn),
      waiting:
        waiting === undefined
          ? 'Nothing waits for the person.'
          : waiting.for === 'answer'
            ? 'A question waits for the person.'
            : 'A plan waits for the yes of the person.',
      about: (topic) => answerTopic(topic, this.state, memory, this.#work),
      signal,
    });
    try {
      for await (const part of parts) {
        if (part.does === 'says') yield { reply: { kind: 'piece', text: part.text } };
        else if (part.does === 'waits')
          yield { reply: note(`${part.reason}; asked again in ${Math.ceil(part.seconds)} s`) };
        else if (part.does === 'answers')
          yield {
            reply: {
              kind: 'answer',
              about: 'talk',
              text: part.text,
              facts: { by: minds.model.name, looked: [...part.looked] },
              sources: [],
            },
          };
        else if (this.#stage !== undefined)
          yield { reply: note('a stage of the run waits: say yes or no to it first') };
        else yield* this.#plan({ ...draftOf(part.wish), agent: part.agent }, signal, true);
      }
      return true;
    } catch (error) {
      if (!(error instanceof NeuroClawError) || signal?.aborted === true) throw error;
      if (error.errorClass !== 'provider' && error.errorClass !== 'budget') throw error;
      yield { reply: note(`the model could not answer (${error.message}): the rules do`) };
      return false;
    }
  }

  async *#wish(text: string, signal: AbortSignal | undefined): AsyncGenerator<Given> {
    if (this.#stage !== undefined)
      return yield { reply: note('a stage of the run waits: say yes or no to it first') };
    const { waiting } = this.state;
    const open = waiting?.for === 'approval' || waiting?.for === 'answer' ? waiting.draft : undefined;
    if (open !== undefined && this.#changesPlan(text)) {
      const draft = { ...open, amendments: [...open.amendments, text] };
      return yield* this.#plan(draft, signal, false);
    }
    yield* this.#plan(draftOf(text), signal, true);
  }

  /** Whether words change the plan at hand rather than wish for another. */
  #changesPlan(text: string): boolean {
    const { waiting } = this.state;
    if (waiting === undefined || waiting.for === 'start' || waiting.draft === undefined) return false;
    return CHANGES.test(text);
  }

  async *#take(
    id: string,
    value: string,
    turn: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Given> {
    const { waiting } = this.state;
    if (waiting?.for !== 'answer') return;
    const { draft } = waiting;
    if (id === 'data' || id === 'out') {
      const named = id === 'data' ? { data: resolve(value) } : { out: resolve(value) };
      this.#checkFolders(named);
      this.#append(turn, { type: 'folders', ...named });
      return yield* this.#plan(draft, signal, false);
    }
    const [kind, name = ''] = id.split(/[.-](.*)/s);
    if (kind === 'input')
      return yield* this.#plan(
        { ...draft, inputs: { ...draft.inputs, [name]: resolve(value) } },
        signal,
        false,
      );
    if (kind === 'param')
      return yield* this.#plan({ ...draft, settings: { ...draft.settings, [name]: value } }, signal, false);
    if (kind === 'series')
      return yield* this.#plan({ ...draft, series: { ...draft.series, [name]: value } }, signal, false);
    yield* this.#plan({ ...draft, amendments: [...draft.amendments, value] }, signal, false);
  }

  async *#plan(draft: Draft, signal: AbortSignal | undefined, fresh: boolean): AsyncGenerator<Given> {
    if (draft.repair !== undefined) return yield* this.#repair(draft, signal);
    const { data, out } = this.state;
    if (data === undefined || out === undefined) {
      const id = data === undefined ? 'data' : 'out';
      const text =
        data === undefined
          ? 'which data? The folder of a BIDS dataset, or of DICOMs'
          : 'where should the results go? A folder outside the data';
      const question = { id, text, choices: [], set: `its path, or --${id} FOLDER` };
      return yield { reply: { kind: 'question', questions: [question] }, draft };
    }
    this.#work.forget();
    const { exclude, prefer } = this.memory();
    const notices: string[] = [];
    const tell = (notice: string): void => void notices.push(notice);
    const reply = await planDraft(draft, { data, out, exclude, prefer, signal, tell }, this.#work);
    for (const notice of notices) yield { reply: note(notice) };
    yield reply.kind === 'cannot' ? { reply, ...(fresh ? { clears: true } : {}) } : { reply, draft };
  }

  async *#decline(turn: number): AsyncGenerator<Given> {
    const { waiting } = this.state;
    if (waiting === undefined) return yield { reply: note('nothing waits for a decision') };
    this.#append(turn, { type: 'decided', decision: 'declined', by: this.#person() });
    this.#stage?.(false);
    this.#stage = undefined;
    await Promise.resolve();
    yield {
      reply: note(waiting.for === 'answer' ? 'the question is dropped' : 'the plan is dropped; nothing ran'),
    };
  }

  async *#accept(turn: number): AsyncGenerator<Given> {
    const { waiting } = this.state;
    if (this.#stage !== undefined) {
      this.#append(turn, { type: 'decided', decision: 'approved', by: this.#person() });
      const go = this.#stage;
      this.#stage = undefined;
      go(true);
      return yield { reply: note('it goes on') };
    }
    if (waiting === undefined || waiting.for === 'answer') {
      const open = waiting?.questions[0]?.text;
      return yield {
        reply: note(
          open === undefined ? 'nothing waits for a yes: say what you want to do' : `first: ${open}`,
        ),
      };
    }
    if (this.running) return yield { reply: note('a run is under way: wait for it, or say "stop"') };
    if (waiting.for === 'approval')
      this.#append(turn, { type: 'decided', decision: 'approved', by: this.#person() });
    yield* this.#run(turn, waiting.plan, waiting.shown, waiting.run);
  }

  async *#resume(turn: number): AsyncGenerator<Given> {
    const { waiting, out, run } = this.state;
    if (waiting?.for === 'start') return yield* this.#run(turn, waiting.plan, waiting.shown, waiting.run);
    if (out === undefined) return yield { reply: note('there is no output folder, and nothing to resume') };
    if (this.running) return yield { reply: note('a run is under way already') };
    const { findRun, planOfRun } = await import('../../engine/runs.js');
    const found = findRun(out, run?.id);
    const approved = found.run === run?.id ? run.approved : [];
    yield* this.#run(turn, planOfRun(out, found.paths), approved, found.run);
  }

  /** Proposes a plan with what failed mended: of the run of the draft, else of the last one here, else of the folder. */
  async *#repair(draft: Draft | undefined, signal: AbortSignal | undefined): AsyncGenerator<Given> {
    const { data, out, run: last } = this.state;
    if (out === undefined) return yield { reply: note('there is no output folder, and nothing to repair') };
    if (this.running) return yield { reply: note('a run is under way: wait for it, or say "stop"') };
    const { offerRepair, repairAnswer } = await import('../answers/repair.js');
    const wish = { out, run: draft?.repair ?? last?.id, said: draft?.amendments ?? [], signal };
    this.#work.forget();
    const offer = await offerRepair(wish, this.#work, await this.#work.minds());
    yield { reply: repairAnswer(offer) };
    for (const notice of offer.notices) yield { reply: note(notice) };
    const { plan, by, questions, run } = offer;
    const next: Draft = { ...(draft ?? draftOf('')), repair: run };
    if (questions !== undefined) return yield { reply: { kind: 'question', questions }, draft: next };
    if (plan === undefined) return;
    if (by === 'table') return yield { reply: await settle(plan, [], this.#work), clears: true };
    const held =
      data === undefined
        ? plan
        : await heldToMemory(
            plan,
            this.memory().exclude,
            [plan.request, ...next.amendments],
            data,
            this.#work,
          );
    yield { reply: await settle(held, [], this.#work), draft: next, clears: true };
  }

  /** Runs a plan whose stages `shown` were approved. */
  async *#run(
    turn: number,
    plan: Plan,
    shown: readonly string[],
    resume: string | undefined,
  ): AsyncGenerator<Given> {
    const running = new AbortController();
    this.#running = running;
    const approved = new Set([...shown, ...(resume === undefined ? [] : await this.#approvedBefore(resume))]);
    let run = resume ?? '';
    const { approveAll = false, attended = false } = this.#options;
    try {
      const replies = runApproved(
        {
          plan,
          resume,
          actor: { kind: 'human', id: this.#person() },
          allow: (stage, asked, show) => {
            if (asked.length > 0 && !attended) throw denied(asked);
            if (asked.length === 0 && (approved.has(stage.stage) || approveAll)) return true;
            show(describeStage(stage));
            if (!attended) return false;
            return new Promise((decide) => (this.#stage = decide));
          },
          signal: running.signal,
          onStart: (id) => {
            run = id;
            this.#append(turn, { type: 'run', run: id, state: 'started' });
          },
        },
        this.#work,
      );
      for await (const reply of replies) {
        if (reply.kind === 'results')
          this.#append(turn, { type: 'run', run: reply.run, state: reply.outcome });
        yield reply.kind === 'plan' ? { reply, run } : { reply };
      }
    } finally {
      this.#running = undefined;
      this.#stage = undefined;
    }
  }

  async #approvedBefore(run: string): Promise<ReadonlySet<string>> {
    const { out } = this.state;
    if (out === undefined) return new Set();
    const [{ approvedStages }, { findRun }] = await Promise.all([
      import('../../engine/recover.js'),
      import('../../engine/runs.js'),
    ]);
    return approvedStages(findRun(out, run).paths.trace);
  }

  #person(): string {
    return `${this.#options.person ?? 'user'} (conversation ${this.name})`;
  }
}
