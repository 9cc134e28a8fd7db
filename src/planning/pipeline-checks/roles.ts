import { entityKey } from '../../bids/entities.js';
import { nearest } from '../../kernel/text.js';
import { asGridBinding, type GridBinding } from '../compile/label-grids.js';
import { fits } from '../kinds.js';
import type { InputBinding, Pipeline, PipelineInput, PipelineStep } from '../pipeline.js';
import { isOfAll, referencesOf } from '../references.js';
import type { EarlierStep, Say, StepContract } from './step-contract.js';

export function checkFan(
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
        return input !== undefined && isSeveral(input);
      });
    if (direct !== undefined && fans.get(step.id) === undefined)
      say('for_each', `reads ${direct} and runs once for the stage`, `for_each: ${direct}`);
    return;
  }
  const input = pipeline.inputs[step.for_each];
  if (input === undefined)
    say('for_each', `${step.for_each} is no input of the pipeline`, Object.keys(pipeline.inputs).join(', '));
  else if (!isSeveral(input))
    say('for_each', `${step.for_each} is one for the whole stage, not several items`);
  for (const name of step.per ?? [])
    if (entityKey(name) === undefined) say('per', `${name} is no BIDS entity`, 'sub, ses, task, run, ...');
}

export function checkRoles(
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
    if (typeof binding !== 'string' && 'take' in binding && contract?.optional === false)
      say(`inputs.${role}`, `${own?.id ?? ''} cannot do without ${role}`, 'a role that can be empty');
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

/** An input that is an item for each participant, image or series. */
function isSeveral(input: PipelineInput): boolean {
  return 'query' in input || 'dicom' in input || 'subject_folders' in input;
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
  return (
    typeof binding === 'string' ||
    'either' in binding ||
    'take' in binding ||
    ('gather' in binding && binding.as === undefined)
  );
}
