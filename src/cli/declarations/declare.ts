import type { Command } from 'commander';
import type { CommandContext } from '../context.js';

type Handler = (context: CommandContext, args: string[], options: Record<string, unknown>) => Promise<number>;

/** Loads a command only when it is called: `--help` and `--version` stay quick. */
export type CommandLoader = () => Promise<{ run: Handler }>;

export type Dispatch = (
  load: CommandLoader,
  args: string[],
  options: Record<string, unknown>,
) => Promise<void>;

/** Adds one command to its parent: usage, one line about it, an example (or several, a line each), and its module. */
export type Declare = (
  parent: Command,
  usage: string,
  about: string,
  example: string,
  load: CommandLoader,
) => Command;

export function declaring(dispatch: Dispatch): Declare {
  return (parent, usage, about, example, load) => {
    const command = parent
      .command(usage)
      .description(about)
      .option('--json', 'print JSON on stdout, text for people on stderr')
      .helpOption('-h, --help', 'print help')
      .addHelpText('after', `\nExample:\n  ${example.split('\n').join('\n  ')}`)
      .exitOverride();
    command.action(async (...all: unknown[]) => {
      const self = all.at(-1) as Command;
      const args = all
        .slice(0, -2)
        .flatMap((arg) => (Array.isArray(arg) ? arg.map(String) : arg === undefined ? [] : [String(arg)]));
      await dispatch(load, args, self.optsWithGlobals());
    });
    return command;
  };
}
