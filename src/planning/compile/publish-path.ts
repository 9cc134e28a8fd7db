import { posix } from 'node:path';
import { derivativeName } from '../../bids/derivative.js';
import type { Skill } from '../../skills/skill.js';
import type { JsonObject } from '../../kernel/json.js';
import { isPathRule } from '../pipeline-checks/publish.js';
import type { PipelineStep } from '../pipeline.js';
import { parameterName } from '../references.js';
import type { Item } from './item.js';

/**
 * Where an output appears in the dataset of the stage. `source`: under the name of the item itself; `own`: under the
 * name that the tool gave it, at the root; `participant`: what in it is of the participant, each file under its own path;
 * a path: there;
 * else the name of the item with the entities of the skill's contract and of the pipeline, which wins.
 * `$name` stands for the value of a pipeline parameter (`space: $space`); a label takes letters and digits only.
 * The extension is that of the file the tool writes. Undefined: it has no place there.
 */
export function publishPath(
  rule: PipelineStep['publish'][string],
  output: { readonly id: string; readonly path: string },
  skill: Skill,
  item: Item | undefined,
  parameters: JsonObject = {},
): string | undefined {
  if (rule === 'own') return posix.basename(output.path);
  if (rule === 'participant')
    return item?.entities['sub'] === undefined ? undefined : `sub-${item.entities['sub']}`;
  if (rule !== 'source' && isPathRule(rule)) return rule.path;
  if (item === undefined) return undefined;
  const contract = skill.contract.outputs[output.id];
  // Tables of gradients belong to diffusion images: BIDS has no place for them beside others.
  const isGradients = contract?.kind === 'bval' || contract?.kind === 'bvec';
  if (rule === 'source' && isGradients && item.name.suffix !== 'dwi') return undefined;
  const extension = extensionOf(output.path);
  if (rule === 'source') return derivativeName(item.name, { extension });
  const named = Object.fromEntries(
    Object.entries(rule).map(([name, value]) => {
      const parameter = parameterName(value);
      return [name, parameter === undefined ? value : labelOf(parameters[parameter])];
    }),
  );
  return derivativeName(item.name, {
    ...contract?.bids,
    ...named,
    extension: named['extension'] ?? extension,
  });
}

/** What of a value can stand in a BIDS label. */
function labelOf(value: JsonObject[string] | undefined): string {
  return typeof value === 'string' || typeof value === 'number'
    ? String(value).replace(/[^A-Za-z0-9+]/g, '')
    : '';
}

/** `.nii.gz` of `image.nii.gz`: from the first dot, as BIDS counts. */
function extensionOf(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const dot = base.indexOf('.');
  return dot < 0 ? '' : base.slice(dot);
}
