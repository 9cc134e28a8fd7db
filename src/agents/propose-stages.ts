import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { forecast } from '../planning/forecast.js';
import type { CompiledStage } from '../planning/job.js';
import { PRECISE } from '../planning/parameters.js';
import type { Plan } from '../planning/plan.js';
import type { ProposedStage } from './reply.js';
import type { Workplace } from './workplace.js';

type World = Pick<Workplace, 'compile' | 'skills' | 'policy' | 'environment'>;

/**
 * Compiles the stages of a plan, as far as their data exist, into what a person is shown before saying yes: with what the
 * policy says of it, and which of its tools are not here.
 */
export async function proposeStages(plan: Plan, work: World): Promise<ProposedStage[]> {
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
      const compiled = await work.compile(plan, id);
      const stage = describeStage(compiled);
      const [ruled, missing] = await Promise.all([ruledOn(compiled, work), missingHere(compiled, work)]);
      stages.push({ ...stage, findings: [...stage.findings, ...ruled, ...missing] });
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      const finding = errorFinding(error.code, error.message, error.place, error.expected);
      stages.push({ ...empty, findings: [finding, ...error.findings] });
    }
  }
  return stages;
}

/** What the policy denies, and what it will ask about. The runtime is known only when the run starts. */
async function ruledOn(compiled: CompiledStage, work: World): Promise<readonly Finding[]> {
  const [{ decide }, policy, skills] = await Promise.all([
    import('../planning/policy.js'),
    work.policy(),
    work.skills(),
  ]);
  return decide([compiled], policy, { skills }).findings;
}

/** Environments that the jobs need and that cannot be entered here: a yes would stop before the first job. */
async function missingHere(compiled: CompiledStage, work: World): Promise<readonly Finding[]> {
  const { skills } = await work.skills();
  const names = new Set(compiled.jobs.flatMap(({ skill }) => skills.get(skill)?.contract.environment ?? []));
  const findings = await Promise.all(
    [...names].map(async (name): Promise<Finding[]> => {
      const { available, reason, remedy } = await work.environment(name);
      if (available) return [];
      return [
        {
          code: 'preflight.environment',
          severity: 'warning',
          message: `${name} cannot be entered here, so that this cannot run yet: ${reason ?? 'not available'}`,
          ...(remedy === undefined ? {} : { suggestion: remedy }),
        },
      ];
    }),
  );
  return findings.flat();
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
