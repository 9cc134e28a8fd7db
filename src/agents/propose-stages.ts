import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding } from '../kernel/findings.js';
import { forecast } from '../planning/forecast.js';
import type { CompiledStage } from '../planning/job.js';
import { PRECISE } from '../planning/parameters.js';
import type { Plan } from '../planning/plan.js';
import type { ProposedStage } from './reply.js';
import type { Workplace } from './workplace.js';

/** Compiles the stages of a plan, as far as their data exist, into what a person is shown before saying yes. */
export async function proposeStages(plan: Plan, work: Pick<Workplace, 'compile'>): Promise<ProposedStage[]> {
  const stages: ProposedStage[] = [];
  for (const { id, pipeline, version, data } of plan.stages) {
    const about = {
      stage: id,
      pipeline: typeof pipeline === 'string' ? pipeline : pipeline.id,
      version: version ?? '',
    };
    const empty = { ...about, steps: [], jobs: 0, providers: [], findings: [], seconds: 0, diskMb: 0 };
    if ('stage' in data) {
      stages.push({ ...empty, after: data.stage });
      continue;
    }
    try {
      stages.push(describeStage(await work.compile(plan, id)));
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      const finding = errorFinding(error.code, error.message, error.place, error.expected);
      stages.push({ ...empty, findings: [finding, ...error.findings] });
    }
  }
  return stages;
}

/** A compiled stage as a person is shown it. */
export function describeStage(compiled: CompiledStage): ProposedStage {
  const steps = new Map<string, { skill: string; jobs: number; example: string }>();
  for (const { step, skill, argv } of compiled.jobs) {
    const known = steps.get(step);
    if (known === undefined) steps.set(step, { skill, jobs: 1, example: argv.join(' ') });
    else known.jobs += 1;
  }
  const { seconds, diskMb } = forecast(compiled);
  return {
    stage: compiled.stage,
    pipeline: compiled.pipeline.id,
    version: compiled.pipeline.version,
    dataset: compiled.dataset.folder,
    ...(compiled.preset === PRECISE ? {} : { preset: compiled.preset }),
    steps: [...steps].map(([step, rest]) => ({ step, ...rest })),
    jobs: compiled.jobs.length,
    providers: compiled.providers,
    findings: compiled.findings,
    seconds,
    diskMb,
  };
}
