import { entityKey } from '../../bids/entities.js';
import { nearest } from '../../kernel/text.js';
import { checkValue, PRECISE } from '../parameters.js';
import type { Pipeline, PipelineParameter } from '../pipeline.js';
import { conditionsOfStep } from '../references.js';
import type { Say } from './step-contract.js';

export function checkInputs(pipeline: Pipeline, say: Say): void {
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

export function checkParameters(pipeline: Pipeline, say: Say): void {
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
    const conditions = pipeline.steps.flatMap(conditionsOfStep);
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

export function checkPresets(pipeline: Pipeline, say: Say): void {
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
