import { nearest } from '../../kernel/text.js';
import { COUNTS, placeholdersOf, sentencesOf, STEP_PARTS } from '../methods-text.js';
import type { Pipeline } from '../pipeline.js';
import { parseReference } from '../references.js';
import type { EarlierStep, Say } from './step-contract.js';

/** Numbers come from JSON outputs, pictures from SVG outputs, of steps that are there. */
export function checkShown(pipeline: Pipeline, steps: ReadonlyMap<string, EarlierStep>, say: Say): void {
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

export function checkMethods(pipeline: Pipeline, say: Say): void {
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
