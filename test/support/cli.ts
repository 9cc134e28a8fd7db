import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectFolder } from './data.js';

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The folder of skills, environments and pipelines made of coreutils that the engine is tested with. */
export const labFolder = join(projectFolder, 'test', 'fixtures', 'lab');

/** Environment of a command: nothing of the person who runs the tests but PATH. */
export function cliEnvironment(state: string, more: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: state, XDG_STATE_HOME: state, ...more };
}

export const labSettings = {
  NEUROCLAW_SKILLS: join(labFolder, 'skills'),
  NEUROCLAW_AGENTS: join(labFolder, 'agents'),
  NEUROCLAW_ENVIRONMENTS: join(labFolder, 'environments'),
  NEUROCLAW_ALLOW_HOST: '1',
};

/** Runs a command with lines on its standard input, as a script that is piped in. */
export async function pipeCli(
  args: readonly string[],
  lines: readonly string[],
  env: Record<string, string>,
): Promise<CliResult> {
  const child = spawn(process.execPath, [join(projectFolder, 'dist', 'cli', 'main.js'), ...args], { env });
  child.stdin.end(`${lines.join('\n')}\n`);
  return gather(child);
}

/** Starts the built program, as a person would. */
export function startCli(
  args: readonly string[],
  env: Record<string, string>,
  cwd?: string,
  user: { uid: number; gid: number } | undefined = undefined,
): ChildProcess {
  return spawn(process.execPath, [join(projectFolder, 'dist', 'cli', 'main.js'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...user,
  });
}

export async function runCli(
  args: readonly string[],
  env: Record<string, string>,
  cwd?: string,
  user?: { uid: number; gid: number },
): Promise<CliResult> {
  return gather(startCli(args, env, cwd, user));
}

async function gather(child: ChildProcess): Promise<CliResult> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
