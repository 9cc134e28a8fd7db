import { join } from 'node:path';
import type { AgentUnderTest, ReplayView } from './agent.js';
import { Sandbox, type StepRecord, type TaskEnvironment } from '../sandbox/sandbox.js';
import type { Task } from '../task/load-task.js';
import type { Verifier } from '../verify/verifier.js';
import { keepArtefacts } from './keep-artefacts.js';

export interface Replay {
  readonly mode: 'exact' | 'content';
  readonly same: readonly string[];
  readonly diff: readonly string[];
  /** It was done with inputs and outputs at other paths, and gave the same there. */
  readonly relocated: boolean;
}

interface ReplayPlace {
  readonly task: Task;
  readonly folder: string;
  readonly inputs: string;
  readonly environments: readonly TaskEnvironment[];
  readonly verifier: Verifier;
  readonly signal: AbortSignal;
}

/**
 * Repeats the recorded commands of a trial, and nothing else, in a fresh sandbox with the declared inputs alone: first
 * with inputs and outputs at other paths, and where that does not give the same, at the usual ones.
 */
export async function replayTrial(
  agent: AgentUnderTest,
  steps: readonly StepRecord[],
  place: ReplayPlace,
): Promise<Replay> {
  const moved = await replayOnce(agent, steps, place, true);
  if (moved.diff.length === 0) return { ...moved, relocated: true };
  return { ...(await replayOnce(agent, steps, place, false)), relocated: false };
}

async function replayOnce(
  agent: AgentUnderTest,
  steps: readonly StepRecord[],
  { task, folder, inputs, environments, verifier, signal }: ReplayPlace,
  elsewhere: boolean,
): Promise<Omit<Replay, 'relocated'>> {
  const below = join(folder, elsewhere ? 'replay-elsewhere' : 'replay');
  const sandbox = new Sandbox({
    task,
    folder: below,
    inputs,
    environments,
    onStep: () => undefined,
    signal,
    elsewhere,
  });
  const view: ReplayView = { task, sandbox, inputs, artefacts: join(folder, 'artifacts'), steps, signal };
  await (agent.replay === undefined ? repeatSteps(view) : agent.replay(view));
  await keepArtefacts(
    sandbox.out,
    await sandbox.settle(),
    below,
    task.outputs.map(({ path }) => path),
  );
  const compared = task.outputs.filter(({ required, replay }) => required && replay !== 'none');
  const { same, different } = await verifier.compare(
    join(below, 'verify'),
    {
      compare: compared.map(({ path, kind, replay }) => ({
        path,
        kind,
        mode: replay === 'none' ? 'exact' : (replay ?? task.replay.mode),
      })),
    },
    { artefacts: join(folder, 'artifacts'), replayed: join(below, 'artifacts') },
    signal,
  );
  return { mode: task.replay.mode, same, diff: different };
}

/** Repeats recorded steps one by one. */
export async function repeatSteps({ sandbox, steps }: Pick<ReplayView, 'sandbox' | 'steps'>): Promise<void> {
  for (const step of steps) {
    if (step.step === 'write') await sandbox.write(step.path, step.text);
    else if (step.template.length > 0) await sandbox.run(step.template, step.environment.name);
  }
}
