import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { JsonObject, JsonValue } from '../kernel/json.js';
import { nearest } from '../kernel/text.js';
import type { Pipeline, PipelineParameter } from './pipeline.js';

export interface Misfit {
  /** Follows the name of the parameter: `is 40, above the maximum of 20 mm`. */
  readonly message: string;
  readonly expected: string;
}

/** Why a value does not fit a parameter; undefined: it does. */
export function checkValue(schema: PipelineParameter, value: JsonValue): Misfit | undefined {
  const shown = JSON.stringify(value);
  const expected = describeParameter(schema);
  const type = schema.type === 'integer' ? 'number' : schema.type;
  if (typeof value !== type) return { message: `is ${shown}, not a ${schema.type}`, expected };
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { message: `is ${value}`, expected };
    if (schema.type === 'integer' && !Number.isInteger(value))
      return { message: `is ${shown}, not a whole number`, expected };
    const unit = schema.unit === undefined ? '' : ` ${schema.unit}`;
    if (schema.minimum !== undefined && value < schema.minimum)
      return { message: `is ${value}${unit}, below ${schema.minimum}${unit}`, expected };
    if (schema.maximum !== undefined && value > schema.maximum)
      return { message: `is ${value}${unit}, above ${schema.maximum}${unit}`, expected };
  }
  if (schema.choices !== undefined && !schema.choices.some((choice) => choice === value))
    return { message: `is ${shown}`, expected };
  return undefined;
}

/** `a number from 0 to 20 mm`, `one of a, b`, `true or false`. */
export function describeParameter(schema: PipelineParameter): string {
  if (schema.choices !== undefined) return `one of ${schema.choices.join(', ')}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'string') return 'a text';
  const unit = schema.unit === undefined ? '' : ` ${schema.unit}`;
  const name = schema.type === 'integer' ? 'a whole number' : 'a number';
  const { minimum, maximum } = schema;
  if (minimum !== undefined && maximum !== undefined) return `${name} from ${minimum} to ${maximum}${unit}`;
  if (minimum !== undefined) return `${name} of at least ${minimum}${unit}`;
  if (maximum !== undefined) return `${name} of at most ${maximum}${unit}`;
  return `${name}${unit === '' ? '' : ` in${unit}`}`;
}

/** The name of the defaults: every pipeline has it. */
export const PRECISE = 'precise';

/** Names of the presets of a pipeline: the defaults first. */
export function presetNames(pipeline: Pick<Pipeline, 'presets'>): string[] {
  return [PRECISE, ...Object.keys(pipeline.presets)];
}

export interface ResolvedParameters {
  /** Every parameter that has a value: given, else its default. */
  readonly values: JsonObject;
  readonly findings: readonly Finding[];
}

/**
 * The parameters of a pipeline for one stage: what is given wins over the preset, that over the defaults. Unknown names, wrong types and values out of range are findings that
 * name the field (`stages.<stage>.params.<name>`) and what is allowed.
 */
export function resolveParameters(
  pipeline: Pipeline,
  given: JsonObject,
  stage: string,
  preset: string = PRECISE,
): ResolvedParameters {
  const findings: Finding[] = [];
  const known = Object.keys(pipeline.parameters);
  const say = (name: string, message: string, expected: string): void => {
    findings.push(
      errorFinding('param.invalid', message, { field: `stages.${stage}.params.${name}` }, expected),
    );
  };
  const chosen = preset === PRECISE ? {} : pipeline.presets[preset]?.params;
  if (chosen === undefined) {
    const near = nearest(preset, presetNames(pipeline));
    findings.push(
      errorFinding(
        'param.invalid',
        `${pipeline.id} has no preset ${preset}${near === undefined ? '' : `; did you mean ${near}?`}`,
        { field: `stages.${stage}.preset` },
        `one of ${presetNames(pipeline).join(', ')}`,
      ),
    );
  }
  for (const name of Object.keys(given)) {
    if (pipeline.parameters[name] !== undefined) continue;
    const near = nearest(name, known);
    say(
      name,
      `${pipeline.id} has no parameter ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
      known.length === 0 ? 'none: it takes none' : `one of ${known.join(', ')}`,
    );
  }
  const values: Record<string, JsonValue> = {};
  for (const [name, schema] of Object.entries(pipeline.parameters)) {
    const value = given[name] ?? chosen?.[name] ?? schema.default;
    if (value === undefined || value === null) continue;
    const wrong = checkValue(schema, value);
    if (wrong === undefined) values[name] = value;
    else say(name, `${name} ${wrong.message}`, wrong.expected);
  }
  return { values, findings };
}

/**
 * Reads the text of `--set name=value` as the type of the parameter. Undefined: the pipeline has no such parameter.
 * Throws param.invalid where the text is no such value, or one that is not allowed.
 */
export function parseParameter(pipeline: Pipeline, name: string, text: string): JsonValue | undefined {
  const schema = pipeline.parameters[name];
  if (schema === undefined) return undefined;
  const value = readText(schema, text.trim());
  const wrong = checkValue(schema, value);
  if (wrong === undefined) return value;
  throw new NeuroClawError('param.invalid', `${name} ${wrong.message}`, {
    place: { field: name },
    expected: wrong.expected,
  });
}

function readText(schema: PipelineParameter, text: string): JsonValue {
  if (schema.type === 'string') return text;
  if (schema.type === 'boolean') {
    if (/^(true|yes|on|1)$/i.test(text)) return true;
    return /^(false|no|off|0)$/i.test(text) ? false : text;
  }
  // A unit behind the number may be the parameter's own: `8mm`, `128 s`.
  const [, digits, unit] = /^([-+]?[0-9.]+(?:e[-+]?\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const number = Number(digits);
  const known = unit === '' || unit?.toLowerCase() === schema.unit?.toLowerCase();
  return digits !== undefined && Number.isFinite(number) && known ? number : text;
}
