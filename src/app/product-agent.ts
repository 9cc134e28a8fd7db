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
import { NeuroClawError } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
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
        await refuse(sandbox, said, 'findings' in outcome ? outcome.findings : []);
        return ended;
      }
      const problems = await problemsOf(outcome.plan, app);
      if (problems.length > 0) {
        const said = problems.map(({ message }) => message);
        await refuse(sandbox, said, problems);
        return ended;
      }
      plans.set(sandbox.out, outcome.plan);
      const { history, failure } = await runAndDeliver(outcome.plan, view, app, out);
      // What was refused before a tool saw it is an answer about the data; nothing ran, so there is nothing to account for.
      if (failure?.errorClass === 'input') await refuse(sandbox, [failure.message], failure.findings);
      else await writeProvenance(task, view, history, app);
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

/** Why the first stage cannot be compiled on these data; empty where it can. */
async function problemsOf(plan: Plan, app: NeuroClaw): Promise<readonly Finding[]> {
  try {
    const compiled = await app.compile(plan, plan.stages[0]?.id ?? '');
    return compiled.jobs.length > 0 ? [] : compiled.findings;
  } catch (error) {
    if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
    return error.findings.length > 0
      ? error.findings
      : [
          {
            code: error.code,
            severity: 'error',
            message: error.message,
            ...(error.place && { place: error.place }),
          },
        ];
  }
}

/** How the compiler says that a file is not there: `no bvec for sub-01/dwi/sub-01_dwi.nii.gz, which ...`. */
const ABSENT = /^no (bvec|bval|json|tsv) for (\S+?)(?:\.nii)?(?:\.gz)?,/;

/** Says in refusal.json what is wrong: the reason in the words of the rules, the files, the findings as evidence. */
async function refuse(
  sandbox: Sandbox,
  said: readonly string[],
  findings: readonly Finding[],
): Promise<void> {
  const absent = findings.flatMap(({ message }) => {
    const [, extension, stem] = ABSENT.exec(message) ?? [];
    return stem === undefined ? [] : [`${stem}.${extension ?? ''}`];
  });
  const codes = new Set(findings.map(({ code }) => code));
  const reason =
    absent.length > 0 || codes.has('input.not-found')
      ? 'missing-input'
      : codes.has('input.malformed')
        ? 'unreadable-input'
        : 'inconsistent-inputs';
  const files = findings.flatMap(({ place }) => (place?.file === undefined ? [] : [place.file]));
  const named = absent.length > 0 ? absent : files.length > 0 ? files : said;
  const evidence = findings.map(({ message, expected }) =>
    expected === undefined ? message : `${message}; expected ${expected}`,
  );
  const refusal = {
    reason,
    missing: [...new Set(named)],
    evidence: (evidence.length > 0 ? evidence : said).join('; '),
  };
  await sandbox.write('refusal.json', `${JSON.stringify(refusal, undefined, 1)}\n`);
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
): Promise<{ history: RunHistory; failure: NeuroClawError | undefined }> {
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
  return { history, failure: outcome.firstFailure };
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
