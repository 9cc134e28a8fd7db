import type { InputBinding, ParamBinding, Pipeline, PipelineStep } from './pipeline.js';

/** `bold` is an input of the pipeline, `detrend.detrended` an output of a step. */
export type Reference = { readonly input: string } | { readonly step: string; readonly output: string };

export function parseReference(text: string): Reference {
  const dot = text.indexOf('.');
  return dot < 0 ? { input: text } : { step: text.slice(0, dot), output: text.slice(dot + 1) };
}

/** Everything that one role of a step is bound to. */
export function referencesOf(binding: InputBinding): Reference[] {
  if (typeof binding === 'string') return [parseReference(binding)];
  if ('companion' in binding) return [parseReference(binding.of)];
  if ('either' in binding) return binding.either.map(parseReference);
  if ('take' in binding) return [parseReference(binding.take)];
  if ('gather' in binding) return [parseReference(binding.gather)];
  if ('folder_of' in binding) return binding.folder_of.map(parseReference);
  if ('labels' in binding) return [parseReference(binding.labels), parseReference(binding.on_grid_of)];
  return binding.published.map((step) => ({ step, output: '' }));
}

/** `$name` stands for a parameter of the pipeline. */
export function parameterName(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith('$') ? value.slice(1) : undefined;
}

export type SidecarBinding = { readonly sidecar: string; readonly of: string };
export type DeriveBinding = {
  readonly derive: string;
  readonly of?: string;
  readonly with: Readonly<Record<string, unknown>>;
};

/** Told by their keys: a literal JSON object of a parameter has neither `sidecar` and `of` nor `derive`. */
export function asSidecarBinding(binding: ParamBinding): SidecarBinding | undefined {
  if (typeof binding !== 'object' || binding === null || Array.isArray(binding)) return undefined;
  const { sidecar, of } = binding as Partial<SidecarBinding>;
  return typeof sidecar === 'string' && typeof of === 'string' ? { sidecar, of } : undefined;
}

export function asDeriveBinding(binding: ParamBinding): DeriveBinding | undefined {
  if (typeof binding !== 'object' || binding === null || Array.isArray(binding)) return undefined;
  const { derive, of, with: args } = binding as Partial<DeriveBinding>;
  if (typeof derive !== 'string') return undefined;
  return { derive, ...(of === undefined ? {} : { of }), with: args ?? {} };
}

export type Condition =
  | {
      readonly parameter: string;
      /** It must be this, as text; absent: on. */
      readonly value?: string;
      readonly negated: boolean;
    }
  | { readonly fact: string; readonly negated: boolean }
  /** There is something of that input for the item. */
  | { readonly has: string; readonly negated: boolean };

/**
 * Alternatives of a `when` (`|`), each of one or several conditions that must hold together (`&`): `stages=all`, `!name`,
 * `has:t1w`.
 */
export function parseCondition(when: string): Condition[][] {
  return when.split('|').map((alternative) =>
    alternative.split('&').map((part) => {
      const text = part.trim();
      const negated = text.startsWith('!');
      const name = negated ? text.slice(1) : text;
      if (name.startsWith('fact:')) return { fact: name.slice(5), negated };
      if (name.startsWith('has:')) return { has: name.slice(4), negated };
      const [parameter = '', value] = name.split('=');
      return value === undefined ? { parameter, negated } : { parameter, value, negated };
    }),
  );
}

/** Whether the `when` of a step asks for a fact of its item. */
export function asksForFact(when: string | undefined, fact: string): boolean {
  return conditionsOf(when).some((condition) => 'fact' in condition && condition.fact === fact);
}

/** Every condition that stands in a `when`. */
export function conditionsOf(when: string | undefined): Condition[] {
  return when === undefined ? [] : parseCondition(when).flat();
}

/** Every condition of a step: whether it runs, and whether a role is filled. */
export function conditionsOfStep({ when, inputs }: PipelineStep): Condition[] {
  const taken = Object.values(inputs).flatMap((binding) =>
    typeof binding !== 'string' && 'take' in binding ? [binding.when] : [],
  );
  return [when, ...taken].flatMap(conditionsOf);
}

/** Bindings that take something of every item, so that their step runs once for all. */
export function isOfAll(binding: InputBinding): boolean {
  return typeof binding !== 'string' && ('gather' in binding || 'published' in binding);
}

/** Where the items of an input, gathered by entities, stand among the items of a stage. */
export function groupedFan(input: string, per: readonly string[]): string {
  return `${input} per ${per.join(' ')}`;
}

/** The pipeline input behind a fan: itself, or the one whose items it gathers. */
export function baseOfFan(fan: string): string {
  return fan.split(' ')[0] ?? fan;
}

/**
 * What each step runs for, by step: the items of a pipeline input, those items gathered by entities (see groupedFan),
 * or undefined: once for the stage.
 */
export function fanOutOf(pipeline: Pipeline): Map<string, string | undefined> {
  const fans = new Map<string, string | undefined>();
  for (const step of pipeline.steps) {
    const inherited = Object.values(step.inputs)
      .filter((binding) => !isOfAll(binding))
      .flatMap(referencesOf)
      .map((reference) => ('step' in reference ? fans.get(reference.step) : undefined))
      .find((fan) => fan !== undefined);
    const own =
      step.for_each === undefined || step.per === undefined
        ? step.for_each
        : groupedFan(step.for_each, step.per);
    fans.set(step.id, own ?? inherited);
  }
  return fans;
}
