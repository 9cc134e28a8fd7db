import type { Pipeline } from '../pipeline.js';
import { parseReference, referencesOf } from '../references.js';
import type { ResolvedPipeline } from './choose-providers.js';

/**
 * The pipeline without the steps that served a role which the chosen provider of a capability does not take: a
 * registration to a template, where a tool masks the brain without one. A step that publishes something, that a quality
 * number or a picture is read from, or that nobody read from the beginning stays.
 */
export function withoutUnusedSteps(written: Pipeline, resolved: ResolvedPipeline): ResolvedPipeline {
  const readBefore = stepsRead(written.steps);
  const shown = new Set(
    [...Object.values(resolved.qc), ...Object.values(resolved.pictures)].flatMap(({ from }) => {
      const reference = parseReference(from);
      return 'step' in reference ? [reference.step] : [];
    }),
  );
  let steps = resolved.steps;
  for (;;) {
    const read = stepsRead(steps);
    const left = steps.filter(
      ({ id, publish }) =>
        read.has(id) || shown.has(id) || Object.keys(publish).length > 0 || !readBefore.has(id),
    );
    if (left.length === steps.length) return { ...resolved, steps };
    steps = left;
  }
}

/** Names of the inputs of a pipeline that its steps read. */
export function inputsRead({ steps }: Pick<Pipeline, 'steps'>): ReadonlySet<string> {
  const names = steps.flatMap((step) => [
    ...(step.for_each === undefined ? [] : [step.for_each]),
    ...Object.values(step.inputs)
      .flatMap(referencesOf)
      .flatMap((reference) => ('input' in reference ? [reference.input] : [])),
  ]);
  return new Set(names);
}

function stepsRead(steps: readonly Pipeline['steps'][number][]): ReadonlySet<string> {
  return new Set(
    steps.flatMap(({ inputs }) =>
      Object.values(inputs)
        .flatMap(referencesOf)
        .flatMap((reference) => ('step' in reference ? [reference.step] : [])),
    ),
  );
}
