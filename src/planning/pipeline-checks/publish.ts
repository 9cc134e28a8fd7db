import { entityKey } from '../../bids/entities.js';
import { nearest } from '../../kernel/text.js';
import type { Pipeline, PipelineStep } from '../pipeline.js';
import { parameterName } from '../references.js';
import type { Say, StepContract } from './step-contract.js';

export function checkPublish(
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
    if (rule === 'own') continue;
    if (rule === 'participant' && contract !== undefined && contract.outputs[output]?.kind !== 'folder')
      say(`publish.${output}`, 'it is no folder with files of a participant', 'an output of kind folder');
    if (!fansOut && (typeof rule === 'string' || !isPathRule(rule)))
      say(
        `publish.${output}`,
        'the step runs once for the stage: there is no item to name it after',
        '{path: ...}',
      );
    if (typeof rule === 'string') continue;
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
