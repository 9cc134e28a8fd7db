import type { Actor } from '../../kernel/events.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Plan } from '../../planning/plan.js';
import { describeStage } from '../propose-stages.js';
import { note } from '../reply.js';
import type { Context, Given } from './context.js';
import { denied, runApproved } from './run-plan.js';

export interface RunRules {
  /** Every stage of an approved plan may start; what the policy asks about still needs a person. */
  readonly approveAll: boolean;
  /** Somebody is there to answer while a run waits. */
  readonly attended: boolean;
}

/**
 * What a conversation runs: at most one run at a time, begun by a yes or by "resume", and ended by itself, by "stop", or by
 * a no to one of its stages. Every decision is written down before it takes effect.
 */
export class RunTurns {
  readonly #context: Context;
  readonly #rules: RunRules;
  #running: AbortController | undefined;
  /** A stage of the run under way that waits for a yes. */
  #stage: ((yes: boolean) => void) | undefined;

  constructor(context: Context, rules: RunRules) {
    this.#context = context;
    this.#rules = rules;
  }

  /** A run is under way in this process. */
  get active(): boolean {
    return this.#running !== undefined;
  }

  /** A stage of it waits for a yes. */
  get asking(): boolean {
    return this.#stage !== undefined;
  }

  /** Stops the run under way; false where there is none. */
  stop(): boolean {
    if (this.#running === undefined) return false;
    this.#running.abort(new NeuroClawError('job.cancelled', 'cancelled'));
    this.#stage?.(false);
    return true;
  }

  /** A no: to the stage or the plan that waits, or to the question. */
  async *decline(turn: number): AsyncGenerator<Given> {
    const { state, append, person } = this.#context;
    const { waiting } = state();
    if (waiting === undefined) return yield { reply: note('nothing waits for a decision') };
    append(turn, { type: 'decided', decision: 'declined', by: person });
    this.#stage?.(false);
    this.#stage = undefined;
    await Promise.resolve();
    yield {
      reply: note(waiting.for === 'answer' ? 'the question is dropped' : 'the plan is dropped; nothing ran'),
    };
  }

  /**
   * A yes: to the stage of the run that waits, else to the plan that does, which is then run. `by`: who says it, where it
   * is not the person.
   */
  async *accept(turn: number, by?: Actor): AsyncGenerator<Given> {
    const { state, append, person } = this.#context;
    const { waiting } = state();
    if (this.#stage !== undefined) {
      append(turn, { type: 'decided', decision: 'approved', by: person });
      const go = this.#stage;
      this.#stage = undefined;
      go(true);
      return yield { reply: note('it goes on') };
    }
    if (waiting === undefined || waiting.for === 'answer') {
      const open = waiting?.questions[0]?.text;
      const text = open === undefined ? 'nothing waits for a yes: say what you want to do' : `first: ${open}`;
      return yield { reply: note(text) };
    }
    if (this.active) return yield { reply: note(UNDER_WAY) };
    if (waiting.for === 'approval')
      append(turn, { type: 'decided', decision: 'approved', by: by?.id ?? person });
    yield* this.#run(turn, waiting.plan, waiting.shown, waiting.run, by);
  }

  /** Starts what a yes was given to, else goes on with the last run of the conversation or of the folder. */
  async *resume(turn: number): AsyncGenerator<Given> {
    const { waiting, out, run } = this.#context.state();
    if (waiting?.for === 'start') return yield* this.#run(turn, waiting.plan, waiting.shown, waiting.run);
    if (out === undefined) return yield { reply: note('there is no output folder, and nothing to resume') };
    if (this.active) return yield { reply: note('a run is under way already') };
    const { findRun, planOfRun } = await import('../../engine/runs.js');
    const found = findRun(out, run?.id);
    const approved = found.run === run?.id ? run.approved : [];
    yield* this.#run(turn, planOfRun(out, found.paths), approved, found.run);
  }

  /** Runs a plan whose stages `shown` were approved. */
  async *#run(
    turn: number,
    plan: Plan,
    shown: readonly string[],
    resume: string | undefined,
    by?: Actor,
  ): AsyncGenerator<Given> {
    const { append, person, work } = this.#context;
    const running = new AbortController();
    this.#running = running;
    const approved = new Set([...shown, ...(resume === undefined ? [] : await this.#approvedBefore(resume))]);
    let run = resume ?? '';
    const { approveAll, attended } = this.#rules;
    try {
      const replies = runApproved(
        {
          plan,
          resume,
          actor: by ?? { kind: 'human', id: person },
          allow: (stage, asked, show) => {
            if (asked.length > 0 && !attended) throw denied(asked);
            if (asked.length === 0 && (approved.has(stage.stage) || approveAll || by !== undefined))
              return true;
            show(describeStage(stage));
            if (!attended) return false;
            return new Promise((decide) => (this.#stage = decide));
          },
          signal: running.signal,
          onStart: (id) => {
            run = id;
            append(turn, { type: 'run', run: id, state: 'started' });
          },
        },
        work,
      );
      for await (const reply of replies) {
        if (reply.kind === 'results') append(turn, { type: 'run', run: reply.run, state: reply.outcome });
        yield reply.kind === 'plan' ? { reply, run } : { reply };
      }
    } finally {
      this.#running = undefined;
      this.#stage = undefined;
    }
  }

  async #approvedBefore(run: string): Promise<ReadonlySet<string>> {
    const { out } = this.#context.state();
    if (out === undefined) return new Set();
    const [{ approvedStages }, { findRun }] = await Promise.all([
      import('../../engine/recover.js'),
      import('../../engine/runs.js'),
    ]);
    return approvedStages(findRun(out, run).paths.trace);
  }
}

/** One run at a time. */
export const UNDER_WAY = 'a run is under way: wait for it, or say "stop"';

/** Nothing else is planned while a stage of a run waits. */
export const STAGE_WAITS = 'a stage of the run waits: say yes or no to it first';
