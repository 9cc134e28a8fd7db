import { existsSync } from 'node:fs';
import { explainPlan } from '../../engine/explain.js';
import { explainParticipant, type ParticipantStory } from '../../engine/explain-participant.js';
import { findRun, planOfRun } from '../../engine/runs.js';
import { whatIf, type WhatIf } from '../../engine/what-if.js';
import type { Plan } from '../../planning/plan.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { outFolder } from '../out-folder.js';
import { withOptions } from '../plan-options.js';
import { duration } from '../render.js';
import { loaded, planFrom } from '../request-plan.js';
import { showExplanation } from '../show-explanation.js';

export async function run(
  context: CommandContext,
  [name, participant]: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, app } = context;
  const label = participant ?? (name?.startsWith('sub-') === true ? name : undefined);
  if (label !== undefined) {
    const of = participant === undefined ? undefined : name;
    const story = await explainParticipant(outFolder(context, options), of, label);
    if (io.json) io.data(story);
    else tell(story, io);
    return 0;
  }
  if (name !== undefined && (existsSync(name) || typeof options['data'] === 'string')) {
    const plan = await planFrom(name, context, options);
    const stages = await explainPlan(plan, await app.world());
    if (io.json) io.data({ out: plan.out, stages });
    else for (const stage of stages) showExplanation(stage, io);
    return 0;
  }
  const out = outFolder(context, options);
  const plan = planOfRun(out, findRun(out, name).paths);
  const changed = withOptions(plan, options, context.cwd, await loaded(app));
  const answer = await whatIf(plan, changed, await app.world());
  if (io.json) io.data({ out, ...answer });
  else {
    for (const stage of answer.stages) showExplanation(stage, io);
    if (isChanged(plan, changed)) summarize(answer, io);
  }
  return 0;
}

function isChanged(before: Plan, after: Plan): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

function summarize({ reused, reruns, fresh, gone, seconds, measured }: WhatIf, io: Io): void {
  const time =
    seconds === undefined
      ? ''
      : `, which took ${duration(seconds)} when they last ran (${measured} measured)`;
  io.line(
    io.style(
      'bold',
      `with this change ${reruns.length} jobs run again${time}; ${reused.length} results are reused`,
    ),
  );
  if (fresh.length > 0) io.line(`${fresh.length} jobs are new`);
  if (gone.length > 0) io.line(`${gone.length} jobs are no longer part of the plan`);
}

function tell({ run: id, participant, state, reasons, done, planned }: ParticipantStory, io: Io): void {
  const color = state === 'complete' ? 'green' : state === 'incomplete' ? 'yellow' : 'red';
  io.line(
    `sub-${participant} in run ${id}: ${io.style(color, state)}, ${done} of ${planned} jobs have a result`,
  );
  for (const { stage, kind, what, job, checks, skipped } of reasons) {
    io.line(`  ${kind}  ${job ?? `stage ${stage}`}: ${what}`);
    if (checks !== undefined) io.line(`    checks that failed: ${checks.join(', ')}`);
    if (skipped !== undefined) io.line(`    skipped for it: ${skipped.join(', ')}`);
  }
}
