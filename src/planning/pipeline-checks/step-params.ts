import { nearest } from '../../kernel/text.js';
import { itemFacts } from '../compile/item.js';
import { derivations } from '../derivations.js';
import type { Pipeline, PipelineStep } from '../pipeline.js';
import { asDeriveBinding, asSidecarBinding, conditionsOfStep, parameterName } from '../references.js';
import type { Say, StepContract } from './step-contract.js';

export function checkStepParams(
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

export function checkCondition(pipeline: Pipeline, step: PipelineStep, say: Say): void {
  for (const condition of conditionsOfStep(step)) {
    if ('fact' in condition) {
      if (!itemFacts.includes(condition.fact))
        say('when', `there is no fact ${condition.fact}`, itemFacts.join(', '));
    } else if ('has' in condition) {
      const known = Object.keys(pipeline.inputs);
      if (!known.includes(condition.has))
        say(
          'when',
          `${condition.has} is no input of the pipeline`,
          nearest(condition.has, known) ?? known.join(', '),
        );
    } else if (pipeline.parameters[condition.parameter] === undefined) {
      const near = nearest(condition.parameter, Object.keys(pipeline.parameters));
      say('when', `the pipeline has no parameter ${condition.parameter}`, near);
    } else {
      const { choices } = pipeline.parameters[condition.parameter] ?? {};
      if (condition.value !== undefined && choices?.map(String).includes(condition.value) === false)
        say('when', `${condition.parameter} is never ${condition.value}`, choices.join(', '));
    }
  }
  for (const [output, role] of Object.entries(step.otherwise)) {
    if (step.when === undefined) say('otherwise', 'the step is never left out', 'a step with `when`');
    const binding = step.inputs[role];
    if (typeof binding !== 'string' && !(binding !== undefined && 'either' in binding))
      say(
        `otherwise.${output}`,
        `${role} is no role that is bound to one file`,
        Object.keys(step.inputs).join(', '),
      );
  }
}
