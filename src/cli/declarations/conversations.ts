import type { Command } from 'commander';
import type { Declare } from './declare.js';
import { execution } from './option-sets.js';

/** Talking with the assistant. */
export function declareConversations(program: Command, declare: Declare): void {
  talking(
    declare(
      program,
      'chat',
      'talk with the assistant in the terminal (also plain `neuroclaw`)',
      'neuroclaw chat --data bids --out study\nneuroclaw chat --out study --chat monday',
      () => import('../commands/chat.js'),
    ),
  );
  talking(
    declare(
      program,
      'ask <words>',
      'say one thing to the assistant: an answer, a question back, or a plan; it never prompts',
      'neuroclaw ask "what is in this dataset?" --data bids\nneuroclaw ask "clean the BOLD runs" --data bids --out study --chat monday --json\nneuroclaw ask yes --out study --chat monday --json',
      () => import('../commands/ask.js'),
    ),
  );
}

/** Options of a conversation. */
function talking(command: Command): Command {
  return execution(command)
    .option('-d, --data <folder>', 'BIDS dataset or folder of DICOMs')
    .option('-o, --out <folder>', 'output folder, which also keeps the conversation')
    .option('--chat <name>', 'go on with the conversation of that name, or begin it')
    .option(
      '--tape <file>',
      'recording of the model: replayed where the file is there, made where it is not',
    );
}
