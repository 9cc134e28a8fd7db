import type { JsonValue } from '../kernel/json.js';
import type { Pipeline } from './pipeline.js';

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/**
 * The value that a text on a command line stands for, by the type of the parameter. Undefined where the pipeline has no
 * such parameter; a text that does not fit stays text, so that checking it can say what was given.
 */
export function parseParameter(pipeline: Pipeline, name: string, text: string): JsonValue | undefined {
  const parameter = pipeline.parameters[name];
  if (parameter === undefined) return undefined;
  if (parameter.type === 'string') return text;
  if (parameter.type === 'boolean') return truths[text.toLowerCase()] ?? text;
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}
