import { NeuroClawError } from '../kernel/errors.js';
import { nearest } from '../kernel/text.js';
import type { Skill } from '../skills/skill.js';
import { isNamed } from './compile/fixed-inputs.js';
import type { LoadedPipelines } from './load-pipelines.js';
import { parseParameter } from './parameter-text.js';
import { PRECISE } from './parameters.js';
import type { Pipeline } from './pipeline.js';
import type { Plan, PlanStage } from './plan.js';
import { setStepParameter } from './step-parameter.js';

type Named = readonly (readonly [name: string, value: string])[];

/** What is set in a plan by name, in every stage whose pipeline knows the name. */
export interface PlanChanges {
  readonly preset?: string | undefined;
  /** Parameters, as text. */
  readonly set?: Named;
  /** Skill by capability. */
  readonly use?: Named;
  /** Files that pipelines ask for, absolute. */
  readonly input?: Named;
}

type Pipelines = Pick<LoadedPipelines, 'pipelines'> & {
  /** Where they are given, `step.parameter` may be set, too. */
  readonly skills?: ReadonlyMap<string, Skill>;
};

/** Applies changes to the stages of a plan. Throws param.invalid, with what there is, for a name that no stage knows. */
export function changePlan(plan: Plan, changes: PlanChanges, loaded: Pipelines): Plan {
  const { preset, set = [], use = [], input = [] } = changes;
  let changed = preset === undefined ? plan : withPreset(plan, preset, loaded);
  const { pipelines, skills } = loaded;
  for (const [name, text] of set)
    changed =
      skills !== undefined && name.includes('.')
        ? setStepParameter(changed, name, text, { pipelines, skills })
        : withSetting(changed, name, text, loaded);
  for (const [name, skill] of use) changed = withProvider(changed, name, skill, loaded);
  for (const [name, path] of input) changed = withInput(changed, name, path, loaded);
  return changed;
}

function pipelineOf({ pipeline }: PlanStage, { pipelines }: Pipelines): Pipeline | undefined {
  return typeof pipeline === 'string' ? pipelines.get(pipeline) : pipeline;
}

/** Changes the stages whose pipeline knows the name; an error with what there is where none does. */
function changed(
  plan: Plan,
  loaded: Pipelines,
  known: (pipeline: Pipeline) => readonly string[],
  name: string,
  change: (stage: PlanStage) => PlanStage,
  what: string,
): Plan {
  const offered = new Set<string>();
  let taken = false;
  const stages = plan.stages.map((stage) => {
    const pipeline = pipelineOf(stage, loaded);
    const names = pipeline === undefined ? [] : known(pipeline);
    for (const each of names) offered.add(each);
    if (!names.includes(name)) return stage;
    taken = true;
    return change(stage);
  });
  if (taken) return { ...plan, stages };
  const near = nearest(name, offered);
  throw new NeuroClawError(
    'param.invalid',
    `no stage of this plan has ${what} ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
    {
      place: { field: name },
      expected: [...offered].join(', ') || 'none: the pipelines of this plan have none',
    },
  );
}

function withPreset(plan: Plan, preset: string, loaded: Pipelines): Plan {
  const known = (pipeline: Pipeline): string[] => [PRECISE, ...Object.keys(pipeline.presets)];
  return changed(plan, loaded, known, preset, (stage) => ({ ...stage, preset }), 'a preset');
}

function withProvider(plan: Plan, name: string, skill: string, loaded: Pipelines): Plan {
  const known = ({ steps }: Pipeline): string[] => steps.flatMap(({ capability }) => capability ?? []);
  return changed(
    plan,
    loaded,
    known,
    name,
    (stage) => ({ ...stage, providers: { ...stage.providers, [name]: skill } }),
    'a step for the capability',
  );
}

function withInput(plan: Plan, name: string, path: string, loaded: Pipelines): Plan {
  const known = ({ inputs }: Pipeline): string[] =>
    Object.entries(inputs).flatMap(([input, contract]) => (isNamed(contract) ? [input] : []));
  return changed(
    plan,
    loaded,
    known,
    name,
    (stage) => ({ ...stage, inputs: { ...stage.inputs, [name]: path } }),
    'an input',
  );
}

function withSetting(plan: Plan, name: string, text: string, loaded: Pipelines): Plan {
  const known = ({ parameters }: Pipeline): string[] => Object.keys(parameters);
  const set = (stage: PlanStage): PlanStage => {
    const pipeline = pipelineOf(stage, loaded);
    const value = pipeline === undefined ? undefined : parseParameter(pipeline, name, text);
    return value === undefined ? stage : { ...stage, params: { ...stage.params, [name]: value } as never };
  };
  return changed(plan, loaded, known, name, set, 'a parameter');
}
