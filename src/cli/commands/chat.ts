import { resolve } from 'node:path';
import { assistantOf } from '../../app/assistant.js';
import type { CommandContext } from '../context.js';
import { ChatSession } from '../repl/session.js';

/** A conversation at the terminal, or one read from a pipe line by line. */
export async function run(
  context: CommandContext,
  _args: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { app, cwd, io } = context;
  const folder = (name: string): string | undefined =>
    typeof options[name] === 'string' ? resolve(cwd, options[name]) : undefined;
  const assistant = assistantOf(app);
  const conversation = assistant.open({
    ...(typeof options['chat'] === 'string' ? { name: options['chat'] } : {}),
    data: folder('data'),
    out: folder('out'),
    attended: io.interactive,
    approveAll: options['yes'] === true,
  });
  await new ChatSession(assistant, conversation, context).run();
  return 0;
}
