import { proposeRepairs, type RepairProposal } from '../../engine/propose-repairs.js';
import { findRun, planOfRun } from '../../engine/runs.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { describePlanChange, repairPlan, type PlanChange } from '../../planning/repair/repair-plan.js';
import type { CommandContext } from '../context.js';
import { execute } from '../execute.js';
import type { Io } from '../io.js';
import { outFolder } from '../out-folder.js';

/** Shows what is known of the failures of a run; with a yes, or `--apply`, runs the plan with what was chosen changed. */
export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, app, signal } = context;
  const out = outFolder(context, options);
  const [{ pipelines }, { skills }] = await Promise.all([app.pipelines(), app.skills()]);
  const proposal = await proposeRepairs(out, name, { pipelines, skills });
  const offered = proposal.diagnoses.flatMap(({ proposals }) => proposals);
  if (io.json && options['apply'] === undefined) io.data(proposal);
  show(proposal, io);
  if (offered.length === 0) return 0;
  const chosen = await choose(offered, proposal, options, io, signal);
  if (chosen.length === 0) return 0;
  const plan = repairPlan(planOfRun(out, findRun(out, proposal.run).paths), proposal.run, chosen);
  return execute(context, plan, options);
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
