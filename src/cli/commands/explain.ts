import { existsSync } from 'node:fs';
import { explainPlan } from '../../engine/explain.js';
import { findRun, planOfRun } from '../../engine/runs.js';
import type { Plan } from '../../planning/plan.js';
import type { CommandContext } from '../context.js';
import { outFolder } from '../out-folder.js';
import { showExplanation } from '../show-explanation.js';
import { withOptions } from '../plan-options.js';
import { planFrom } from '../request-plan.js';

export async function run(
  context: CommandContext,
  [name]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, app } = context;
  const plan = await planToExplain(name, context, options);
  const stages = await explainPlan(plan, await app.world());
  if (io.json) io.data({ out: plan.out, stages });
  else for (const stage of stages) showExplanation(stage, io);
  return 0;
}

/** A plan file, a wish, or the plan of a run that was made; `--set` changes it, to see what would rerun. */
async function planToExplain(
  name: string | undefined,
  context: CommandContext,
  options: Record<string, unknown>,
): Promise<Plan> {
  if (name !== undefined && (existsSync(name) || typeof options['data'] === 'string'))
    return planFrom(name, context, options);
  const out = outFolder(context, options);
  return withOptions(
    planOfRun(out, findRun(out, name).paths),
    options,
    context.cwd,
    await context.app.pipelines(),
  );
}
