import { nearest } from '../../kernel/text.js';
import type { SkillRegistry } from '../../skills/registry.js';
import type { PipelineStep } from '../pipeline.js';

/** Tells a problem: its field, what is wrong, what was expected. */
export type Say = (field: string, message: string, expected?: string) => void;

/** What a step promises, whether by its skill or by its capability. */
export interface StepContract {
  /** Of the skill or the capability. */
  readonly id: string;
  readonly inputs: Readonly<Record<string, { readonly kind: string; readonly optional: boolean }>>;
  readonly outputs: Readonly<Record<string, { readonly kind: string }>>;
  readonly parameters: readonly string[];
}

export interface EarlierStep {
  readonly step: PipelineStep;
  readonly contract: StepContract | undefined;
}

/** What the skill or capability of a step promises; a name that leads nowhere is told. */
export function contractOf(step: PipelineStep, skills: SkillRegistry, say: Say): StepContract | undefined {
  if (step.skill !== undefined) {
    const skill = skills.skills.get(step.skill);
    if (skill !== undefined)
      return {
        id: skill.id,
        inputs: skill.contract.inputs,
        outputs: skill.contract.outputs,
        parameters: skill.descriptor.inputs.flatMap(({ id, type }) => (type === 'File' ? [] : [id])),
      };
    const near = nearest(step.skill, skills.skills.keys());
    say('skill', `there is no skill ${step.skill}`, near === undefined ? undefined : `${near}?`);
    return undefined;
  }
  const name = step.capability ?? '';
  const capability = skills.capabilities.get(name);
  if (capability === undefined) {
    const known = [...skills.capabilities.keys()];
    say('capability', `there is no capability ${name}`, nearest(name, known) ?? known.join(', '));
    return undefined;
  }
  for (const id of step.prefer ?? []) {
    const skill = skills.skills.get(id);
    if (skill !== undefined && skill.contract.provides[name] === undefined)
      say('prefer', `${id} does not provide ${name}`, 'a skill that says so under `provides`');
  }
  const { id, inputs, outputs, params } = capability;
  return { id, inputs, outputs, parameters: Object.keys(params) };
}
