import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { processEnvironment } from '../../config/environment.js';
import type { LockProgress } from '../../environments/lock/lock-environments.js';
import {
  installPlan,
  machineFacts,
  type InstallPlan,
  type InstallStep,
} from '../../environments/install-plan.js';
import { runInstall, type SmokeResult } from '../../environments/runtimes/install/run-install.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { commandLine } from '../../trace/body-fields.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { lockVenvs } from '../../environments/lock/lock-venvs.js';
import { findEnvironment } from './env-lock.js';

/** Installs the tools of an environment on this machine, as their makers advise: shown, approved, logged, tried. */
export async function run(
  context: CommandContext,
  [name = '']: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, app, signal } = context;
  const { environments } = await app.environments();
  const environment = findEnvironment(name, environments);
  const only = options['print'] === true;
  const work = only ? '/tmp/neuroclaw-install' : await mkdtemp(join(tmpdir(), 'neuroclaw-install-'));
  try {
    const plan = installPlan(environment, await machineFacts(work));
    if (only) {
      print(plan, io);
      return 0;
    }
    show(plan, io);
    const accepted = await acceptTerms(plan, options, io, signal);
    if (options['yes'] !== true && !(await io.confirm('Run these commands?', signal)))
      throw new NeuroClawError('policy.approval', `installing ${name} was not approved`, {
        hint: 'approve it at the prompt, or pass --yes; --print shows the commands and runs nothing',
      });
    const when = new Date().toISOString();
    const folder = join(app.settings.values.state, 'installs');
    const log = join(folder, `${when.replace(/[-:.]/g, '')}-${name}.log`);
    const smoke = await runInstall(plan, {
      log,
      accepted,
      interactive: io.interactive,
      onStep: (step) => io.line(io.style('bold', stepText(step))),
      onLine: (line) => io.live([line]),
      signal,
    });
    io.live([]);
    if (plan.locks) {
      const { cache, lock: file } = app.settings.values;
      const searchPath = [...plan.path, processEnvironment()['PATH'] ?? ''].join(delimiter);
      const onProgress = ({ phase, message }: LockProgress): void => io.line(`${name}  ${phase}  ${message}`);
      await lockVenvs([environment], { cache, file, searchPath, signal, onProgress });
    }
    await remember(folder, { when, environment: name, source: plan.source, accepted, smoke, log });
    tell(plan, smoke, log, io);
    return 0;
  } finally {
    if (!only) await rm(work, { recursive: true, force: true });
  }
}

/** For a person to read, or to paste into a POSIX shell. */
function print(plan: InstallPlan, io: Io): void {
  const { environment, source, terms, steps, path, env, after } = plan;
  if (io.json)
    return io.data({
      environment,
      source,
      terms: terms ?? null,
      steps,
      path,
      env,
      smoke: plan.smoke,
      after: after ?? null,
    });
  io.line(`# ${environment}, as ${source} advises`);
  if (terms !== undefined) io.line(`# conditions of use: ${terms.name}, ${terms.url}`);
  for (const step of steps) io.line(stepText(step));
  for (const line of exports(plan)) io.line(line);
  if (plan.locks) io.line(`neuroclaw env lock ${environment} --runtime venv`);
  for (const { argv, prints } of plan.smoke) io.line(`${commandLine(argv)}  # prints ${prints}`);
  if (after !== undefined) io.line(`# ${after}`);
}

function show(plan: InstallPlan, io: Io): void {
  io.line(`${io.style('bold', `install ${plan.environment}`)}, as ${plan.source} advises:`);
  for (const step of plan.steps) {
    io.line(`  ${stepText(step)}`);
    io.line(io.style('dim', `      ${step.about}`));
  }
  if (plan.locks) io.line(`  neuroclaw env lock ${plan.environment} --runtime venv`);
}

function stepText(step: InstallStep): string {
  if ('argv' in step) return commandLine(step.argv);
  return `printf '%s' '${step.text.replaceAll("'", `'\\''`).replaceAll('\n', '\n')}' > ${step.write}`;
}

/** Names of the conditions that the person accepts: asked at a terminal, else given with `--accept`. */
async function acceptTerms(
  { terms, environment }: InstallPlan,
  options: Record<string, unknown>,
  io: Io,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const given = Array.isArray(options['accept']) ? options['accept'].map(String) : [];
  if (terms === undefined || given.includes(terms.name) || !io.interactive) return given;
  io.line(`${environment} comes under ${terms.name}: ${terms.url}`);
  const answer = await io.ask(`Type ${terms.name} if you have read and accept it:`, undefined, signal);
  return answer === terms.name ? [...given, terms.name] : given;
}

/** One line for each installation, beside the logs: what was installed when, and which conditions were accepted. */
async function remember(folder: string, record: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  await appendFile(join(folder, 'installs.jsonl'), `${JSON.stringify(record)}\n`);
}

/** What the shell must know from now on. */
function exports({ path, env }: InstallPlan): string[] {
  return [
    ...(path.length === 0 ? [] : [`export PATH=${path.join(':')}:$PATH`]),
    ...Object.entries(env).map(([name, value]) => `export ${name}=${value}`),
  ];
}

function tell(plan: InstallPlan, smoke: readonly SmokeResult[], log: string, io: Io): void {
  const { environment, path, env, after } = plan;
  if (io.json) io.data({ environment, smoke, log, path, env });
  for (const { argv, text } of smoke) io.line(`${io.style('green', 'works')}  ${commandLine(argv)}: ${text}`);
  const lines = exports(plan);
  if (lines.length > 0) io.line('put into the start-up file of your shell:');
  for (const line of lines) io.line(`  ${line}`);
  if (after !== undefined) io.line(after);
  io.line(`log ${log}`);
}
