import { determinant } from '../../imaging/affine.js';
import type { Pipeline } from '../pipeline.js';
import { conditionsOf } from '../references.js';
import type { Adaptation } from './adaptation.js';
import type { ImageFacts } from './image-facts.js';
import type { Item } from './item.js';

interface Facts {
  readonly pipeline: Pipeline;
  readonly items: ReadonlyMap<string, readonly Item[]>;
  readonly images: ImageFacts;
}

/**
 * What steps do about the gradients of the diffusion series that they read: series whose voxel axes are right-handed,
 * and series with one shell in a pipeline that treats several otherwise. Each with the number of series it is told of.
 */
export function gradientAdaptations(facts: Facts): { adaptation: Adaptation; of: number }[] {
  return [...handedness(facts), ...shells(facts)];
}

/**
 * Directions of a .bvec file count along the voxel axes, and against the first one where the determinant of the affine
 * is positive (BIDS, diffusion imaging data; FSL, FDT, "What conventions do the bvecs use?"). A step that reads such a
 * table turns x round; a reader that does not gives mirrored fibres that no FA map shows.
 */
function handedness({ pipeline, items, images }: Facts): { adaptation: Adaptation; of: number }[] {
  return pipeline.steps.flatMap((step) =>
    Object.values(step.inputs).flatMap((binding) => {
      if (typeof binding === 'string' || !('companion' in binding) || binding.companion !== 'bvec') return [];
      const all = items.get(binding.of) ?? [];
      const right = all.filter(({ source }) => {
        const header = source && images.header(source);
        return header !== undefined && determinant(header.affine) > 0;
      });
      if (right.length === 0) return [];
      const reason = `the voxel axes are right-handed (positive determinant): directions of the .bvec count against the first axis, and x is turned round as they are read (${step.skill ?? ''})`;
      const keys = right.map(({ key }) => key);
      return [{ adaptation: { step: step.id, items: keys, reason }, of: all.length }];
    }),
  );
}

/** Steps that are for several shells alone, in a pipeline that has others in their stead. */
function shells({ pipeline, items }: Facts): { adaptation: Adaptation; of: number }[] {
  const asked = (negated: boolean): string[] =>
    pipeline.steps.flatMap(({ id, when }) =>
      conditionsOf(when).some(
        (condition) =>
          'fact' in condition && condition.fact === 'multi-shell' && condition.negated === negated,
      )
        ? [id]
        : [],
    );
  const [several, single] = [asked(false), asked(true)];
  const [step] = single;
  if (step === undefined || several.length === 0) return [];
  const fan = pipeline.steps.flatMap((each) =>
    Object.values(each.inputs).flatMap((binding) =>
      typeof binding !== 'string' && 'companion' in binding && binding.companion === 'bval'
        ? [binding.of]
        : [],
    ),
  )[0];
  const all = items.get(fan ?? '') ?? [];
  const one = all.filter(({ facts }) => !facts.has('multi-shell'));
  if (one.length === 0) return [];
  const reason = `one shell above b=0 tells one tissue: ${single.join(', ')} in place of ${several.join(', ')}`;
  return [{ adaptation: { step, items: one.map(({ key }) => key), reason }, of: all.length }];
}
