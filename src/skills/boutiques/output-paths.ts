import { posix } from 'node:path';
import type { JsonValue } from '../../kernel/json.js';
import { parseCondition } from './condition.js';
import type { Descriptor, DescriptorInput, DescriptorOutput } from './schema.js';

/** Names by which conditions may speak of inputs. */
export function conditionNames(descriptor: Descriptor): Map<string, string> {
  return new Map(
    descriptor.inputs.flatMap((input) =>
      [input.id, input['value-key']]
        .filter((name) => name !== undefined)
        .map((name) => [name, input.id] as const),
    ),
  );
}

/**
 * Paths of the output files of a call, by output id, as the tool sees them. An output whose template names an input
 * without a value, or none of whose conditions is true, is left out.
 *
 * As in `bosh` (boutiques/localExec.py): values of type File stand for their base name unless they begin the
 * template, and the stripped extensions are taken off values of type File and String; here only at their end and
 * the longest first, so that `.nii` before `.nii.gz` in the list leaves no `.gz` behind.
 */
export function outputPaths(
  descriptor: Descriptor,
  values: Readonly<Record<string, JsonValue>>,
): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const output of descriptor['output-files']) {
    const template = templateOf(output, descriptor, values);
    const path = template === undefined ? undefined : fill(template, output, descriptor, values);
    if (path !== undefined) paths[output.id] = path;
  }
  return paths;
}

function templateOf(
  output: DescriptorOutput,
  descriptor: Descriptor,
  values: Readonly<Record<string, JsonValue>>,
): string | undefined {
  if (output['path-template'] !== undefined) return output['path-template'];
  const names = conditionNames(descriptor);
  for (const entry of output['conditional-path-template'] ?? []) {
    for (const [condition, template] of Object.entries(entry)) {
      if (condition === 'default' || parseCondition(condition, names)(values)) return template;
    }
  }
  return undefined;
}

function fill(
  template: string,
  output: DescriptorOutput,
  descriptor: Descriptor,
  values: Readonly<Record<string, JsonValue>>,
): string | undefined {
  let path = '';
  const keyed = descriptor.inputs
    .filter((input) => input['value-key'] !== undefined)
    .sort((a, b) => (b['value-key'] ?? '').length - (a['value-key'] ?? '').length);
  let at = 0;
  while (at < template.length) {
    const input = keyed.find((candidate) => template.startsWith(candidate['value-key'] ?? '', at));
    if (!input) {
      path += template.charAt(at);
      at += 1;
      continue;
    }
    const text = valueText(input, values[input.id], output['path-template-stripped-extensions'], at > 0);
    if (text === undefined) return undefined;
    path += text;
    at += (input['value-key'] ?? '').length;
  }
  return path;
}

function valueText(
  input: DescriptorInput,
  value: JsonValue | undefined,
  extensions: readonly string[],
  inside: boolean,
): string | undefined {
  if (value === undefined || value === null) return undefined;
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  const texts = items.map((item) => {
    const text = String(item);
    if (input.type !== 'File' && input.type !== 'String') return text;
    const stripped = strip(text, extensions);
    return input.type === 'File' && inside ? posix.basename(stripped) : stripped;
  });
  return texts.join(input['list-separator'] ?? ' ');
}

function strip(text: string, extensions: readonly string[]): string {
  const [longest] = extensions
    .filter((extension) => text.endsWith(extension))
    .sort((a, b) => b.length - a.length);
  return longest === undefined ? text : text.slice(0, text.length - longest.length);
}
