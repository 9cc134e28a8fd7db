import { entityKey } from '../bids/entities.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { nearest } from '../kernel/text.js';
import type { SkillRegistry } from '../skills/registry.js';
import type { Skill } from '../skills/skill.js';
import { derivations } from './derivations.js';
import { itemFacts } from './compile/item.js';
import { checkValue } from './parameters.js';
import type { InputBinding, Pipeline, PipelineStep } from './pipeline.js';
import {
  asDeriveBinding,
  asSidecarBinding,
  fanOutOf,
  isOfAll,
  parameterName,
  parseCondition,
  referencesOf,
} from './references.js';

type Say = (field: string, message: string, expected?: string) => void;

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
  const earlier = new Map<string, { step: PipelineStep; skill: Skill | undefined }>();
  for (const [index, step] of pipeline.steps.entries()) {
    const at = `steps[${index}]`;
    const inStep: Say = (field, message, expected) =>
      say(`${at}.${field}`, `${step.id}: ${message}`, expected);
    if (earlier.has(step.id)) inStep('id', `two steps are called ${step.id}`);
    const skill = step.skill === undefined ? undefined : skills.skills.get(step.skill);
    if (skill === undefined && step.skill !== undefined) {
      const near = nearest(step.skill, skills.skills.keys());
      inStep('skill', `there is no skill ${step.skill}`, near === undefined ? undefined : `${near}?`);
    }
    checkFan(pipeline, step, fans, inStep);
    checkRoles(pipeline, step, skill, earlier, inStep);
    checkStepParams(pipeline, step, skill, inStep);
    checkCondition(pipeline, step, inStep);
    checkPublish(step, skill, fans.get(step.id) !== undefined, inStep);
    earlier.set(step.id, { step, skill });
  }
  return findings;
}

function checkInputs(pipeline: Pipeline, say: Say): void {
  for (const [name, input] of Object.entries(pipeline.inputs)) {
    if (!('query' in input)) continue;
    for (const key of Object.keys(input.query)) {
      if (entityKey(key) === undefined && !['datatype', 'suffix', 'extension'].includes(key))
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
    const conditions = pipeline.steps.flatMap((step) =>
      step.when === undefined ? [] : parseCondition(step.when),
    );
    const named = conditions.some((condition) => 'parameter' in condition && condition.parameter === name);
    if (!named && !used.includes(`"$${name}"`)) say(`parameters.${name}`, `no step uses ${name}`);
  }
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
        return input !== undefined && !('dataset' in input);
      });
    if (direct !== undefined && fans.get(step.id) === undefined)
      say('for_each', `reads ${direct} and runs once for the stage`, `for_each: ${direct}`);
    return;
  }
  const input = pipeline.inputs[step.for_each];
  if (input === undefined)
    say('for_each', `${step.for_each} is no input of the pipeline`, Object.keys(pipeline.inputs).join(', '));
  else if ('dataset' in input) say('for_each', `${step.for_each} is one folder, not several items`);
}

function checkRoles(
  pipeline: Pipeline,
  step: PipelineStep,
  skill: Skill | undefined,
  earlier: ReadonlyMap<string, { step: PipelineStep; skill: Skill | undefined }>,
  say: Say,
): void {
  for (const [role, binding] of Object.entries(step.inputs)) {
    const contract = skill?.contract.inputs[role];
    if (skill !== undefined && contract === undefined) {
      const roles = Object.keys(skill.contract.inputs);
      say(`inputs.${role}`, `${skill.id} has no input ${role}`, nearest(role, roles) ?? roles.join(', '));
    }
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
      if (source.skill === undefined || reference.output === '') continue;
      const output = source.skill.contract.outputs[reference.output];
      const outputs = Object.keys(source.skill.contract.outputs);
      if (output === undefined)
        say(
          `inputs.${role}`,
          `${reference.step} (${source.skill.id}) has no output ${reference.output}`,
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
  for (const [role, contract] of Object.entries(skill?.contract.inputs ?? {})) {
    if (!contract.optional && step.inputs[role] === undefined)
      say(
        `inputs.${role}`,
        `the role ${role} of ${step.skill ?? ''} is bound to nothing`,
        'an input or an output',
      );
  }
}

/** The file itself, not a companion of it or a folder that holds it. */
function takesFile(binding: InputBinding): boolean {
  return typeof binding === 'string' || 'either' in binding || 'gather' in binding;
}

function fits(kind: string, wanted: string): boolean {
  return kind === wanted || kind === 'any' || wanted === 'any';
}

function checkStepParams(pipeline: Pipeline, step: PipelineStep, skill: Skill | undefined, say: Say): void {
  const known = skill?.descriptor.inputs.filter((input) => input.type !== 'File').map((input) => input.id);
  for (const [name, binding] of Object.entries(step.params)) {
    const field = `params.${name}`;
    if (known !== undefined && !known.includes(name))
      say(field, `${step.skill ?? ''} has no parameter ${name}`, nearest(name, known) ?? known.join(', '));
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
  for (const condition of step.when === undefined ? [] : parseCondition(step.when)) {
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

function checkPublish(step: PipelineStep, skill: Skill | undefined, fansOut: boolean, say: Say): void {
  for (const [output, rule] of Object.entries(step.publish)) {
    if (skill !== undefined && skill.contract.outputs[output] === undefined) {
      const outputs = Object.keys(skill.contract.outputs);
      say(
        `publish.${output}`,
        `${skill.id} has no output ${output}`,
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
      else if (entityKey(name) !== undefined && !/^[A-Za-z0-9+]*$/.test(value))
        say(`publish.${output}.${name}`, `${value} is no BIDS label`, 'letters and digits');
    }
  }
}

export function isPathRule(rule: PipelineStep['publish'][string]): rule is { path: string } {
  return typeof rule === 'object' && Object.keys(rule).length === 1 && 'path' in rule;
}
