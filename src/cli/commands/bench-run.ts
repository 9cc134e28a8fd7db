import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { Benchmark } from '../../app/benchmark.js';
import { commandAgent, splitCommand } from '../../bench/agents/command-agent.js';
import { missingData } from '../../bench/materials/materialize.js';
import { isHarnessError, type TrialResult } from '../../bench/result.js';
import { keepRunRecord, type RunRecord } from '../../bench/run/run-record.js';
import { runSuite } from '../../bench/run/run-suite.js';
import { taskNamed, type Task } from '../../bench/task/load-task.js';
import type { AgentUnderTest } from '../../bench/trial/agent.js';
import { processEnvironment } from '../../config/environment.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { sha256 } from '../../kernel/json.js';
import type { CommandContext } from '../context.js';
import { table } from '../render.js';
import { wholeNumber } from '../whole-number.js';

export async function run(
  { io, app, signal, version, cwd }: CommandContext,
  _args: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const benchmark = new Benchmark(app);
  const loaded = await benchmark.tasks();
  const named = listOf(options['task']);
  const all =
    named.length > 0
      ? named.map((id) => taskNamed(loaded, id))
      : [...loaded.tasks.values()].filter(({ split, track }) => split === options['suite'] && track === 'A');
  const plan = all.find(({ track }) => track === 'P');
  if (plan !== undefined)
    throw new NeuroClawError(
      'usage.arguments',
      `${plan.id} is a task of track P: nothing of it is executed`,
      {
        hint: `\`neuroclaw bench plan ${plan.id} commands.json\``,
      },
    );
  const shared = app.settings.values.benchData;
  const why = new Map(all.map((task) => [task.id, missingData(task, shared)]));
  const tasks = all.filter(({ id }) => why.get(id) === undefined);
  const missing = all.flatMap(({ id }) => ({ id, why: why.get(id) ?? '' })).filter((one) => one.why !== '');
  for (const one of missing) io.note(`${one.id}: missing, ${one.why}`);
  if (tasks.length === 0)
    throw new NeuroClawError('usage.arguments', `there is no task to run in ${String(options['suite'])}`);
  const agents = await agentsOf(benchmark, options);
  const folder = resolve(cwd, String(options['out']));
  const trials = wholeNumber('--trials', options['trials']) ?? 1;
  const instance = wholeNumber('--instance', options['instance']);
  const record: RunRecord = {
    schema: 'neurobench/run@1',
    suite: named.length > 0 ? 'named' : String(options['suite']),
    version,
    started: new Date().toISOString(),
    host: { platform: process.platform, arch: process.arch, node: process.version, cpus: cpus().length },
    agents: agents.map(({ provider, model, arm }) => ({
      provider,
      model,
      arm,
      command: provider === 'command' ? String(options['command']) : null,
    })),
    trials,
    seed: wholeNumber('--seed', options['seed']) ?? 1,
    instance: instance ?? null,
    tasks: tasks.map(({ id, version: of }) => ({ id, version: of })),
    missing,
    prices: await digestOfPrices(app.settings.values.modelPrices),
  };
  const kept = await keepRunRecord(folder, record);
  const results = await runSuite({
    folder,
    tasks,
    agents,
    trials: kept.trials,
    seed: kept.seed,
    instance,
    shared,
    parallel: wholeNumber('--parallel', options['parallel']) ?? 1,
    environmentsOf: (task: Task) => benchmark.environmentsOf(task),
    verifier: () => benchmark.verifier(),
    version,
    secrets: app.secrets(),
    signal,
    onResult: (result, done, of) => io.note(`${done}/${of} ${lineOf(result)}`),
  });
  if (io.json) io.data({ run: folder, record: kept, results });
  else
    for (const line of table([['AGENT', 'TRIALS', 'RESOLVED', 'MEAN', 'ERRORS'], ...summary(results)]))
      io.line(line);
  return 0;
}

async function agentsOf(benchmark: Benchmark, options: Record<string, unknown>): Promise<AgentUnderTest[]> {
  const agents: AgentUnderTest[] = [];
  const arms = String(options['arm']).split(',');
  const wrong = arms.find((arm) => arm !== 'skills' && arm !== 'no-skills');
  if (wrong !== undefined)
    throw new NeuroClawError('usage.arguments', `there is no arm ${wrong}`, {
      expected: 'skills, no-skills',
    });
  if (options['planner'] === 'rules') agents.push(await benchmark.rules());
  else if (options['planner'] !== undefined)
    throw new NeuroClawError('usage.arguments', `there is no planner ${String(options['planner'])}`, {
      expected: 'rules',
    });
  for (const model of listOf(options['model']))
    for (const arm of arms) agents.push(await benchmark.model(model, arm));
  if (typeof options['command'] === 'string')
    agents.push(
      commandAgent(splitCommand(options['command']), 'command', processEnvironment()['PATH'] ?? ''),
    );
  if (agents.length > 0) return agents;
  throw new NeuroClawError('usage.arguments', 'there is no agent to test', {
    expected: '--planner rules, --model provider:name or --command WORDS',
  });
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

async function digestOfPrices(file: string | undefined): Promise<string | null> {
  return file === undefined ? null : sha256(await readFile(file));
}

function lineOf({
  task,
  trial,
  provider,
  model,
  arm,
  status,
  scores,
  failure_class: why,
}: TrialResult): string {
  const score = scores === null ? '' : ` ${scores.total.toFixed(0)}`;
  return `${task} ${trial} ${model ?? provider} (${arm}): ${status}${score}${why === null ? '' : `, ${why}`}`;
}

function summary(results: readonly TrialResult[]): string[][] {
  const groups = new Map<string, TrialResult[]>();
  for (const result of results) {
    const name = `${result.model ?? result.provider} (${result.arm})`;
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return [...groups].map(([name, list]) => {
    const scored = list.filter(({ status }) => !isHarnessError(status));
    const resolved = scored.filter(({ status }) => status === 'resolved').length;
    const mean =
      scored.reduce((sum, { scores }) => sum + (scores?.total ?? 0), 0) / Math.max(1, scored.length);
    return [
      name,
      String(list.length),
      `${resolved}/${scored.length}`,
      mean.toFixed(1),
      String(list.length - scored.length),
    ];
  });
}
