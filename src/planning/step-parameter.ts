import { NeuroClawError } from '../kernel/errors.js';
import type { JsonValue } from '../kernel/json.js';
import { nearest } from '../kernel/text.js';
import type { Skill } from '../skills/skill.js';
import { parseParameter } from './parameter-text.js';
import type { Pipeline } from './pipeline.js';
import type { Plan, PlanStage } from './plan.js';

export interface StepParameterWorld {
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly skills: ReadonlyMap<string, Skill>;
}

/**
 * Sets `tractogram.select=10000`: a parameter of a step or of its skill, by the name of the step, of the skill or of
 * the stage. Where the step passes on a parameter of the pipeline, that one is set; otherwise the plan gets the
 * pipeline written out, with the step changed. Throws param.invalid with what there is.
 */
export function setStepParameter(plan: Plan, name: string, text: string, world: StepParameterWorld): Plan {
  const dot = name.indexOf('.');
  const [owner, parameter] = [name.slice(0, dot), name.slice(dot + 1)];
  const known = new Set<string>();
  let taken = false;
  const stages = plan.stages.map((stage): PlanStage => {
    const pipeline =
      typeof stage.pipeline === 'string' ? world.pipelines.get(stage.pipeline) : stage.pipeline;
    if (pipeline === undefined) return stage;
    let next = stage;
    if (owner === stage.id) {
      const value = parseParameter(pipeline, parameter, text);
      for (const each of Object.keys(pipeline.parameters)) known.add(`${stage.id}.${each}`);
      if (value !== undefined) {
        taken = true;
        return { ...stage, params: { ...stage.params, [parameter]: value as never } };
      }
    }
    for (const step of pipeline.steps) {
      const skill = world.skills.get(step.skill ?? '');
      const names = new Set([...Object.keys(step.params), ...parametersOf(skill)]);
      for (const each of names) known.add(`${step.id}.${each}`);
      const meant =
        owner === step.id ||
        owner === step.skill ||
        owner === step.skill?.split('/')[1] ||
        owner === stage.id;
      if (!meant || !names.has(parameter)) continue;
      taken = true;
      next = withStepValue(next, pipeline, step.id, parameter, text);
    }
    return next;
  });
  if (taken) return { ...plan, stages };
  const near = nearest(name, known);
  throw new NeuroClawError(
    'param.invalid',
    `no step of this plan has ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
    { place: { field: name }, expected: [...known].sort().join(', ') },
  );
}

function withStepValue(
  stage: PlanStage,
  pipeline: Pipeline,
  stepId: string,
  parameter: string,
  text: string,
): PlanStage {
  const binding = pipeline.steps.find(({ id }) => id === stepId)?.params[parameter];
  if (typeof binding === 'string' && binding.startsWith('$')) {
    const value = parseParameter(pipeline, binding.slice(1), text);
    if (value !== undefined)
      return { ...stage, params: { ...stage.params, [binding.slice(1)]: value as never } };
  }
  const written = typeof stage.pipeline === 'string' ? pipeline : stage.pipeline;
  const steps = written.steps.map((step) =>
    step.id === stepId
      ? { ...step, params: { ...step.params, [parameter]: plainValue(text) as never } }
      : step,
  );
  return { ...stage, pipeline: { ...written, steps } };
}

function parametersOf(skill: Skill | undefined): string[] {
  if (skill === undefined) return [];
  const roles = new Set(Object.keys(skill.contract.inputs));
  return skill.descriptor.inputs.flatMap(({ id }) => (roles.has(id) ? [] : [id]));
}

/** A number, yes or no, or text; the skill says later whether it takes it. */
function plainValue(text: string): JsonValue {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}
