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
  const { app, cwd, io, signal } = context;
  const folder = (name: string): string | undefined =>
    typeof options[name] === 'string' ? resolve(cwd, options[name]) : undefined;
  // A policy that asks about the model is answered here; without a person, asking is a no, which the conversation says.
  if (io.interactive && app.settings.values.model !== undefined)
    await app
      .model((name) => io.confirm(`The policy asks about the model ${name}. May it be asked?`, signal))
      .catch(() => undefined);
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
