import type { Pipeline } from './pipeline.js';
import { parseReference, referencesOf } from './references.js';

/**
 * Ids of the steps that serve nothing but pictures: those that draw them, and those whose outputs go nowhere but into
 * such steps. A step that publishes something, that a quality number is read from, or that any other step needs stays.
 */
export function pictureSteps({
  steps,
  qc,
  pictures,
}: Pick<Pipeline, 'steps' | 'qc' | 'pictures'>): Set<string> {
  const stepOf = ({ from }: { readonly from: string }): string[] => {
    const reference = parseReference(from);
    return 'step' in reference ? [reference.step] : [];
  };
  const drawing = new Set(Object.values(pictures).flatMap(stepOf));
  const measured = new Set(Object.values(qc).flatMap(stepOf));
  const only = new Set<string>();
  // Steps come after what they need, so that from the end every consumer is decided before its source.
  for (const step of [...steps].reverse()) {
    if (Object.keys(step.publish).length > 0 || measured.has(step.id)) continue;
    const consumers = steps.filter(({ inputs }) =>
      Object.values(inputs)
        .flatMap(referencesOf)
        .some((reference) => 'step' in reference && reference.step === step.id),
    );
    const served = drawing.has(step.id) || consumers.length > 0;
    if (served && consumers.every(({ id }) => only.has(id))) only.add(step.id);
  }
  return only;
}

/** The pipeline without its pictures and the steps that serve them alone. */
export function withoutPictures(pipeline: Pipeline): Pipeline {
  const left = pictureSteps(pipeline);
  return { ...pipeline, pictures: {}, steps: pipeline.steps.filter(({ id }) => !left.has(id)) };
}
