import { runPlan, type RunOutcome } from '../engine/run-plan.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import type { CompiledStage } from '../planning/job.js';
import type { Plan } from '../planning/plan.js';
import type { CommandContext } from './context.js';
import { Progress } from './progress.js';
import { duration, printError, printFindings } from './render.js';
import { forecast } from '../planning/forecast.js';
import { showStage } from './show-plan.js';

/** A run to continue, and the stages that a person approved before it was interrupted. */
export interface ResumedRun {
  readonly run: string;
  readonly approved: ReadonlySet<string>;
}

/** Runs or resumes a plan with progress and approval, prints the summary, and answers with the exit status. */
export async function execute(
  context: CommandContext,
  plan: Plan,
  options: Record<string, unknown>,
  resume?: ResumedRun,
): Promise<number> {
  const { io, app, signal } = context;
  const { values } = app.settings;
  const world = await app.world();
  const progress = new Progress(io);
  const user = 'user';
  let outcome: RunOutcome;
  try {
    outcome = await runPlan(
      {
        plan,
        ...(resume === undefined ? {} : { resume: resume.run }),
        actor: { kind: 'human', id: options['yes'] === true ? `${user} (--yes)` : user },
        approve: async (stage, concerns) => {
          progress.expect(forecast(stage).seconds);
          if (options['yes'] === true || resume?.approved.has(stage.stage) === true) return true;
          return progress.still(() => approve(stage, concerns, context));
        },
        signal,
        onEvent: (event) => progress.take(event),
        ...(values.cpus === undefined ? {} : { cpus: values.cpus }),
        ...(values.memoryMb === undefined ? {} : { memoryMb: values.memoryMb }),
        hardLinks: options['link'] === true,
        forceUnlock: options['forceUnlock'] === true,
        userHeads: app.userHeads,
        secrets: app.secrets(),
      },
      world,
    );
  } finally {
    progress.close();
  }
  const { reportOn } = await import('../report/report-on.js');
  const { index: report, failure } = await reportOn(outcome.out, outcome.run);
  if (failure !== undefined) io.note(failure);
  const firstFailure = outcome.firstFailure ?? null;
  if (io.json) io.data({ type: 'result', ...outcome, firstFailure, report: report ?? null });
  summarize(outcome, report, context);
  return outcome.exitCode;
}

async function approve(
  stage: CompiledStage,
  concerns: readonly Finding[],
  context: CommandContext,
): Promise<boolean> {
  showStage(stage, context.io);
  printFindings(concerns, context.io);
  if (context.io.interactive) return context.io.confirm(`Run ${stage.jobs.length} jobs?`, context.signal);
  throw new NeuroClawError(
    'policy.approval',
    `stage ${stage.stage} waits for a yes and nobody is at the terminal`,
  );
}

function summarize(outcome: RunOutcome, report: string | undefined, { io, cwd }: CommandContext): void {
  const { counts } = outcome;
  const parts = Object.entries(counts).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []));
  const color = outcome.outcome === 'finished' ? 'green' : outcome.outcome === 'cancelled' ? 'yellow' : 'red';
  io.line(
    `\n${io.style(color, outcome.outcome)} in ${duration(outcome.seconds)}: ${parts.join(', ') || 'no job ran'}`,
  );
  for (const dataset of outcome.datasets) io.line(`  dataset  ${outcome.out}/${dataset}`);
  if (report !== undefined) io.line(`  report   ${io.link(report)}`);
  io.line(`  trace    ${outcome.trace}`);
  io.line(`  head     ${outcome.head.seq} ${outcome.head.hash}`);
  if (outcome.firstFailure !== undefined) printError(outcome.firstFailure, io);
  if (outcome.outcome !== 'finished') {
    const out = outcome.out === cwd ? '' : ` --out ${JSON.stringify(outcome.out)}`;
    io.line(`continue with: neuroclaw resume${out}`);
  }
}
