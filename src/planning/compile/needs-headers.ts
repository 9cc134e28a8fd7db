import type { SkillRegistry } from '../../skills/registry.js';
import type { Pipeline } from '../pipeline.js';
import { parseReference } from '../references.js';
import { readsEvents } from './requirements.js';

/** Headers are read where a tool needs 3D or 4D, or a number of volumes: both tell a wrong file before hours of work. */
export function needsHeaders(name: string, pipeline: Pipeline, skills: SkillRegistry): boolean {
  const input = pipeline.inputs[name];
  if (input === undefined || !('query' in input)) return false;
  if (input.minimum_volumes !== undefined || input.requires.length > 0 || readsEvents(pipeline, name))
    return true;
  return pipeline.steps.some((step) =>
    Object.entries(step.inputs).some(([role, binding]) => {
      if (typeof binding !== 'string') return false;
      const reference = parseReference(binding);
      if (!('input' in reference) || reference.input !== name) return false;
      return skills.skills.get(step.skill ?? '')?.contract.inputs[role]?.dimensions !== undefined;
    }),
  );
}
