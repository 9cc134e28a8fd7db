import type { Skill } from '../../skills/skill.js';
import type { Pipeline } from '../pipeline.js';
import type { Plan } from '../plan.js';

/**
 * Skills that a stage runs whatever its data turn out to be: those of steps without a condition. For a capability, the
 * skill that the plan names, or the only one that provides it. Empty for a pipeline that is not installed, which
 * compiling tells.
 */
export function namedSkills(
  plan: Plan,
  stageId: string,
  pipelines: ReadonlyMap<string, Pipeline>,
  skills: ReadonlyMap<string, Skill>,
): string[] {
  const stage = plan.stages.find(({ id }) => id === stageId);
  const pipeline = typeof stage?.pipeline === 'string' ? pipelines.get(stage.pipeline) : stage?.pipeline;
  return (pipeline?.steps ?? []).flatMap(({ skill, capability, when }) => {
    if (when !== undefined) return [];
    if (skill !== undefined) return skills.has(skill) ? [skill] : [];
    const named = stage?.providers[capability ?? ''];
    if (named !== undefined) return skills.has(named) ? [named] : [];
    const providers = [...skills.values()].filter(
      ({ contract }) => contract.provides[capability ?? ''] !== undefined,
    );
    return providers.length === 1 ? providers.map(({ id }) => id) : [];
  });
}
