import { join, resolve } from 'node:path';
import { writeAtomic } from '../../engine/durable.js';
import { fromFileSystem, NeuroClawError } from '../../kernel/errors.js';
import type { CommandContext } from '../context.js';
import { planFrom } from '../request-plan.js';
import { showPlan } from '../show-plan.js';

export async function run(
  context: CommandContext,
  [wish = '']: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, cwd } = context;
  const plan = await planFrom(wish, context, options);
  const file = resolve(
    cwd,
    typeof options['save'] === 'string' ? options['save'] : join(plan.out, 'plan.json'),
  );
  try {
    await writeAtomic(file, `${JSON.stringify(plan, null, 2)}\n`);
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  const stages = await showPlan(plan, context);
  const problem = stages.flatMap(({ findings }) => findings).find((finding) => finding.severity === 'error');
  if (io.json) io.data({ file, plan, stages });
  else {
    const next =
      problem === undefined ? 'run it with' : 'it cannot run as it is; correct what is named above, then';
    io.line(`\nplan written to ${file}\n${next}: neuroclaw run ${JSON.stringify(file)}`);
  }
  // As `run` would end.
  return problem === undefined ? 0 : new NeuroClawError('plan.cannot', problem.message).exitCode;
}
