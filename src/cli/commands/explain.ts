import { existsSync } from 'node:fs';
import { explainPlan, type StageExplanation } from '../../engine/explain.js';
import { findRun, planOfRun } from '../../engine/runs.js';
import type { Plan } from '../../planning/plan.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { outFolder } from '../out-folder.js';
import { printFindings, table } from '../render.js';
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
  else for (const stage of stages) show(stage, io);
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

function show(stage: StageExplanation, io: Io): void {
  io.line(io.style('bold', `stage ${stage.stage}`));
  if (stage.after !== undefined) io.line(`  compiled after ${stage.after}`);
  printFindings(stage.findings, io, 10);
  const colors = {
    committed: 'green',
    new: 'cyan',
    changed: 'yellow',
    damaged: 'red',
    follows: 'cyan',
    cannot: 'red',
  } as const;
  for (const [index, line] of table(
    stage.jobs.map((job) => [`  ${job.verdict}`, job.job, job.why]),
  ).entries()) {
    const verdict = stage.jobs[index]?.verdict ?? 'new';
    io.line(line.replace(verdict, io.style(colors[verdict], verdict)));
  }
  const would = stage.jobs.filter((job) => job.verdict !== 'committed' && job.verdict !== 'cannot').length;
  if (stage.jobs.length > 0)
    io.line(would === 0 ? '  nothing to do' : `  ${would} of ${stage.jobs.length} jobs would run`);
}
