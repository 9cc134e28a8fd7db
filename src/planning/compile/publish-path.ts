import { derivativeName } from '../../bids/derivative.js';
import type { Skill } from '../../skills/skill.js';
import { isPathRule } from '../check-pipeline.js';
import type { PipelineStep } from '../pipeline.js';
import type { Item } from './item.js';

/**
 * Where an output appears in the dataset of the stage. `source`: under the name of the item itself; a path: there;
 * else the name of the item with the entities of the skill's contract and of the pipeline, which wins.
 * The extension is that of the file the tool writes. Undefined: it has no place there.
 */
export function publishPath(
  rule: PipelineStep['publish'][string],
  output: { readonly id: string; readonly path: string },
  skill: Skill,
  item: Item | undefined,
): string | undefined {
  if (rule !== 'source' && isPathRule(rule)) return rule.path;
  if (item === undefined) return undefined;
  const contract = skill.contract.outputs[output.id];
  // Tables of gradients belong to diffusion images: BIDS has no place for them beside others.
  const isGradients = contract?.kind === 'bval' || contract?.kind === 'bvec';
  if (rule === 'source' && isGradients && item.name.suffix !== 'dwi') return undefined;
  const extension = extensionOf(output.path);
  if (rule === 'source') return derivativeName(item.name, { extension });
  return derivativeName(item.name, { ...contract?.bids, ...rule, extension: rule['extension'] ?? extension });
}

/** `.nii.gz` of `image.nii.gz`: from the first dot, as BIDS counts. */
function extensionOf(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const dot = base.indexOf('.');
  return dot < 0 ? '' : base.slice(dot);
}
