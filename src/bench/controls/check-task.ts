import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NeuroClawError } from '../../kernel/errors.js';
import { materialize } from '../materials/materialize.js';
import type { TrialResult } from '../result.js';
import { loadControls } from '../task/controls.js';
import type { Task } from '../task/load-task.js';
import type { AgentUnderTest } from '../trial/agent.js';
import { runTrial, type TrialPlace } from '../trial/run-trial.js';
import { dishonestAgents, leakedCopy } from './dishonest.js';
import { scriptedAgent } from './scripted-agent.js';

/** What a control must score at least or at most, and whether it may be resolved. */
const expectations = {
  oracle: { at_least: 99, resolved: true },
  alternative: { at_least: 95, resolved: true },
  null: { at_most: 1, resolved: false },
  mutant: { at_most: 5, resolved: false },
  adversary: { at_most: 5, resolved: false },
} as const;

export interface ControlOutcome {
  readonly kind: keyof typeof expectations;
  readonly name: string;
  readonly repeat: number;
  readonly total: number | null;
  readonly status: TrialResult['status'];
  /** Checks that failed. */
  readonly failed: readonly string[];
  /** Why it is not what it must be; undefined where it is. */
  readonly problem: string | undefined;
  readonly seconds: number;
}

export interface CheckTaskOptions extends Omit<TrialPlace, 'folder' | 'materials' | 'trial'> {
  /** Empty folder to work in. */
  readonly folder: string;
  readonly shared: string | undefined;
  /** Another instance of a task with a generator. */
  readonly seed?: number;
  /** How often the oracle is run. */
  readonly repeat: number;
  /** Also the agents that attack the harness: once for all tasks is enough. */
  readonly hostile: boolean;
  /** Keeps the folders of all trials. */
  readonly keep: boolean;
  readonly onOutcome?: (outcome: ControlOutcome) => void;
}

/** Runs every control of a task: the oracle must pass, all others must not, and each mutant by the check that is there for it. */
export async function checkTask(task: Task, options: CheckTaskOptions): Promise<ControlOutcome[]> {
  const controls = await loadControls(task.folder);
  const mutants = controls.filter(({ kind }) => kind === 'mutant');
  if (mutants.length < 5)
    throw new NeuroClawError('task.invalid', `${task.id} has ${mutants.length} mutants`, {
      place: { file: join(task.folder, 'controls', 'mutants') },
      expected: 'at least 5',
    });
  const materials = await materialize(task, join(options.folder, 'data'), {
    shared: options.shared,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  const outcomes: ControlOutcome[] = [];
  const trial = async (agent: AgentUnderTest, repeat: number): Promise<string> => {
    const name = `${agent.control?.kind ?? 'agent'}-${agent.control?.name ?? ''}-${repeat}`;
    const folder = join(options.folder, name);
    await mkdir(folder, { recursive: true });
    const started = performance.now();
    const result = await runTrial(agent, task, { ...options, folder, materials, trial: repeat });
    const outcome = judge(task, agent, result, repeat, (performance.now() - started) / 1000);
    outcomes.push(outcome);
    options.onOutcome?.(outcome);
    return folder;
  };
  const agents = [
    ...controls.filter(({ kind }) => kind !== 'oracle').map(scriptedAgent),
    ...dishonestAgents(options.hostile),
  ];
  const oracle = scriptedAgent(controls[0] as (typeof controls)[number]);
  const right = await trial(oracle, 1);
  for (let repeat = 2; repeat <= options.repeat; repeat++) await trial(oracle, repeat);
  await trial(leakedCopy(join(right, 'artifacts')), 1);
  for (const agent of agents) {
    const folder = await trial(agent, 1);
    if (!options.keep) await rm(join(folder, 'sandbox'), { recursive: true, force: true });
  }
  return outcomes;
}

function judge(
  task: Task,
  agent: AgentUnderTest,
  result: TrialResult,
  repeat: number,
  seconds: number,
): ControlOutcome {
  const kind = agent.control?.kind ?? 'adversary';
  const name = agent.control?.name ?? '';
  const wanted = expectations[kind];
  const failed = result.checks.filter(({ ok }) => !ok).map(({ id }) => id);
  const problems: string[] = [];
  const total = result.scores?.total ?? null;
  if (total === null && wanted.resolved) problems.push(`${result.status}: ${result.failure_class ?? ''}`);
  if (total !== null && 'at_least' in wanted && total < wanted.at_least)
    problems.push(`${total.toFixed(1)} is below ${wanted.at_least}: ${result.failure_class ?? ''}`);
  if (total !== null && 'at_most' in wanted && total > wanted.at_most)
    problems.push(`${total.toFixed(1)} is above ${wanted.at_most}`);
  if ((result.status === 'resolved') !== wanted.resolved && total !== null)
    problems.push(`it is ${result.status}`);
  if (kind === 'mutant')
    for (const check of task.checks.filter(({ kills }) => kills.includes(name)))
      if (!failed.includes(check.id)) problems.push(`${check.id} lets it pass`);
  if (kind === 'mutant' && !task.checks.some(({ kills }) => kills.includes(name)))
    problems.push('no check says that it kills it');
  return {
    kind,
    name,
    repeat,
    total,
    status: result.status,
    failed,
    problem: problems.length === 0 ? undefined : problems.join('; '),
    seconds,
  };
}
