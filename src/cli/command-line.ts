import { CommanderError } from 'commander';
import { NeuroClaw } from '../app/neuroclaw.js';
import { processEnvironment } from '../config/environment.js';
import { loadSettings, type Settings } from '../config/settings.js';
import { NeuroClawError } from '../kernel/errors.js';
import { createIo, type Io } from './io.js';
import type { CommandLoader } from './declarations/declare.js';
import { buildProgram, usageError } from './program.js';
import { printError } from './render.js';

/** Parses the command line, runs the command, and answers with the exit status. */
export async function runCommandLine(argv: readonly string[], version: string): Promise<number> {
  // Before anything prints: help and completion are cut short, too.
  process.stdout.on('error', leaveQuietly);
  let exit = 0;
  const program = buildProgram(version, async (load, args, options) => {
    exit = await runCommand(load, args, options, version);
  });
  const talks = argv.length === 0 && process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (argv.length === 0 && !talks) {
    program.outputHelp();
    return 0;
  }
  if (argv[0] === '__complete') {
    const { completions } = await import('./completions.js');
    process.stdout.write(`${(await completions(program, argv.slice(1))).join('\n')}\n`);
    return 0;
  }
  try {
    await program.parseAsync(talks ? ['chat'] : [...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed the message already, with help where it helps.
    return usageError(error)?.exitCode ?? 0;
  }
  return exit;
}

async function runCommand(
  load: CommandLoader,
  args: string[],
  options: Record<string, unknown>,
  version: string,
): Promise<number> {
  const streams = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  let io: Io = createIo(streams, { json: options['json'] === true, color: 'auto', links: false });
  const interruption = new AbortController();
  let interrupts = 0;
  const onSignal = (): void => {
    interrupts += 1;
    if (interrupts === 1) {
      io.note('stopping the jobs under way (once more to leave at once) ...');
      interruption.abort(new NeuroClawError('job.cancelled', 'cancelled'));
    } else {
      process.exit(130);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  let app: NeuroClaw | undefined;
  try {
    const settings = loadSettings({ env: processEnvironment(), flags: settingFlags(options) });
    const { color, links } = settings.values;
    io = createIo(streams, { json: options['json'] === true, color, links });
    app = new NeuroClaw(settings, version);
    const command = await load();
    return await command.run(
      { io, app, signal: interruption.signal, version, cwd: process.cwd() },
      args,
      options,
    );
  } catch (error) {
    io.live([]);
    if (interruption.signal.aborted && !(error instanceof NeuroClawError)) return 130;
    if (io.json && error instanceof NeuroClawError) io.data({ error });
    printError(error, io);
    return error instanceof NeuroClawError ? error.exitCode : 1;
  } finally {
    await app?.close();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** `neuroclaw ... | head`: the reader has seen enough. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}

function settingFlags(options: Record<string, unknown>): Partial<Settings> {
  const flags: { -readonly [Name in keyof Settings]?: Settings[Name] } = {};
  if (options['color'] !== undefined) flags.color = options['color'] as Settings['color'];
  if (options['cpus'] !== undefined) flags.cpus = options['cpus'] as number;
  if (options['memory'] !== undefined) flags.memoryMb = options['memory'] as number;
  if (options['allowHost'] === true) flags.allowHost = true;
  if (options['runtime'] !== undefined) flags.runtime = options['runtime'] as 'docker';
  if (options['lock'] !== undefined) flags.lock = options['lock'] as string;
  if (options['tape'] !== undefined) flags.tape = options['tape'] as string;
  return flags;
}
