import { offerRepair, type RepairOffer } from '../../agents/answers/repair.js';
import { settle } from '../../agents/conversation/plan-draft.js';
import { assistantOf } from '../../app/assistant.js';
import type { RepairProposal } from '../../engine/propose-repairs.js';
import { findRun, planOfRun } from '../../engine/runs.js';
import { errorClasses, errorCodes } from '../../kernel/error-codes.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { describePlanChange, repairPlan, type PlanChange } from '../../planning/repair/repair-plan.js';
import type { Plan } from '../../planning/plan.js';
import type { CommandContext } from '../context.js';
import { execute } from '../execute.js';
import type { Io } from '../io.js';
import { outFolder } from '../out-folder.js';
import { showReply } from '../show-reply.js';

/**
 * Shows what is known of the failures of a run, and what the orchestrator of it proposes where a model is configured; with a
 * yes, or `--apply` with numbers of the table of known failures, runs the changed plan.
 */
export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, app, signal } = context;
  const out = outFolder(context, options);
  const { workplace } = assistantOf(app);
  // Who names numbers has chosen from the table: no model is asked.
  const minds = options['apply'] === undefined ? await workplace.minds() : undefined;
  const offer = await offerRepair({ out, run: name, signal }, workplace, minds);
  if (io.json && options['apply'] === undefined) io.data(offer);
  show(offer, io);
  for (const notice of offer.notices) io.line(`\n${notice}`);
  for (const { text } of offer.questions ?? []) io.line(`\nthe orchestrator asks: ${text}`);
  if (offer.by === 'model' && offer.plan !== undefined) {
    io.line(`\nproposed by ${offer.plan.origin.repairs?.at(-1)?.proposed_by ?? ''}:`);
    showReply(await settle(offer.plan, [], workplace), io);
    if (await agreed(options, io, signal)) return execute(context, offer.plan, options);
  }
  if (offer.questions !== undefined) return errorClasses[errorCodes['plan.question'].class].exit;
  const plan = await planOfTable(offer, out, options, io, signal);
  return plan === undefined ? 0 : execute(context, plan, options);
}

async function agreed(options: Record<string, unknown>, io: Io, signal: AbortSignal): Promise<boolean> {
  if (options['yes'] === true) return true;
  return io.interactive ? io.confirm('Run this plan?', signal) : false;
}

async function planOfTable(
  offer: RepairOffer,
  out: string,
  options: Record<string, unknown>,
  io: Io,
  signal: AbortSignal,
): Promise<Plan | undefined> {
  const offered = offer.diagnoses.flatMap(({ proposals }) => proposals);
  if (offered.length === 0 || offer.failed === undefined) return undefined;
  const chosen = await choose(offered, offer, options, io, signal);
  if (chosen.length === 0) return undefined;
  return repairPlan(planOfRun(out, findRun(out, offer.run).paths), offer.failed, chosen);
}

async function choose(
  offered: readonly PlanChange[],
  { diagnoses }: RepairProposal,
  options: Record<string, unknown>,
  io: Io,
  signal: AbortSignal,
): Promise<readonly PlanChange[]> {
  if (Array.isArray(options['apply'])) {
    return options['apply'].map((text) => {
      const change = offered[Number(text) - 1];
      if (change !== undefined) return change;
      throw new NeuroClawError('usage.arguments', `there is no proposal ${String(text)}`, {
        expected: `1 to ${offered.length}`,
      });
    });
  }
  const first = diagnoses.flatMap(({ proposals }) => proposals.slice(0, 1));
  if (options['yes'] === true) return first;
  if (!io.interactive) {
    io.line('\napply with: neuroclaw repair --apply NUMBER …, or --yes for the first of each');
    return [];
  }
  const chosen: PlanChange[] = [];
  for (const change of offered)
    if (await io.confirm(`${describePlanChange(change)}?`, signal)) chosen.push(change);
  return chosen;
}

function show({ run, round, rounds, diagnoses }: RepairProposal, io: Io): void {
  if (diagnoses.length === 0) {
    io.line(`run ${run} has no failure`);
    return;
  }
  io.line(`run ${run}, repair ${Math.min(round, rounds)} of ${rounds}`);
  let number = 0;
  for (const { failure, what, why, proposals, person } of diagnoses) {
    const of = failure.job ?? (failure.stage === '' ? 'the run' : `stage ${failure.stage}`);
    io.line(`\n${io.style('red', of)}: ${what}`);
    io.line(`  said    ${failure.message.split('\n')[0] ?? ''}`);
    io.line(`  why     ${why}`);
    for (const change of proposals)
      io.line(`  ${String((number += 1)).padStart(2)}.     ${describePlanChange(change)}`);
    io.line(`  you     ${person}`);
  }
}
