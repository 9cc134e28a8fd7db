import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';
import { processEnvironment } from '../../../config/environment.js';
import { NeuroClawError } from '../../../kernel/errors.js';
import type { InstallPlan, InstallStep } from '../../install-plan.js';
import { findExecutables } from '../host/find-executables.js';

export interface InstallOptions {
  /** File that every command, what it said and how it ended are written to. */
  readonly log: string;
  /** The conditions of use that the person accepted, by name. */
  readonly accepted: readonly string[];
  /** A person sits there: `sudo` may ask for a password. */
  readonly interactive: boolean;
  readonly onStep: (step: InstallStep) => void;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface SmokeResult {
  readonly argv: readonly string[];
  /** The line that holds what was expected. */
  readonly text: string;
}

/**
 * Runs an approved installation step by step and stops at the first that fails; then tries the tools. Everything goes to
 * the log. Throws `preflight.terms`, `preflight.installer` (a program that the steps need is missing, a step failed, a
 * tool does not start), `job.cancelled`.
 */
export async function runInstall(plan: InstallPlan, options: InstallOptions): Promise<SmokeResult[]> {
  const { environment, terms, steps, source, path } = plan;
  const log = (text: string): Promise<void> => appendFile(options.log, `${text}\n`);
  await mkdir(dirname(options.log), { recursive: true });
  await log(`${new Date().toISOString()} install ${environment}, as ${source} advises`);
  if (terms !== undefined) {
    if (!options.accepted.includes(terms.name))
      throw new NeuroClawError(
        'preflight.terms',
        `${environment} comes under ${terms.name} (${terms.url}), which was not accepted`,
        { hint: `read ${terms.url}; if you accept it, add \`--accept ${terms.name}\`` },
      );
    await log(`${new Date().toISOString()} accepted ${terms.name} ${terms.url}`);
  }
  const needed = steps.flatMap((step) => ('argv' in step ? [step.argv[0] ?? ''] : []));
  const bare = [...new Set(needed)].filter((name) => !name.includes('/'));
  const searchPath = [...path, processEnvironment()['PATH'] ?? ''].join(delimiter);
  // What an earlier step installs is not there yet: only the first program must be.
  const { missing } = findExecutables(bare.slice(0, 1), searchPath);
  if (missing.length > 0)
    throw new NeuroClawError('preflight.installer', `${missing.join(', ')} is not on this machine`, {
      expected: `the programs that the installer of ${environment} uses`,
      hint: `install ${missing.join(', ')} first; log: ${options.log}`,
    });
  const variables = { PATH: searchPath, DEBIAN_FRONTEND: 'noninteractive', ...plan.env };
  for (const step of steps) {
    options.onStep(step);
    if ('write' in step) {
      await mkdir(dirname(step.write), { recursive: true });
      await writeFile(step.write, step.text);
      await log(`${new Date().toISOString()} wrote ${step.write}\n${step.text.trimEnd()}`);
      continue;
    }
    const { code, said } = await runStep(step.argv, variables, options, log);
    if (options.signal.aborted)
      throw new NeuroClawError('job.cancelled', `installing ${environment} was cancelled`);
    if (code !== 0)
      throw new NeuroClawError(
        'preflight.installer',
        `${step.argv.join(' ')} ended with ${code ?? 'a signal'}: ${lastWords(said)}`,
        {
          place: { file: options.log },
          hint: `look at the log, mend it and repeat; ${source} is the page of the makers`,
        },
      );
  }
  return tryTools(plan, variables, options, log);
}

/** Starts each tool once, as the smoke tests of the environment say. */
async function tryTools(
  { environment, smoke }: InstallPlan,
  variables: Readonly<Record<string, string>>,
  options: InstallOptions,
  log: (text: string) => Promise<void>,
): Promise<SmokeResult[]> {
  const results: SmokeResult[] = [];
  for (const { argv, prints } of smoke) {
    const { said } = await runStep(argv, variables, options, log);
    const line = said.split('\n').find((candidate) => candidate.includes(prints));
    if (line === undefined)
      throw new NeuroClawError(
        'preflight.installer',
        `the steps ended well, but ${argv.join(' ')} does not print "${prints}": ${lastWords(said)}`,
        {
          place: { file: options.log },
          expected: prints,
          hint: `another version, or ${environment} is not on PATH: look at the log`,
        },
      );
    results.push({ argv, text: line.trim() });
  }
  return results;
}

async function runStep(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  { interactive, onLine, signal }: InstallOptions,
  log: (text: string) => Promise<void>,
): Promise<{ code: number | undefined; said: string }> {
  const { execa } = await import('execa');
  await log(`${new Date().toISOString()} $ ${argv.join(' ')}`);
  const [program = '', ...args] = argv;
  const running = execa(program, args, {
    stdin: interactive ? 'inherit' : 'ignore',
    all: true,
    reject: false,
    cancelSignal: signal,
    gracefulCancel: false,
    maxBuffer: 50_000_000,
    env,
  });
  let said = '';
  try {
    for await (const line of running.iterable({ from: 'all' })) {
      said += `${line}\n`;
      onLine(line);
    }
  } catch {
    // How it ended is what counts.
  }
  const { exitCode, failed, shortMessage } = await running;
  if (exitCode === undefined && failed) said += `${shortMessage}\n`;
  await log(`${said.trimEnd()}\n${new Date().toISOString()} ended with ${exitCode ?? 'a signal'}`);
  return { code: exitCode, said };
}

function lastWords(said: string): string {
  return said.trim().split('\n').slice(-3).join(' ').slice(0, 300) || 'it said nothing';
}
