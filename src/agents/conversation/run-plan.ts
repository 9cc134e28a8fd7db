import type { Actor } from '../../kernel/events.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Finding } from '../../kernel/findings.js';
import type { CompiledStage } from '../../planning/job.js';
import type { Plan } from '../../planning/plan.js';
import {
  note,
  type Note,
  type ProgressReply,
  type Proposal,
  type ProposedStage,
  type Results,
} from '../reply.js';
import type { Workplace } from '../workplace.js';
import { Channel } from './channel.js';
import { RunProgress } from './run-progress.js';

export interface ApprovedRun {
  readonly plan: Plan;
  /** A run to continue. */
  readonly resume?: string | undefined;
  /** Who said yes. */
  readonly actor: Actor;
  /**
   * Whether a stage may start: true, false, or a wait for it. `asked`: what the policy wants a person to know first.
   * `show` puts a stage before the person.
   */
  readonly allow: (
    stage: CompiledStage,
    asked: readonly Finding[],
    show: (stage: ProposedStage) => void,
  ) => boolean | Promise<boolean>;
  readonly signal: AbortSignal;
  /** The name of the run is known. */
  readonly onStart: (run: string) => void;
}

/** Runs a plan and tells how far it is, then how it ended. */
export async function* runApproved(
  { plan, resume, actor, allow, signal, onStart }: ApprovedRun,
  work: Workplace,
): AsyncGenerator<Note | ProgressReply | Proposal | Results> {
  const [{ runPlan }, { resultsOf }, { reportOn }] = await Promise.all([
    import('../../engine/run-plan.js'),
    import('../answers/results.js'),
    import('../../report/report-on.js'),
  ]);
  const world = await work.world();
  const channel = new Channel<ProgressReply | Proposal>();
  const progress = new RunProgress();
  let named = false;
  const running = runPlan(
    {
      plan,
      ...(resume === undefined ? {} : { resume }),
      actor,
      approve: async (stage, concerns) =>
        allow(
          stage,
          concerns.filter(({ code }) => code === 'policy.approval'),
          (shown) => channel.push({ kind: 'plan', plan, stages: [shown], findings: concerns }),
        ),
      signal,
      onEvent: (event) => {
        if (!named) onStart(event.run);
        named = true;
        const reply = progress.take(event);
        if (reply !== undefined) channel.push(reply);
      },
      ...(work.cpus === undefined ? {} : { cpus: work.cpus }),
      ...(work.memoryMb === undefined ? {} : { memoryMb: work.memoryMb }),
      userHeads: work.userHeads,
      secrets: work.secrets(),
    },
    world,
  ).finally(() => channel.end());
  // It is awaited below, after the last piece of progress.
  running.catch(() => undefined);
  yield* channel;
  const outcome = await running;
  work.forget();
  const error = outcome.firstFailure;
  const report = await reportOn(outcome.out, outcome.run);
  if (report.failure !== undefined) yield note(report.failure);
  yield {
    ...(await resultsOf(outcome.out, outcome.run)),
    outcome: outcome.outcome,
    head: outcome.head,
    ...(report.index === undefined ? {} : { report: report.index }),
    ...(error === undefined
      ? {}
      : { error: { code: error.code, message: error.message, hint: error.hint, exit: error.exitCode } }),
  };
}

/** The yes of somebody who is not there: the policy asks, and asking without a person is a no. */
export function denied(asked: readonly Finding[]): NeuroClawError {
  return new NeuroClawError(
    'policy.denied',
    `${asked.map(({ message }) => message).join('; ')}, and nobody is there to say yes`,
    { findings: asked, hint: 'run it where a person can say yes, or allow it in the policy' },
  );
}
