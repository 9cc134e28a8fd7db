import { resolve } from 'node:path';
import type { Reply } from '../../agents/reply.js';
import { assistantOf } from '../../app/assistant.js';
import { errorClasses, errorCodes } from '../../kernel/error-codes.js';
import type { CommandContext } from '../context.js';
import { showReply } from '../show-reply.js';

/** One turn of a conversation, for scripts: no prompt ever. With `--yes` a plan that comes of it is run. */
export async function run(
  context: CommandContext,
  [text = '']: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, app, cwd, signal } = context;
  const folder = (name: string): string | undefined =>
    typeof options[name] === 'string' ? resolve(cwd, options[name]) : undefined;
  const conversation = assistantOf(app).open({
    ...(typeof options['chat'] === 'string' ? { name: options['chat'] } : {}),
    data: folder('data'),
    out: folder('out'),
    person: options['yes'] === true ? 'user (--yes)' : 'user',
    approveAll: options['yes'] === true,
  });
  const stop = (): void => void conversation.stopRun();
  signal.addEventListener('abort', stop);
  const replies: Reply[] = [];
  const take = async (turn: AsyncIterable<Reply>): Promise<void> => {
    for await (const reply of turn) {
      if (reply.kind === 'piece') continue;
      if (reply.kind === 'progress') {
        if (!io.json) showReply(reply, io);
        continue;
      }
      replies.push(reply);
      if (!io.json) showReply(reply, io);
    }
  };
  try {
    await take(conversation.say(text));
    if (options['yes'] === true && replies.at(-1)?.kind === 'plan') await take(conversation.approve());
  } finally {
    signal.removeEventListener('abort', stop);
    conversation.close();
  }
  const last = replies.at(-1);
  if (io.json)
    io.data({
      conversation: conversation.name,
      file: conversation.file,
      waiting: waitingFor(last),
      cost: conversation.spent ?? null,
      replies,
    });
  else if (last?.kind === 'plan' || last?.kind === 'question')
    io.note(
      `go on with: neuroclaw ask "${last.kind === 'plan' ? 'yes' : '…'}" --chat ${conversation.name}${out(options)}`,
    );
  return exitOf(last);
}

function out(options: Record<string, unknown>): string {
  return typeof options['out'] === 'string' ? ` --out ${JSON.stringify(options['out'])}` : '';
}

function waitingFor(last: Reply | undefined): 'approval' | 'answer' | null {
  return last?.kind === 'plan' ? 'approval' : last?.kind === 'question' ? 'answer' : null;
}

/** 0 for an answer and a plan, the exit of the run for results, the table's for questions and refusals. */
function exitOf(last: Reply | undefined): number {
  switch (last?.kind) {
    case 'question':
      return errorClasses[errorCodes['plan.question'].class].exit;
    case 'cannot':
      return errorClasses[errorCodes['plan.cannot'].class].exit;
    case 'results':
      return last.error?.exit ?? (last.outcome === 'cancelled' ? errorClasses.cancelled.exit : 0);
    default:
      return 0;
  }
}
