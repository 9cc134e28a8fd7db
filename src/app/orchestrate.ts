import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Budget, BudgetLimits } from '../agents/budget.js';
import type { Model } from '../agents/model.js';
import type { Orchestrated, OrchestratorStep } from '../agents/orchestrators/orchestrate.js';
import type { PlanningWorld } from '../agents/orchestrators/planning-world.js';
import type { Sharing } from '../agents/safety/privacy.js';
import { NeuroClawError } from '../kernel/errors.js';
import { nearest } from '../kernel/text.js';
import type { Plan, PlanStage } from '../planning/plan.js';
import { proposePlan, type PlanRequest } from './make-plan.js';
import type { NeuroClaw } from './neuroclaw.js';

export interface OrchestrationRequest extends PlanRequest {
  /** Name of the orchestrator: `diffusion`. */
  readonly agent: string;
  /** What the person said before that matters, such as answers to questions. */
  readonly said?: readonly string[];
  /** Texts of files and programs that the wish is about, such as the stderr of a failed job. */
  readonly evidence?: readonly { readonly from: string; readonly text: string }[];
  /** Files that the person named for inputs of pipelines. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Absent: no reviewer. */
  readonly review?: boolean;
  /** The plan that the wish changes: what it has cost counts for the one that takes its place. */
  readonly before?: Plan | undefined;
}

export interface OrchestrationTools {
  readonly model: Model;
  readonly budget: Budget;
  /** What the model may cost for one plan; absent: no limit of its own. */
  readonly runLimits?: BudgetLimits;
  readonly sharing: Sharing;
  readonly onStep?: (step: OrchestratorStep) => void;
}

/** Lets the named orchestrator plan. Throws agent.unknown, and input errors for data that cannot be read. */
export async function orchestrateRequest(
  request: OrchestrationRequest,
  app: NeuroClaw,
  tools: OrchestrationTools,
): Promise<Orchestrated> {
  const [{ orchestrate }, { Privacy }, { agents }] = await Promise.all([
    import('../agents/orchestrators/orchestrate.js'),
    import('../agents/safety/privacy.js'),
    app.agents(),
  ]);
  const planners = [...agents.values()].filter(({ tier }) => tier === 'orchestrator').map(({ name }) => name);
  const agent = agents.get(request.agent);
  if (agent?.tier !== 'orchestrator') {
    const near = nearest(request.agent, planners);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new NeuroClawError('agent.unknown', `there is no orchestrator ${request.agent}${hint}`, {
      expected: planners.join(', '),
    });
  }
  const world = await planningWorld(request, app);
  const labels = world.bids?.dataset.participants.map(({ label }) => label) ?? [];
  return orchestrate({
    agent,
    reviewer:
      request.review === true ? [...agents.values()].find(({ tier }) => tier === 'reviewer') : undefined,
    request: request.wish,
    ...(request.said === undefined ? {} : { said: request.said }),
    ...(request.evidence === undefined ? {} : { evidence: request.evidence }),
    world,
    privacy: new Privacy(labels, tools.sharing),
    model: tools.model,
    budget: tools.budget,
    runLimits: tools.runLimits,
    before: request.before,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(tools.onStep === undefined ? {} : { onStep: tools.onStep }),
  });
}

/** What orchestrators see of the data and of what is installed. */
export async function planningWorld(request: OrchestrationRequest, app: NeuroClaw): Promise<PlanningWorld> {
  const [{ pipelines }, skills, policy, { decide }] = await Promise.all([
    app.pipelines(),
    app.skills(),
    app.policy(),
    import('../planning/policy.js'),
  ]);
  const common = {
    out: request.out,
    pipelines,
    skills,
    ...(request.participants === undefined ? {} : { participants: request.participants }),
    ...(request.inputs === undefined ? {} : { inputs: request.inputs }),
    compile: app.compile.bind(app),
    decide: (stages: Parameters<typeof decide>[0]) => decide(stages, policy, { skills }),
    rules: (wish: string) => proposePlan({ ...request, wish }, app),
    runs: () => pastRuns(request.out),
  };
  if (await isBids(request.data)) {
    const dataset = await app.datasets.bids(request.data);
    const { summarizeDataset } = await import('../bids/summary.js');
    return {
      ...common,
      data: { bids: request.data },
      bids: { dataset, summary: await summarizeDataset(dataset) },
      readme: () => readReadme(request.data),
    };
  }
  const scan = await app.datasets.dicom(request.data);
  const conversion = await conversionOf(request, app);
  return {
    ...common,
    data: { dicom: request.data },
    ...(conversion === undefined ? {} : { conversion }),
    series: scan.series.map(
      ({ header, files }) => `${header.seriesDescription ?? 'without a description'}: ${files.length} files`,
    ),
    readme: () => Promise.resolve(undefined),
  };
}

/** The conversion of DICOMs as the rules plan it; undefined where it has open questions. */
async function conversionOf(request: PlanRequest, app: NeuroClaw): Promise<PlanStage | undefined> {
  const outcome = await proposePlan({ ...request, wish: 'convert to BIDS' }, app);
  return outcome.kind === 'plan' ? outcome.plan.stages[0] : undefined;
}

async function isBids(folder: string): Promise<boolean> {
  try {
    await readFile(join(folder, 'dataset_description.json'));
    return true;
  } catch {
    return false;
  }
}

async function readReadme(folder: string): Promise<string | undefined> {
  for (const name of ['README', 'README.md', 'README.txt', 'README.rst'])
    try {
      return await readFile(join(folder, name), 'utf8');
    } catch {
      // The next name.
    }
  return undefined;
}

async function pastRuns(out: string) {
  const [{ listRuns }, { runStatus }] = await Promise.all([
    import('../engine/runs.js'),
    import('../engine/status.js'),
  ]);
  return Promise.all(listRuns(out).map((run) => runStatus(out, run)));
}
