import type { CommandContext } from '../context.js';
import { execute } from '../execute.js';
import { planFrom } from '../request-plan.js';

export async function run(
  context: CommandContext,
  [wish = '']: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const plan = await planFrom(wish, context, options);
  return execute(context, plan, options);
}
