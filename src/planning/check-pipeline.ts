import { entityKey } from '../bids/entities.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { nearest } from '../kernel/text.js';
import type { SkillRegistry } from '../skills/registry.js';
import { asGridBinding, type GridBinding } from './compile/label-grids.js';
import { derivations } from './derivations.js';
import { itemFacts } from './compile/item.js';
import { COUNTS, placeholdersOf, sentencesOf, STEP_PARTS } from './methods-text.js';
import { fits } from './kinds.js';
import { checkValue, PRECISE } from './parameters.js';
import type { InputBinding, Pipeline, PipelineParameter, PipelineStep } from './pipeline.js';
import {
  asDeriveBinding,
  asSidecarBinding,
  fanOutOf,
  isOfAll,
  parameterName,
  conditionsOf,
  referencesOf,
  parseReference,
} from './references.js';

type Say = (field: string, message: string, expected?: string) => void;

/** What a step promises, whether by its skill or by its capability. */
interface StepContract {
  /** Of the skill or the capability. */
  readonly id: string;
  readonly inputs: Readonly<Record<string, { readonly kind: string; readonly optional: boolean }>>;
  readonly outputs: Readonly<Record<string, { readonly kind: string }>>;
  readonly parameters: readonly string[];
}

interface EarlierStep {
  readonly step: PipelineStep;
  readonly contract: StepContract | undefined;
}

/**
 * What a pipeline promises and its skills do not hold: unknown skills, roles, parameters and outputs, bindings that
 * lead nowhere, kinds that do not fit, names that BIDS does not know. `file` is where it was read.
 */
export function checkPipeline(pipeline: Pipeline, skills: SkillRegistry, file?: string): Finding[] {
  const findings: Finding[] = [];
  const say: Say = (field, message, expected) => {
    const place = { file: file ?? `${pipeline.id}.yaml`, field };
    findings.push(errorFinding('pipeline.invalid', message, place, expected));
  };
  checkInputs(pipeline, say);
  checkParameters(pipeline, say);
  const fans = fanOutOf(pipeline);
  const earlier = new Map<string, EarlierStep>();
  for (const [index, step] of pipeline.steps.entries()) {
    const at = `steps[${index}]`;
    const inStep: Say = (field, message, expected) =>
      say(`${at}.${field}`, `${step.id}: ${message}`, expected);
    if (earlier.has(step.id)) inStep('id', `two steps are called ${step.id}`);
    const contract = contractOf(step, skills, inStep);
    checkFan(pipeline, step, fans, inStep);
    checkRoles(pipeline, step, contract, earlier, inStep);
    checkStepParams(pipeline, step, contract, inStep);
    checkCondition(pipeline, step, inStep);
    checkPublish(pipeline, step, contract, fans.get(step.id) !== undefined, inStep);
    earlier.set(step.id, { step, contract });
  }
  checkPresets(pipeline, say);
  checkShown(pipeline, earlier, say);
  checkMethods(pipeline, say);
  return findings;
}

function contractOf(step: PipelineStep, skills: SkillRegistry, say: Say): StepContract | undefined {
  if (step.skill !== undefined) {
    const skill = skills.skills.get(step.skill);
    if (skill !== undefined)
      return {
        id: skill.id,
        inputs: skill.contract.inputs,
        outputs: skill.contract.outputs,
        parameters: skill.descriptor.inputs.flatMap(({ id, type }) => (type === 'File' ? [] : [id])),
      };
    const near = nearest(step.skill, skills.skills.keys());
    say('skill', `there is no skill ${step.skill}`, near === undefined ? undefined : `${near}?`);
    return undefined;
  }
  const name = step.capability ?? '';
  const capability = skills.capabilities.get(name);
  if (capability === undefined) {
    const known = [...skills.capabilities.keys()];
    say('capability', `there is no capability ${name}`, nearest(name, known) ?? known.join(', '));
    return undefined;
  }
  for (const id of step.prefer ?? []) {
    const skill = skills.skills.get(id);
    if (skill !== undefined && skill.contract.provides[name] === undefined)
      say('prefer', `${id} does not provide ${name}`, 'a skill that says so under `provides`');
  }
  const { id, inputs, outputs, params } = capability;
  return { id, inputs, outputs, parameters: Object.keys(params) };
}

function checkPresets(pipeline: Pipeline, say: Say): void {
  for (const [preset, { params }] of Object.entries(pipeline.presets)) {
    if (preset === PRECISE) say(`presets.${preset}`, 'the defaults are the precise preset', 'another name');
    for (const [name, value] of Object.entries(params)) {
      const field = `presets.${preset}.params.${name}`;
      const schema = pipeline.parameters[name];
      const wrong = schema === undefined ? undefined : checkValue(schema, value);
      if (schema === undefined)
        say(field, `the pipeline has no parameter ${name}`, nearest(name, Object.keys(pipeline.parameters)));
      else if (wrong !== undefined) say(field, `${name} ${wrong.message}`, wrong.expected);
    }
  }
}

/** Numbers come from JSON outputs, pictures from SVG outputs, of steps that are there. */
function checkShown(pipeline: Pipeline, steps: ReadonlyMap<string, EarlierStep>, say: Say): void {
  const shown = [
    ...Object.entries(pipeline.qc).map(([name, { from }]) => ({
      field: `qc.${name}.from`,
      from,
      kind: 'json',
    })),
    ...Object.entries(pipeline.pictures).map(([name, { from }]) => ({
      field: `pictures.${name}.from`,
      from,
      kind: 'svg',
    })),
  ];
  for (const { field, from, kind } of shown) {
    const reference = parseReference(from);
    if (!('step' in reference)) continue;
    const source = steps.get(reference.step);
    if (source === undefined) say(field, `there is no step ${reference.step}`, [...steps.keys()].join(', '));
    if (source?.contract === undefined) continue;
    const output = source.contract.outputs[reference.output];
    if (output === undefined)
      say(
        field,
        `${reference.step} (${source.contract.id}) has no output ${reference.output}`,
        Object.keys(source.contract.outputs).join(', '),
      );
    else if (output.kind !== kind) say(field, `${from} is ${output.kind}`, `an output of kind ${kind}`);
  }
}

function checkMethods(pipeline: Pipeline, say: Say): void {
  const steps = pipeline.steps.map(({ id }) => id);
  for (const [index, sentence] of sentencesOf(pipeline).entries()) {
    const field = `methods[${index}]`;
    for (const part of ['step', 'unless'] as const) {
      const step = sentence[part];
      if (step !== undefined && !steps.includes(step))
        say(`${field}.${part}`, `there is no step ${step}`, nearest(step, steps) ?? steps.join(', '));
    }
    for (const name of placeholdersOf(sentence.text)) {
      const [step = '', part] = name.split('.');
      if (part === undefined ? knownName(name, pipeline) : steps.includes(step) && STEP_PARTS.has(part))
        continue;
      const allowed = [...COUNTS, ...Object.keys(pipeline.parameters), ...steps.map((id) => `${id}.tool`)];
      say(field, `{${name}} stands for nothing`, nearest(name, allowed) ?? allowed.join(', '));
    }
  }
}

function knownName(name: string, pipeline: Pipeline): boolean {
  return COUNTS.has(name) || pipeline.parameters[name] !== undefined;
}

function checkInputs(pipeline: Pipeline, say: Say): void {
  for (const [name, input] of Object.entries(pipeline.inputs)) {
    if (!('query' in input)) continue;
    for (const [index, { when }] of input.requires.entries())
      if (when !== undefined && pipeline.parameters[when] === undefined)
        say(
          `inputs.${name}.requires[${index}].when`,
          `the pipeline has no parameter ${when}`,
          nearest(when, Object.keys(pipeline.parameters)),
        );
    for (const key of Object.keys(input.query)) {
      if (entityKey(key) === undefined && !['datatype', 'suffix', 'extension', 'stat'].includes(key))
        say(
          `inputs.${name}.query.${key}`,
          `${key} is no BIDS entity`,
          'an entity, datatype, suffix or extension',
        );
    }
  }
}

function checkParameters(pipeline: Pipeline, say: Say): void {
  const used = JSON.stringify(pipeline.steps);
  for (const [name, schema] of Object.entries(pipeline.parameters)) {
    if (schema.default !== undefined && schema.default !== null) {
      const wrong = checkValue(schema, schema.default);
      if (wrong !== undefined)
        say(`parameters.${name}.default`, `the default ${wrong.message}`, wrong.expected);
    }
    if (schema.required === true && schema.default !== undefined)
      say(`parameters.${name}.required`, 'it has a default, so nobody is asked', 'either of them');
    checkNames(pipeline, name, schema, say);
    const conditions = pipeline.steps.flatMap(({ when }) => conditionsOf(when));
    const named = conditions.some((condition) => 'parameter' in condition && condition.parameter === name);
    if (!named && !used.includes(`"$${name}"`)) say(`parameters.${name}`, `no step uses ${name}`);
  }
}

/** That `names_in` of a parameter speaks of inputs and parameters that the pipeline has. */
function checkNames(
  pipeline: Pipeline,
  name: string,
  { names_in: where }: PipelineParameter,
  say: Say,
): void {
  if (where === undefined) return;
  const field = `parameters.${name}.names_in`;
  const known = Object.keys(pipeline.inputs);
  for (const input of 'table' in where ? where.table : [where.events_of])
    if (!known.includes(input)) say(field, `the pipeline has no input ${input}`, nearest(input, known));
  const column = 'table' in where ? where.column_named : undefined;
  if (column !== undefined && pipeline.parameters[column] === undefined)
    say(field, `the pipeline has no parameter ${column}`, nearest(column, Object.keys(pipeline.parameters)));
}

function checkFan(
  pipeline: Pipeline,
  step: PipelineStep,
  fans: ReadonlyMap<string, string | undefined>,
  say: Say,
): void {
  if (step.for_each === undefined) {
    const direct = Object.values(step.inputs)
      .filter((binding) => !isOfAll(binding))
      .flatMap(referencesOf)
      .flatMap((reference) => ('input' in reference ? [reference.input] : []))
      .find((name) => {
        const input = pipeline.inputs[name];
        return input !== undefined && ('query' in input || 'dicom' in input);
      });
    if (direct !== undefined && fans.get(step.id) === undefined)
      say('for_each', `reads ${direct} and runs once for the stage`, `for_each: ${direct}`);
    return;
  }
  const input = pipeline.inputs[step.for_each];
  if (input === undefined)
    say('for_each', `${step.for_each} is no input of the pipeline`, Object.keys(pipeline.inputs).join(', '));
  else if (!('query' in input || 'dicom' in input))
    say('for_each', `${step.for_each} is one for the whole stage, not several items`);
  for (const name of step.per ?? [])
    if (entityKey(name) === undefined) say('per', `${name} is no BIDS entity`, 'sub, ses, task, run, ...');
}

function checkRoles(
  pipeline: Pipeline,
  step: PipelineStep,
  own: StepContract | undefined,
  earlier: ReadonlyMap<string, EarlierStep>,
  say: Say,
): void {
  for (const [role, binding] of Object.entries(step.inputs)) {
    const contract = own?.inputs[role];
    if (own !== undefined && contract === undefined) {
      const roles = Object.keys(own.inputs);
      say(`inputs.${role}`, `${own.id} has no input ${role}`, nearest(role, roles) ?? roles.join(', '));
    }
    const onGrid = asGridBinding(binding);
    if (onGrid !== undefined) checkGridBinding(onGrid, role, pipeline, say);
    for (const reference of referencesOf(binding)) {
      if ('input' in reference) {
        if (pipeline.inputs[reference.input] === undefined)
          say(
            `inputs.${role}`,
            `${reference.input} is no input of the pipeline`,
            `an input (${Object.keys(pipeline.inputs).join(', ')}) or an output (step.output)`,
          );
        continue;
      }
      const source = earlier.get(reference.step);
      if (source === undefined) {
        const later = pipeline.steps.some((candidate) => candidate.id === reference.step);
        say(
          `inputs.${role}`,
          later
            ? `${reference.step} comes later or is the step itself`
            : `there is no step ${reference.step}`,
          `one of ${[...earlier.keys()].join(', ') || 'none: it is the first step'}`,
        );
        continue;
      }
      if (source.contract === undefined || reference.output === '') continue;
      const output = source.contract.outputs[reference.output];
      const outputs = Object.keys(source.contract.outputs);
      if (output === undefined)
        say(
          `inputs.${role}`,
          `${reference.step} (${source.contract.id}) has no output ${reference.output}`,
          nearest(reference.output, outputs) ?? outputs.join(', '),
        );
      else if (contract !== undefined && takesFile(binding) && !fits(output.kind, contract.kind))
        say(
          `inputs.${role}`,
          `${reference.step}.${reference.output} is ${output.kind}, ${role} takes ${contract.kind}`,
          contract.kind,
        );
    }
  }
  for (const [role, contract] of Object.entries(own?.inputs ?? {})) {
    if (!contract.optional && step.inputs[role] === undefined)
      say(
        `inputs.${role}`,
        `the role ${role} of ${own?.id ?? ''} is bound to nothing`,
        'an input or an output',
      );
  }
}

/** The headers of both are read before anything runs: both are files that are there already. */
function checkGridBinding(binding: GridBinding, role: string, pipeline: Pipeline, say: Say): void {
  for (const part of ['labels', 'on_grid_of'] as const) {
    const input = pipeline.inputs[binding[part]];
    if (input === undefined || 'query' in input || ('given' in input && input.given === 'nifti')) continue;
    say(
      `inputs.${role}.${part}`,
      `${binding[part]} is no image`,
      'an input of the pipeline that is an image',
    );
  }
}

/** The file itself, not a companion of it or a folder that holds it. */
function takesFile(binding: InputBinding): boolean {
  return typeof binding === 'string' || 'either' in binding || 'gather' in binding;
}

function checkStepParams(
  pipeline: Pipeline,
  step: PipelineStep,
  contract: StepContract | undefined,
  say: Say,
): void {
  const known = contract?.parameters;
  for (const [name, binding] of Object.entries(step.params)) {
    const field = `params.${name}`;
    if (known !== undefined && !known.includes(name))
      say(field, `${contract?.id ?? ''} has no parameter ${name}`, nearest(name, known) ?? known.join(', '));
    const sidecar = asSidecarBinding(binding);
    const derive = asDeriveBinding(binding);
    for (const value of [binding, ...Object.values(derive?.with ?? {})]) {
      const parameter = parameterName(value);
      if (parameter === undefined || pipeline.parameters[parameter] !== undefined) continue;
      const near = nearest(parameter, Object.keys(pipeline.parameters));
      say(field, `the pipeline has no parameter ${parameter}`, near);
    }
    const of = sidecar?.of ?? derive?.of;
    if (of !== undefined && step.inputs[of] === undefined)
      say(field, `${of} is no role of this step`, Object.keys(step.inputs).join(', '));
    if (derive === undefined) continue;
    const derivation = derivations.get(derive.derive);
    if (derivation === undefined) {
      const near = nearest(derive.derive, derivations.keys());
      say(field, `there is no derivation ${derive.derive}`, near ?? [...derivations.keys()].join(', '));
      continue;
    }
    const names = derivation.args.map((arg) => arg.replace(/\?$/, ''));
    for (const arg of Object.keys(derive.with))
      if (!names.includes(arg)) say(field, `${derive.derive} takes no ${arg}`, names.join(', ') || 'nothing');
    for (const arg of derivation.args)
      if (!arg.endsWith('?') && derive.with[arg] === undefined)
        say(field, `${derive.derive} needs ${arg}`, arg);
    if (derivation.sidecar.length > 0 && derive.of === undefined)
      say(
        field,
        `${derive.derive} reads ${derivation.sidecar.join(', ')} of a sidecar`,
        'of: a role of this step',
      );
  }
}

function checkCondition(pipeline: Pipeline, step: PipelineStep, say: Say): void {
  for (const condition of conditionsOf(step.when)) {
    if ('fact' in condition) {
      if (!itemFacts.includes(condition.fact))
        say('when', `there is no fact ${condition.fact}`, itemFacts.join(', '));
    } else if (pipeline.parameters[condition.parameter] === undefined) {
      const near = nearest(condition.parameter, Object.keys(pipeline.parameters));
      say('when', `the pipeline has no parameter ${condition.parameter}`, near);
    }
  }
  for (const [output, role] of Object.entries(step.otherwise)) {
    if (step.when === undefined) say('otherwise', 'the step is never left out', 'a step with `when`');
    const binding = step.inputs[role];
    if (typeof binding !== 'string')
      say(
        `otherwise.${output}`,
        `${role} is no role that is bound to one file`,
        Object.keys(step.inputs).join(', '),
      );
  }
}

function checkPublish(
  pipeline: Pipeline,
  step: PipelineStep,
  contract: StepContract | undefined,
  fansOut: boolean,
  say: Say,
): void {
  for (const [output, rule] of Object.entries(step.publish)) {
    if (contract !== undefined && contract.outputs[output] === undefined) {
      const outputs = Object.keys(contract.outputs);
      say(
        `publish.${output}`,
        `${contract.id} has no output ${output}`,
        nearest(output, outputs) ?? outputs.join(', '),
      );
    }
    if (!fansOut && (rule === 'source' || !isPathRule(rule)))
      say(
        `publish.${output}`,
        'the step runs once for the stage: there is no item to name it after',
        '{path: ...}',
      );
    if (rule === 'source') continue;
    if (isPathRule(rule)) {
      if (fansOut)
        say(`publish.${output}`, 'every item would be published at one path', 'entities that name it');
      if (rule.path.startsWith('/') || rule.path.split('/').includes('..') || rule.path === '')
        say(`publish.${output}.path`, `${rule.path} leads out of the dataset`, 'a path below the dataset');
      continue;
    }
    for (const [name, value] of Object.entries(rule)) {
      if (entityKey(name) === undefined && !['suffix', 'datatype', 'extension', 'stat'].includes(name))
        say(
          `publish.${output}.${name}`,
          `${name} is no BIDS entity`,
          'an entity, suffix, datatype or extension',
        );
      else if (parameterName(value) !== undefined) {
        if (pipeline.parameters[parameterName(value) ?? ''] === undefined)
          say(`publish.${output}.${name}`, `the pipeline has no parameter ${value.slice(1)}`);
      } else if (entityKey(name) !== undefined && !/^[A-Za-z0-9+]*$/.test(value))
        say(`publish.${output}.${name}`, `${value} is no BIDS label`, 'letters and digits');
    }
  }
}

export function isPathRule(rule: PipelineStep['publish'][string]): rule is { path: string } {
  return typeof rule === 'object' && Object.keys(rule).length === 1 && 'path' in rule;
}
