import { errorFinding, type Finding } from '../../kernel/findings.js';
import { ownName, type Capability } from '../../skills/capability.js';
import type { SkillRegistry } from '../../skills/registry.js';
import type { Skill } from '../../skills/skill.js';
import type { InputBinding, ParamBinding, Pipeline, PipelineStep, SkillStep } from '../pipeline.js';
import type { PlanStage } from '../plan.js';
import { fits } from '../kinds.js';
import { asDeriveBinding, asSidecarBinding, parseReference, referencesOf } from '../references.js';
import type { FindingList } from './finding-list.js';

/** Whether the tools of an environment can run here, and if not, what would make it so. */
export interface EnvironmentState {
  readonly available: boolean;
  /** One sentence without a full stop. */
  readonly reason?: string;
  readonly remedy?: string;
}

/** Asks for the state of an environment by its name. */
export type EnvironmentProbe = (environment: string) => Promise<EnvironmentState>;

/** Which skill serves a capability in one step, and why it does. */
export interface ProviderChoice {
  readonly step: string;
  readonly capability: string;
  readonly skill: string;
  /** The first preference, where another one was taken in its stead without being asked for. */
  readonly instead_of?: string;
  readonly reason: string;
}

/** A pipeline in which every step names its skill. */
export type ResolvedPipeline = Omit<Pipeline, 'steps'> & { readonly steps: readonly SkillStep[] };

export interface ChosenProviders {
  readonly pipeline: ResolvedPipeline;
  readonly choices: readonly ProviderChoice[];
}

/**
 * Puts a skill in place of every capability: the one that the plan names, else the first in the order of preference
 * that is installed, can be run here and makes what the pipeline takes from it. Anything but the first preference is a
 * finding; where nobody can serve, an error names each provider and what it lacks.
 */
export async function chooseProviders(
  pipeline: Pipeline,
  stage: Pick<PlanStage, 'id' | 'providers'>,
  skills: SkillRegistry,
  probe: EnvironmentProbe | undefined,
  findings: FindingList,
): Promise<ChosenProviders> {
  const asked = new Set(pipeline.steps.flatMap(({ capability }) => capability ?? []));
  for (const capability of Object.keys(stage.providers))
    if (!asked.has(capability))
      findings.add(
        errorFinding(
          'plan.invalid',
          `${pipeline.id} asks for no ${capability}`,
          { field: `stages.${stage.id}.providers.${capability}` },
          asked.size === 0 ? 'none: its steps name their skills' : `one of ${[...asked].join(', ')}`,
        ),
      );
  const choices: ProviderChoice[] = [];
  let steps: PipelineStep[] = [...pipeline.steps];
  let { qc, pictures } = pipeline;
  for (const [index, step] of pipeline.steps.entries()) {
    if (step.capability === undefined) continue;
    const capability = skills.capabilities.get(step.capability);
    if (capability === undefined) continue;
    const choice = await choose(step, capability, pipeline, stage, skills, probe, findings);
    const skill = skills.skills.get(choice?.skill ?? '');
    if (choice === undefined || skill === undefined) continue;
    choices.push(choice);
    const provided = asSkillStep(steps[index] as PipelineStep, capability, skill);
    const rename = renaming(step.id, capability, skill);
    steps = steps.map((each, at) => (at === index ? provided : renamed(each, rename)));
    qc = renamedSources(qc, rename);
    pictures = renamedSources(pictures, rename);
  }
  return { pipeline: { ...pipeline, qc, pictures, steps: steps.filter(isSkillStep) }, choices };
}

function isSkillStep(step: PipelineStep): step is SkillStep {
  return step.skill !== undefined;
}

async function choose(
  step: PipelineStep,
  capability: Capability,
  pipeline: Pipeline,
  stage: Pick<PlanStage, 'id' | 'providers'>,
  { skills }: SkillRegistry,
  probe: EnvironmentProbe | undefined,
  findings: FindingList,
): Promise<ProviderChoice | undefined> {
  const { id } = capability;
  const installed = [...skills.values()].filter(({ contract }) => contract.provides[id] !== undefined);
  const named = stage.providers[id];
  const preferred = [...(step.prefer ?? []), ...capability.prefer];
  const order =
    named === undefined ? [...new Set([...preferred, ...installed.map((skill) => skill.id)])] : [named];
  const lacking: { skill: string; lack: Lack }[] = [];
  const place = { field: `stages.${stage.id}.${step.id}` };
  for (const candidate of order) {
    const skill = skills.get(candidate);
    const lack =
      skill?.contract.provides[id] === undefined
        ? {
            why: skill === undefined ? 'is not installed' : `does not provide ${id}`,
            remedy: undefined,
          }
        : (misfit(skill, capability, step, pipeline, skills) ?? (await absence(skill, probe)));
    if (lack !== undefined || skill === undefined) {
      if (lack !== undefined) lacking.push({ skill: candidate, lack });
      continue;
    }
    return chosen(step, capability, skill, named !== undefined, lacking, place, findings);
  }
  const each = lacking.map(({ skill, lack }) => `${skill} ${lack.why}`).join('; ');
  const remedies = [...new Set(lacking.flatMap(({ lack }) => lack.remedy ?? []))];
  const others = installed.map((skill) => skill.id).filter((skill) => skill !== named);
  findings.add({
    ...errorFinding(
      'plan.cannot',
      `step ${step.id}: nothing provides ${id} here: ${each || 'no skill does'}`,
      place,
      named === undefined
        ? capability.title
        : `one of ${others.join(', ') || 'none: no installed skill does'}`,
    ),
    ...(remedies.length === 0 ? {} : { suggestion: remedies.join('; or ') }),
  });
  return undefined;
}

interface Lack {
  readonly why: string;
  readonly remedy: string | undefined;
}

/** Installed providers that are not the one taken say nothing; preferences that are passed over are told. */
function chosen(
  step: PipelineStep,
  capability: Capability,
  skill: Skill,
  named: boolean,
  lacking: readonly { readonly skill: string; readonly lack: Lack }[],
  place: NonNullable<Finding['place']>,
  findings: FindingList,
): ProviderChoice {
  const { id } = capability;
  const note = skill.contract.provides[id]?.note;
  const common = { step: step.id, capability: id, skill: skill.id };
  if (named) return { ...common, reason: 'the plan names it' };
  const [first] = lacking;
  if (first === undefined) return { ...common, reason: 'the first preference' };
  const reason = lacking.map((each) => `${each.skill} ${each.lack.why}`).join('; ');
  const remedy = first.lack.remedy;
  findings.add({
    code: 'plan.substitution',
    severity: 'warning',
    message: `step ${step.id}: ${id} by ${skill.id} instead of ${first.skill}: ${reason}${note === undefined ? '' : `. ${note}`}`,
    place,
    suggestion: `${remedy === undefined ? '' : `${remedy}; or `}--use ${id}=SKILL`,
  });
  return { ...common, instead_of: first.skill, reason };
}

/** What a provider cannot do of what this step wants: roles that it needs, outputs and parameters that are used. */
function misfit(
  skill: Skill,
  capability: Capability,
  step: PipelineStep,
  pipeline: Pipeline,
  skills: ReadonlyMap<string, Skill>,
): Lack | undefined {
  const provision = skill.contract.provides[capability.id];
  if (provision === undefined) return undefined;
  const bound = new Set(Object.keys(step.inputs).map((role) => ownName(provision, 'inputs', role)));
  for (const [role, { optional }] of Object.entries(skill.contract.inputs))
    if (!optional && !bound.has(role))
      return { why: `needs ${role}, which the step does not have`, remedy: undefined };
  for (const output of usedOutputs(step, pipeline))
    if (skill.contract.outputs[ownName(provision, 'outputs', output)] === undefined)
      return { why: `makes no ${output}`, remedy: undefined };
  for (const { output, kind, of } of takenKinds(step, pipeline, skills)) {
    const made = skill.contract.outputs[ownName(provision, 'outputs', output)]?.kind ?? 'any';
    if (!fits(made, kind)) return { why: `makes ${made}, and ${of} takes ${kind}`, remedy: undefined };
  }
  const parameters = new Set(skill.descriptor.inputs.map((input) => input.id));
  for (const name of Object.keys(step.params))
    if (!parameters.has(ownName(provision, 'params', name)))
      return { why: `has no parameter ${name}`, remedy: undefined };
  return undefined;
}

async function absence(skill: Skill, probe: EnvironmentProbe | undefined): Promise<Lack | undefined> {
  const state = await probe?.(skill.contract.environment);
  if (state === undefined || state.available) return undefined;
  return {
    why: `cannot run here (${state.reason ?? `environment ${skill.contract.environment} is not available`})`,
    remedy: state.remedy,
  };
}

/** What the roles that take outputs of a step hold, where the skills that have them are known. */
function takenKinds(
  { id }: PipelineStep,
  pipeline: Pipeline,
  skills: ReadonlyMap<string, Skill>,
): { readonly output: string; readonly kind: string; readonly of: string }[] {
  return pipeline.steps.flatMap((step) => {
    const inputs = skills.get(step.skill ?? '')?.contract.inputs ?? {};
    return Object.entries(step.inputs).flatMap(([role, binding]) => {
      if (typeof binding !== 'string' && 'published' in binding) return [];
      const kind = inputs[role]?.kind ?? 'any';
      return referencesOf(binding).flatMap((reference) =>
        'step' in reference && reference.step === id
          ? [{ output: reference.output, kind, of: `step ${step.id}` }]
          : [],
      );
    });
  });
}

/** Outputs of a step that the pipeline publishes, passes on, reads numbers of or shows as pictures. */
function usedOutputs(step: PipelineStep, pipeline: Pipeline): string[] {
  const passed = pipeline.steps.flatMap((each) =>
    Object.values(each.inputs)
      .filter((binding) => typeof binding === 'string' || !('published' in binding))
      .flatMap(referencesOf)
      .flatMap((reference) => ('step' in reference && reference.step === step.id ? [reference.output] : [])),
  );
  const shown = [...Object.values(pipeline.qc), ...Object.values(pipeline.pictures)].flatMap(({ from }) => {
    const reference = parseReference(from);
    return 'step' in reference && reference.step === step.id ? [reference.output] : [];
  });
  return [...new Set([...Object.keys(step.publish), ...passed, ...shown])];
}

/** The step as the provider takes it: roles, outputs and parameters under the names of its own contract. */
function asSkillStep(step: PipelineStep, capability: Capability, skill: Skill): SkillStep {
  const provision = skill.contract.provides[capability.id];
  if (provision === undefined) return { ...step, skill: skill.id };
  const role = (name: string): string => ownName(provision, 'inputs', name);
  const output = (name: string): string => ownName(provision, 'outputs', name);
  const { capability: _capability, prefer: _prefer, ...rest } = step;
  const params = Object.entries(step.params).map(
    ([name, binding]) => [ownName(provision, 'params', name), ofRole(binding, role)] as const,
  );
  const inputs = Object.entries(step.inputs).flatMap(([name, binding]) =>
    // A role that this provider does not take (a template, say) is left unbound.
    skill.contract.inputs[role(name)] === undefined ? [] : [[role(name), binding] as const],
  );
  return {
    ...rest,
    skill: skill.id,
    inputs: Object.fromEntries(inputs),
    params: { ...provision.set, ...Object.fromEntries(params) },
    otherwise: Object.fromEntries(
      Object.entries(step.otherwise).map(([name, input]) => [output(name), role(input)]),
    ),
    publish: Object.fromEntries(Object.entries(step.publish).map(([name, rule]) => [output(name), rule])),
  };
}

function ofRole(binding: ParamBinding, role: (name: string) => string): ParamBinding {
  const of = asSidecarBinding(binding)?.of ?? asDeriveBinding(binding)?.of;
  return of === undefined ? binding : { ...(binding as object), of: role(of) };
}

/** Puts references to outputs of the capability's step under the provider's names. */
function renaming(id: string, capability: Capability, skill: Skill): (text: string) => string {
  const provision = skill.contract.provides[capability.id];
  return (text) => {
    const reference = parseReference(text);
    return provision !== undefined && 'step' in reference && reference.step === id
      ? `${id}.${ownName(provision, 'outputs', reference.output)}`
      : text;
  };
}

function renamedSources<T extends { from: string }>(
  sources: Record<string, T>,
  rename: (text: string) => string,
): Record<string, T> {
  const entries = Object.entries(sources).map(
    ([name, source]) => [name, { ...source, from: rename(source.from) }] as const,
  );
  return Object.fromEntries(entries);
}

function renamed(step: PipelineStep, rename: (text: string) => string): PipelineStep {
  const inputs = Object.entries(step.inputs).map(
    ([role, binding]) => [role, rebind(binding, rename)] as const,
  );
  return { ...step, inputs: Object.fromEntries(inputs) };
}

function rebind(binding: InputBinding, rename: (text: string) => string): InputBinding {
  if (typeof binding === 'string') return rename(binding);
  if ('companion' in binding) return { ...binding, of: rename(binding.of) };
  if ('either' in binding) return { either: binding.either.map(rename) };
  if ('take' in binding) return { ...binding, take: rename(binding.take) };
  if ('gather' in binding) return { ...binding, gather: rename(binding.gather) };
  if ('folder_of' in binding) return { folder_of: binding.folder_of.map(rename) };
  return binding;
}
