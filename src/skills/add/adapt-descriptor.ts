import { posix } from 'node:path';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.js';
import { descriptorSchema } from '../boutiques/schema.js';

/** A descriptor as it was found, made to fit jobs: what was changed, and what cannot be. */
export interface AdaptedDescriptor {
  readonly document: JsonObject;
  /** What was changed, in words. */
  readonly notes: readonly string[];
  /** Variables that it sets. */
  readonly env: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

const OUT = '/out/';

/**
 * Makes a Boutiques descriptor (0.5) of anybody fit for jobs, where inputs are read-only and only what lies below
 * `/out` is kept. A path that reaches the program through the command line, as the `value-key` of an output or as a text
 * that begins the paths of outputs, is moved below `/out`. What a program writes beside its input, or where it happens to
 * stand, cannot be moved and is a finding. Everything else is left as it is; fields that Boutiques does not know go to
 * `custom.original`.
 *
 * @param drop ids of outputs to leave out
 */
export function adaptDescriptor(
  document: JsonObject,
  file: string,
  drop: ReadonlySet<string> = new Set(),
): AdaptedDescriptor {
  const notes: string[] = [];
  const findings: Finding[] = [];
  const adapted: Record<string, JsonValue> = {};
  const original: Record<string, JsonValue> = {};
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries(document)) {
    if (key === 'environment-variables') continue;
    if (key in descriptorSchema.shape) adapted[key] = value;
    else original[key] = value;
  }
  if (Object.keys(original).length > 0) {
    adapted['custom'] = { ...objectOf(adapted['custom']), original };
    notes.push(`${Object.keys(original).join(', ')} moved to custom.original: no fields of Boutiques 0.5`);
  }
  for (const variable of objectsOf(document['environment-variables']))
    env[String(variable['name'])] = String(variable['value']);
  if (Object.keys(env).length > 0)
    notes.push(`${Object.keys(env).join(', ')} moved from environment-variables to skill.yaml`);

  const inputs = objectsOf(document['inputs']).map((input) => {
    if (input['type'] !== 'File' || input['default-value'] === undefined) return { ...input };
    const { 'default-value': gone, ...rest } = input;
    notes.push(`${String(input['id'])} lost its default ${JSON.stringify(gone)}: a file is bound to a role`);
    return rest;
  });
  const outputs = new Outputs(inputs, String(document['command-line'] ?? ''), notes);
  const files = objectsOf(document['output-files']).filter(({ id }) => !drop.has(String(id)));
  adapted['output-files'] = files.map((output) => {
    const moved = outputs.move(output);
    if ('moved' in moved) return moved.moved;
    const id = String(output['id']);
    findings.push(
      errorFinding(
        'skill.invalid',
        `the output ${id} ${moved.problem}`,
        { file, field: `output-files.${id}.path-template` },
        `${moved.expected}, or leave it out: --set outputs.${id}=drop`,
      ),
    );
    return output;
  });
  adapted['inputs'] = outputs.inputs;
  if (outputs.commandLine !== '') adapted['command-line'] = outputs.commandLine;
  return { document: adapted, notes, env, findings };
}

type Field = Record<string, JsonValue>;

/** Moves paths of outputs below `/out`, one after the other; the command line and the inputs change with them. */
class Outputs {
  commandLine: string;
  readonly inputs: Field[];
  readonly #notes: string[];
  readonly #moved = new Set<string>();

  constructor(inputs: Field[], commandLine: string, notes: string[]) {
    this.inputs = inputs;
    this.commandLine = commandLine;
    this.#notes = notes;
  }

  move(
    output: JsonObject,
  ): { readonly moved: Field } | { readonly problem: string; readonly expected: string } {
    const conditional = objectsOf(output['conditional-path-template']);
    const templates = [
      ...(typeof output['path-template'] === 'string' ? [output['path-template']] : []),
      ...conditional.flatMap((entry) => Object.values(entry).map(String)),
    ];
    const moved = new Map<string, string>();
    for (const template of templates) {
      const result = this.#moveTemplate(template, output);
      if ('problem' in result) return result;
      moved.set(template, result.template);
    }
    const to = (template: JsonValue | undefined): string => moved.get(String(template)) ?? String(template);
    const changed: Field = { ...output };
    if (output['path-template'] !== undefined) changed['path-template'] = to(output['path-template']);
    if (conditional.length > 0)
      changed['conditional-path-template'] = conditional.map((entry) =>
        Object.fromEntries(Object.entries(entry).map(([condition, template]) => [condition, to(template)])),
      );
    return { moved: changed };
  }

  #moveTemplate(
    template: string,
    output: JsonObject,
  ): { readonly template: string } | { readonly problem: string; readonly expected: string } {
    const expected = 'an option of the program that says where to write';
    if (template.startsWith(OUT)) return { template };
    if (posix.isAbsolute(template))
      return { problem: `is written to ${template}, and only /out is kept`, expected };
    if (/[*?]/.test(template))
      return {
        problem: `is a pattern (${template})`,
        expected: 'one path, or the folder that holds the files',
      };
    const key = output['value-key'];
    const told = typeof key === 'string' && this.commandLine.includes(key);
    const below = OUT + posix.normalize(template).replace(/^(\.\.\/)+/, '');
    const first = this.inputs.find((input) => template.startsWith(String(input['value-key'] ?? '\0')));
    if (told) return { template: below };
    if (first === undefined)
      return { problem: `is written where the program stands (${template}), which is not kept`, expected };
    if (first['type'] !== 'String')
      return {
        problem: `is written beside the input ${String(first['id'])} (${template}), which is read-only`,
        expected,
      };
    this.#prefix(first);
    return { template: below };
  }

  /** Puts `/out/` before the value of an input on the command line. */
  #prefix(input: Field): void {
    const id = String(input['id']);
    if (this.#moved.has(id)) return;
    this.#moved.add(id);
    if (input['command-line-flag'] === undefined) {
      const key = String(input['value-key']);
      this.commandLine = this.commandLine.replaceAll(key, OUT + key);
    } else {
      const separator = input['command-line-flag-separator'];
      input['command-line-flag-separator'] = `${typeof separator === 'string' ? separator : ' '}${OUT}`;
    }
    this.#notes.push(`${id} is a name below /out now: outputs are collected there`);
  }
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function objectsOf(value: JsonValue | undefined): Field[] {
  return Array.isArray(value) ? value.filter(isJsonObject).map((item) => ({ ...item })) : [];
}
