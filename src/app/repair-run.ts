import type { Orchestrated } from '../agents/orchestrators/orchestrate.js';
import { planOfRun, findRun } from '../engine/runs.js';
import { readHistory } from '../engine/history.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { Plan } from '../planning/plan.js';
import { planningWorld, type OrchestrationTools } from './orchestrate.js';
import type { NeuroClaw } from './neuroclaw.js';

export interface RepairRequest {
  readonly out: string;
  /** The last run where it is absent; a beginning of its name is enough. */
  readonly run?: string | undefined;
  /** What the person said to it, such as the answer to a question. */
  readonly said?: readonly string[];
  /** Absent: no reviewer. */
  readonly review?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Lets the orchestrator of what failed propose a changed plan. Runs nothing. Throws run.unknown, agent.unknown. */
export async function repairRun(
  { out, run, said = [], review = false, signal }: RepairRequest,
  app: NeuroClaw,
  tools: OrchestrationTools,
): Promise<Orchestrated> {
  const [{ proposeRepair }, { Privacy }, { agents }] = await Promise.all([
    import('../agents/orchestrators/repair.js'),
    import('../agents/safety/privacy.js'),
    app.agents(),
  ]);
  const found = findRun(out, run);
  const plan = planOfRun(out, found.paths);
  const history = await readHistory(found.paths.trace);
  const failed = [...history.jobs.values()].find(({ end }) => end === 'failed' || end === 'rejected');
  const stage = plan.stages.find(({ id }) => failed?.job.startsWith(`${id}/`)) ?? plan.stages[0];
  const pipeline = typeof stage?.pipeline === 'string' ? stage.pipeline : (stage?.pipeline.id ?? '');
  const name = pipeline.slice(0, pipeline.indexOf('/'));
  const agent = agents.get(name) ?? agents.get('research');
  if (agent?.tier !== 'orchestrator')
    throw new NeuroClawError('agent.unknown', `there is no orchestrator for ${pipeline}`);
  const [source] = plan.stages.flatMap(({ data }) => ('stage' in data ? [] : [data]));
  if (source === undefined) throw new NeuroClawError('plan.invalid', 'the plan names no data');
  const data = 'bids' in source ? source.bids : source.dicom;
  const participants = peopleOf(plan);
  const inputs = Object.assign({}, ...plan.stages.map((each) => each.inputs)) as Record<string, string>;
  const open = await planningWorld(
    {
      agent: agent.name,
      wish: plan.request,
      data,
      out: plan.out,
      inputs,
      ...(participants === undefined ? {} : { participants }),
    },
    app,
  );
  // How DICOM series are named was settled with the person: it stays as it was.
  const conversion = plan.stages.find((each) => 'dicom' in each.data);
  const world = conversion === undefined ? open : { ...open, conversion };
  const labels = world.bids?.dataset.participants.map(({ label }) => label) ?? [];
  return proposeRepair({
    plan,
    history,
    agent,
    reviewer: review ? [...agents.values()].find(({ tier }) => tier === 'reviewer') : undefined,
    said,
    world,
    privacy: new Privacy(labels, tools.sharing),
    model: tools.model,
    budget: tools.budget,
    runLimits: tools.runLimits,
    ...(signal === undefined ? {} : { signal }),
    ...(tools.onStep === undefined ? {} : { onStep: tools.onStep }),
  });
}

/** Whom the plan that failed was for: a repair is for nobody else. Undefined: for everybody. */
function peopleOf({ stages }: Plan): string[] | undefined {
  const lists = stages.flatMap(({ data, participants }) => ('bids' in data ? [participants] : []));
  if (lists.length === 0 || lists.includes(undefined)) return undefined;
  return [...new Set(lists.flatMap((list) => list ?? []))];
}
