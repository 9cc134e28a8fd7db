import { errorFinding } from '../../kernel/findings.js';
import type { JsonObject, JsonValue } from '../../kernel/json.js';
import { derivations } from '../derivations.js';
import type { PipelineStep } from '../pipeline.js';
import { asDeriveBinding, asSidecarBinding, parameterName, type DeriveBinding } from '../references.js';
import type { FindingList } from './finding-list.js';
import type { ImageFacts } from './image-facts.js';
import type { Item } from './item.js';
import type { Located } from './located.js';

export interface StepParamContext {
  readonly parameters: JsonObject;
  readonly located: ReadonlyMap<string, Located>;
  readonly images: ImageFacts | undefined;
  readonly participants: readonly string[];
  readonly item: Item | undefined;
  readonly findings: FindingList;
  /** For messages. */
  readonly job: string;
}

export interface StepParams {
  readonly params: JsonObject;
  /** Sidecar values that went into them. */
  readonly sidecar: JsonObject;
}

/** Values of a step's parameters for one item. Undefined: a problem that was reported. */
export async function stepParams(
  step: PipelineStep,
  context: StepParamContext,
): Promise<StepParams | undefined> {
  const params: Record<string, JsonValue> = {};
  const used: Record<string, JsonValue> = {};
  let sound = true;
  for (const [name, binding] of Object.entries(step.params)) {
    const sidecarBinding = asSidecarBinding(binding);
    const derive = asDeriveBinding(binding);
    const of = sidecarBinding?.of ?? derive?.of;
    const origin = of === undefined ? undefined : context.located.get(of)?.origin;
    const sidecar = origin === undefined ? {} : ((await context.images?.sidecar(origin)) ?? {});
    const file = origin?.path;
    const say = (message: string, expected: string): void => {
      sound = false;
      const place = file === undefined ? { job: context.job } : { file };
      context.findings.add(
        errorFinding('plan.cannot', message, { ...place, field: `${step.id}.${name}` }, expected),
      );
    };

    const keys = sidecarBinding === undefined ? readsOf(derive) : [sidecarBinding.sidecar];
    let agreed = true;
    for (const other of of === undefined ? [] : (context.located.get(of)?.origins ?? [])) {
      const theirs = (await context.images?.sidecar(other)) ?? {};
      const key = keys.find((name) => JSON.stringify(theirs[name]) !== JSON.stringify(sidecar[name]));
      if (key !== undefined) {
        agreed = false;
        say(
          `${key} of ${other.path} is ${JSON.stringify(theirs[key]) ?? 'missing'}, that of ${file ?? ''} ${JSON.stringify(sidecar[key]) ?? 'missing'}: step ${step.id} takes them together`,
          `one ${key} for all of them`,
        );
      }
    }
    if (!agreed) continue;
    if (sidecarBinding !== undefined) {
      const value = sidecar[sidecarBinding.sidecar];
      if (value === undefined)
        say(
          `${sidecarBinding.sidecar} is missing in the sidecar${file === undefined ? '' : ` of ${file}`}`,
          `${sidecarBinding.sidecar}, for ${name} of step ${step.id}`,
        );
      else params[name] = used[sidecarBinding.sidecar] = value;
      continue;
    }
    if (derive !== undefined) {
      const derivation = derivations.get(derive.derive);
      if (derivation === undefined) continue;
      const args: Record<string, JsonValue> = {};
      for (const [arg, value] of Object.entries(derive.with)) {
        const filled = fill(value as JsonValue, context.parameters);
        if (filled !== undefined) args[arg] = filled;
      }
      const result = derivation.compute(args, {
        sidecar: (key) => sidecar[key],
        volumes: origin === undefined ? undefined : context.images?.volumes(origin),
        participants: context.participants,
        additions: context.item?.additions ?? {},
        entities: context.item?.entities ?? {},
        affine: origin === undefined ? undefined : context.images?.affine(origin),
        names:
          (derive.of === undefined ? undefined : context.located.get(derive.of))?.files.map(
            ({ name }) => name,
          ) ?? [],
      });
      if ('problem' in result) {
        say(file === undefined ? result.problem : `${file}: ${result.problem}`, result.expected);
        continue;
      }
      if (result.warning !== undefined)
        context.findings.add({
          code: 'param.invalid',
          severity: 'warning',
          message: file === undefined ? result.warning : `${file}: ${result.warning}`,
          place: file === undefined ? { job: context.job } : { file },
        });
      for (const key of derivation.sidecar) {
        const value = sidecar[key];
        if (value !== undefined) used[key] = value;
      }
      params[name] = result.value;
      continue;
    }
    const value = fill(binding as JsonValue, context.parameters);
    if (value !== undefined) params[name] = value;
  }
  return sound ? { params, sidecar: used } : undefined;
}

function readsOf(derive: DeriveBinding | undefined): readonly string[] {
  return derive === undefined ? [] : (derivations.get(derive.derive)?.sidecar ?? []);
}

/** `$name` becomes the parameter's value, also within a list; one without a value is left to the skill's default. */
function fill(value: JsonValue, parameters: JsonObject): JsonValue | undefined {
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => fill(item, parameters) ?? []);
  const name = parameterName(value);
  return name === undefined ? value : parameters[name];
}
