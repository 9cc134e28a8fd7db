import { join, resolve } from 'node:path';
import { writeAtomic } from '../../engine/durable.js';
import { fromFileSystem } from '../../kernel/errors.js';
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
  if (io.json) io.data({ file, plan, stages });
  else io.line(`\nplan written to ${file}\nrun it with: neuroclaw run ${JSON.stringify(file)}`);
  return 0;
}
