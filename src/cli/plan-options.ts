import { resolve } from 'node:path';
import { NeuroClawError } from '../kernel/errors.js';
import type { JsonValue } from '../kernel/json.js';
import { nearest } from '../kernel/text.js';
import { isNamed } from '../planning/compile/fixed-inputs.js';
import type { LoadedPipelines } from '../planning/load-pipelines.js';
import { parseParameter } from '../planning/parameter-text.js';
import { PRECISE } from '../planning/parameters.js';
import type { Pipeline } from '../planning/pipeline.js';
import type { Plan, PlanStage } from '../planning/plan.js';

/** Applies `--no-pictures`, and `--preset`, `--set`, `--use` and `--input` to the stages of a plan whose pipelines know what they name. */
export function withOptions(
  plan: Plan,
  options: Record<string, unknown>,
  cwd: string,
  loaded: LoadedPipelines,
): Plan {
  const drawn = options['pictures'] === false ? { ...plan, pictures: false } : plan;
  const preset = withPreset(drawn, options, loaded);
  return withInputs(
    withProviders(withSettings(preset, options, loaded), options, loaded),
    options,
    cwd,
    loaded,
  );
}

/** `name=value` of a repeated option. */
function pairsOf(
  options: Record<string, unknown>,
  option: string,
  form: string,
): (readonly [string, string])[] {
  const given = options[option];
  return (Array.isArray(given) ? given.map(String) : []).map((text) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined || value === '')
      throw new NeuroClawError('usage.arguments', `cannot read --${option} ${text}`, { expected: form });
    return [name, value] as const;
  });
}

function pipelineOf({ pipeline }: PlanStage, { pipelines }: LoadedPipelines): Pipeline | undefined {
  return typeof pipeline === 'string' ? pipelines.get(pipeline) : pipeline;
}

/** Changes the stages that `takes` says yes to; an error with what there is where none does. */
function changed(
  plan: Plan,
  loaded: LoadedPipelines,
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

function withPreset(plan: Plan, options: Record<string, unknown>, loaded: LoadedPipelines): Plan {
  const preset = options['preset'];
  if (typeof preset !== 'string') return plan;
  const known = (pipeline: Pipeline): string[] => [PRECISE, ...Object.keys(pipeline.presets)];
  return changed(plan, loaded, known, preset, (stage) => ({ ...stage, preset }), 'a preset');
}

function withProviders(plan: Plan, options: Record<string, unknown>, loaded: LoadedPipelines): Plan {
  const known = ({ steps }: Pipeline): string[] => steps.flatMap(({ capability }) => capability ?? []);
  return pairsOf(options, 'use', 'capability=family/skill').reduce(
    (before, [name, skill]) =>
      changed(
        before,
        loaded,
        known,
        name,
        (stage) => ({ ...stage, providers: { ...stage.providers, [name]: skill } }),
        'a step for the capability',
      ),
    plan,
  );
}

function withInputs(
  plan: Plan,
  options: Record<string, unknown>,
  cwd: string,
  loaded: LoadedPipelines,
): Plan {
  const known = ({ inputs }: Pipeline): string[] =>
    Object.entries(inputs).flatMap(([name, input]) => (isNamed(input) ? [name] : []));
  return pairsOf(options, 'input', 'name=FILE').reduce(
    (before, [name, path]) =>
      changed(
        before,
        loaded,
        known,
        name,
        (stage) => ({ ...stage, inputs: { ...stage.inputs, [name]: resolve(cwd, path) } }),
        'an input',
      ),
    plan,
  );
}

/** Applies `--set name=value` to every stage whose pipeline has the parameter. */
function withSettings(plan: Plan, options: Record<string, unknown>, { pipelines }: LoadedPipelines): Plan {
  let stages = plan.stages;
  for (const [name, text] of pairsOf(options, 'set', 'name=value')) {
    let taken = false;
    stages = stages.map((stage) => {
      const pipeline = typeof stage.pipeline === 'string' ? pipelines.get(stage.pipeline) : stage.pipeline;
      const value: JsonValue | undefined =
        pipeline === undefined ? undefined : parseParameter(pipeline, name, text);
      if (value === undefined) return stage;
      taken = true;
      return { ...stage, params: { ...stage.params, [name]: value as never } };
    });
    if (!taken) {
      const known = stages.flatMap(({ pipeline }) =>
        Object.keys(
          (typeof pipeline === 'string' ? pipelines.get(pipeline)?.parameters : pipeline.parameters) ?? {},
        ),
      );
      throw new NeuroClawError('param.invalid', `no stage of this plan has a parameter ${name}`, {
        place: { field: name },
        expected: known.join(', ') || 'no parameters',
      });
    }
  }
  return { ...plan, stages };
}
