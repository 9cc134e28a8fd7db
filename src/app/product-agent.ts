import { cp, mkdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { deliver, fileFor, type PublishedFile } from '../bench/agents/deliver.js';
import {
  noModel,
  type AgentEnd,
  type AgentUnderTest,
  type ReplayView,
  type TrialView,
} from '../bench/trial/agent.js';
import type { Sandbox } from '../bench/sandbox/sandbox.js';
import type { Task } from '../bench/task/load-task.js';
import { readHistory, type RunHistory } from '../engine/history.js';
import { outputLayout, runLayout } from '../engine/layout.js';
import { runPlan } from '../engine/run-plan.js';
import type { Plan } from '../planning/plan.js';
import { proposePlan } from './make-plan.js';
import type { NeuroClaw } from './neuroclaw.js';

/**
 * The product itself under test, planning by rules: the instruction is its wish, the inputs its dataset. What it cannot
 * do, or would have to ask, it says in refusal.json; what it publishes is handed in by name.
 */
export function rulesAgent(app: NeuroClaw): AgentUnderTest {
  const plans = new Map<string, Plan>();
  return {
    provider: 'rules',
    model: null,
    arm: 'skills',
    control: null,
    async play(view) {
      const { task, sandbox, inputs } = view;
      const ended: AgentEnd = { status: 'ended', model: null, usage: noModel };
      const out = join(sandbox.out, '..', 'product');
      const outcome = await proposePlan(
        { wish: task.instruction, data: inputs, out, signal: view.signal },
        app,
      ).catch((error: unknown) => ({
        kind: 'cannot' as const,
        reasons: [error instanceof Error ? error.message : String(error)],
      }));
      if (outcome.kind !== 'plan') {
        const said =
          outcome.kind === 'question' ? outcome.questions.map(({ text }) => text) : [...outcome.reasons];
        await refuse(sandbox, outcome.kind, said);
        return ended;
      }
      plans.set(sandbox.out, outcome.plan);
      const history = await runAndDeliver(outcome.plan, view, app, out);
      await writeProvenance(task, view, history, app);
      return ended;
    },
    async replay(view: ReplayView) {
      const [first] = [...plans.values()].slice(-1);
      if (first === undefined) return;
      const data = join(view.sandbox.out, '..', 'inputs');
      await cp(view.inputs, data, { recursive: true });
      const out = join(view.sandbox.out, '..', 'product');
      await runAndDeliver(relocated(first, data, out), view, app, out);
    },
  };
}

async function refuse(sandbox: Sandbox, kind: string, said: readonly string[]): Promise<void> {
  const reason = kind === 'question' ? 'needs_answer' : 'cannot';
  await sandbox.write(
    'refusal.json',
    `${JSON.stringify({ reason, missing: said, evidence: said.join('; ') }, undefined, 1)}\n`,
  );
}

function relocated(plan: Plan, data: string, out: string): Plan {
  const stages = plan.stages.map((stage) => {
    if ('bids' in stage.data) return { ...stage, data: { ...stage.data, bids: data } };
    if ('dicom' in stage.data) return { ...stage, data: { ...stage.data, dicom: data } };
    return stage;
  });
  return { ...plan, out, stages };
}

type Place = Pick<TrialView, 'task' | 'sandbox' | 'signal'>;

async function runAndDeliver(
  plan: Plan,
  { task, sandbox, signal }: Place,
  app: NeuroClaw,
  out: string,
): Promise<RunHistory> {
  await mkdir(out, { recursive: true });
  const outcome = await runPlan(
    {
      plan: { ...plan, out },
      actor: { kind: 'agent', id: 'neurobench' },
      approve: () => Promise.resolve(true),
      signal,
      cpus: task.limits.cpu,
      userHeads: join(out, 'heads.jsonl'),
      secrets: app.secrets(),
    },
    await app.world(),
  );
  const history = await readHistory(runLayout(outputLayout(out), outcome.run).trace);
  const published = publishedFiles(
    plan,
    history,
    outcome.datasets.map((folder) => join(out, folder)),
  );
  for (const job of history.jobs.values()) {
    if (job.argv === undefined || job.environment === undefined) continue;
    for (const output of task.outputs) {
      const file = fileFor(output, published);
      if (file?.job === job.job) await deliver(file, sandbox.out, output.path);
    }
    await sandbox.record({
      argv: job.argv,
      environment: { name: job.environment.name, digest: job.environment.digest },
      started: job.started ?? history.started,
      exit: { reason: 'exited', exitCode: job.end === 'committed' || job.end === 'reused' ? 0 : 1, wallS: 0 },
    });
  }
  return history;
}

/** Of each job the files that it published: the dataset of its stage is the one at the same place in the list. */
function publishedFiles(plan: Plan, history: RunHistory, datasets: readonly string[]): PublishedFile[] {
  return [...history.jobs.values()].flatMap(({ job, published = [] }) => {
    const stage = plan.stages.findIndex(({ id }) => job.startsWith(`${id}/`));
    const dataset = datasets[stage];
    return dataset === undefined ? [] : published.map((path) => ({ job, path: join(dataset, path) }));
  });
}

async function writeProvenance(
  task: Task,
  view: TrialView,
  history: RunHistory,
  app: NeuroClaw,
): Promise<void> {
  const { files } = await view.sandbox.settle();
  const runs = view.steps.filter((step) => step.step === 'run');
  const inputs = await Promise.all(
    task.inputs.map(async ({ path }) => ({ path, sha256: await digestOf(join(view.inputs, path)) })),
  );
  const document = {
    schema: 'neurobench/provenance@1',
    GeneratedBy: [{ Name: 'NeuroClaw', Version: app.version }],
    commands: runs.map(({ argv, exit }) => ({ argv, exit_code: exit.exitCode ?? -1 })),
    inputs: inputs.filter(({ sha256 }) => sha256 !== ''),
    outputs: [...files].map(([path, { sha256 }]) => ({ path, sha256 })),
    environment: { digest: runs[0]?.environment.digest ?? '', os: process.platform, arch: process.arch },
    seeds: {},
    threads: task.settings.threads,
    started: history.started,
    ended: history.ended ?? new Date().toISOString(),
    warnings: [],
    data_licences: [],
  };
  await view.sandbox.write('provenance.json', `${JSON.stringify(document, undefined, 1)}\n`);
}

async function digestOf(path: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    return '';
  }
}
