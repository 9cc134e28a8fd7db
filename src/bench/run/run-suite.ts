import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NeuroClawError } from '../../kernel/errors.js';
import { materialize, type Materials } from '../materials/materialize.js';
import { readResults } from '../read-results.js';
import { isHarnessError, type TrialResult } from '../result.js';
import type { TaskEnvironment } from '../sandbox/sandbox.js';
import type { Task } from '../task/load-task.js';
import { noModel, type AgentUnderTest } from '../trial/agent.js';
import { runTrial } from '../trial/run-trial.js';
import type { Verifier } from '../verify/verifier.js';
import { schedule, type Scheduled } from './schedule.js';

/** An error of the harness is tried again so often, by this rule alone. */
const RETRIES = 2;

export interface SuiteRun {
  /** Folder of the run: `results.jsonl`, `trials/`, `data/`. One that is there already is continued. */
  readonly folder: string;
  readonly tasks: readonly Task[];
  readonly agents: readonly AgentUnderTest[];
  readonly trials: number;
  readonly seed: number;
  readonly instance: number | undefined;
  readonly shared: string | undefined;
  /** Trials side by side. */
  readonly parallel: number;
  readonly environmentsOf: (task: Task) => Promise<TaskEnvironment[]>;
  readonly verifier: () => Promise<Verifier>;
  readonly version: string;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
  readonly onResult?: (result: TrialResult, done: number, of: number) => void;
}

/** Runs what is missing of a run of the benchmark. Each trial is a line of `results.jsonl` as soon as it is over. */
export async function runSuite(run: SuiteRun): Promise<readonly TrialResult[]> {
  const file = join(run.folder, 'results.jsonl');
  await mkdir(run.folder, { recursive: true });
  const known = existsSync(file) ? readResults(await readFile(file, 'utf8'), file).results : [];
  const done = new Map(
    known.filter(({ status }) => !isHarnessError(status)).map((result) => [keyOf(result), result]),
  );
  const tasks = new Map(run.tasks.map((task) => [task.id, task]));
  const all = schedule([...tasks.keys()], run.agents.length, run.trials, run.seed);
  const open = all.filter((item) => !done.has(keyOfScheduled(item, run)));
  const materials = new Map<string, Promise<Materials>>();
  const dataOf = (task: Task): Promise<Materials> => {
    const made = materials.get(task.id) ?? layOut(task, run);
    materials.set(task.id, made);
    return made;
  };
  let finished = done.size;
  const results = [...done.values()];
  const next = open[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const item of next) {
      run.signal.throwIfAborted();
      const result = await tryTrial(item, tasks.get(item.task) as Task, run, dataOf);
      await appendFile(file, `${JSON.stringify(result)}\n`);
      results.push(result);
      finished += 1;
      run.onResult?.(result, finished, all.length);
    }
  };
  await Promise.all(Array.from({ length: run.parallel }, work));
  return results;
}

async function layOut(task: Task, run: SuiteRun): Promise<Materials> {
  const folder = join(run.folder, 'data', task.id);
  // Half a folder of an interrupted run is worth nothing.
  await rm(folder, { recursive: true, force: true });
  return materialize(task, folder, {
    shared: run.shared,
    ...(run.instance === undefined ? {} : { seed: run.instance }),
  });
}

async function tryTrial(
  item: Scheduled,
  task: Task,
  run: SuiteRun,
  dataOf: (task: Task) => Promise<Materials>,
): Promise<TrialResult> {
  const agent = run.agents[item.agent] as AgentUnderTest;
  let result: TrialResult | undefined;
  for (let attempt = 0; attempt <= RETRIES; attempt++) {
    const folder = join(run.folder, 'trials', task.id, trialFolder(item.trial, agent));
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    try {
      const [materials, environments, verifier] = await Promise.all([
        dataOf(task),
        run.environmentsOf(task),
        run.verifier(),
      ]);
      const { version, secrets, signal } = run;
      result = await runTrial(agent, task, {
        folder,
        materials,
        environments,
        verifier,
        trial: item.trial,
        version,
        secrets,
        signal,
      });
    } catch (error) {
      if (run.signal.aborted || !(error instanceof NeuroClawError) || error.errorClass === 'internal')
        throw error;
      result = harnessError(agent, task, item.trial, run.version, error);
    }
    await rm(join(folder, 'sandbox', 'product'), { recursive: true, force: true });
    if (!isHarnessError(result.status)) return result;
  }
  return result as TrialResult;
}

/** Name of the folder of a trial below that of its task. */
export function trialFolder(
  trial: number,
  { provider, model, arm }: Pick<AgentUnderTest, 'provider' | 'model' | 'arm'>,
): string {
  return [trial, provider, ...(model === null ? [] : [model]), arm].join('-').replace(/[^\w.-]/g, '_');
}

/** A trial that could not be held: no engine, no sandbox, no data. It says nothing about the agent. */
function harnessError(
  agent: AgentUnderTest,
  task: Task,
  trial: number,
  version: string,
  error: NeuroClawError,
): TrialResult {
  return {
    schema: 'neurobench/result@2',
    task: task.id,
    task_version: task.version,
    family: task.family,
    track: task.track,
    capabilities: task.capabilities,
    trial,
    arm: agent.arm,
    provider: agent.provider,
    model: agent.model,
    control: agent.control,
    status: 'infra_error',
    scores: null,
    checks: [],
    failure_class: `infra_error: ${error.message.slice(0, 300)}`,
    integrity: {
      events_complete: false,
      hash_chain_ok: false,
      canary_seen: false,
      reads_of_forbidden_paths: null,
      network_attempts: null,
    },
    usage: { ...noModel, tool_calls: null, wall_s: 0, cpu_s: null, max_rss_mb: null },
    replay: null,
    verifier: { version, seconds: 0 },
    security: null,
    hashes: {},
  };
}

function keyOf({ task, provider, model, arm, trial }: TrialResult): string {
  return JSON.stringify([task, provider, model, arm, trial]);
}

function keyOfScheduled({ task, agent, trial }: Scheduled, { agents }: SuiteRun): string {
  return JSON.stringify([task, agents[agent]?.provider, agents[agent]?.model, agents[agent]?.arm, trial]);
}
