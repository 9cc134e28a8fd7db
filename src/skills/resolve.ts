import { errorFinding, type Finding } from '../kernel/findings.js';
import { type JsonObject, type JsonValue } from '../kernel/json.js';
import { nearest } from '../kernel/text.js';
import { activateInputs } from './boutiques/active-inputs.js';
import { buildArgv } from './boutiques/build-argv.js';
import { outputPaths } from './boutiques/output-paths.js';
import type { DescriptorInput } from './boutiques/schema.js';
import { misfit } from './boutiques/value.js';
import { outputFile, type ResolvedOutput } from './resolve-outputs.js';
import type { Skill } from './skill.js';

/** Stands in the argv for the number of threads, which is decided when a job starts. */
export const threadsToken = '{threads}';

/** Where `{skill}` of a command line points: the skill folder is mounted there. */
const skillFolderInTool = '/skill';

export interface SkillRequest {
  readonly params: JsonObject;
  /** Tool paths by role, such as `/in/image/x.nii.gz`. */
  readonly inputs: Readonly<Record<string, string | readonly string[]>>;
}

export interface ResolvedCall {
  /** Program and arguments; empty where findings hold an error. */
  readonly argv: readonly string[];
  /** Every parameter with its default spelled out, but paths and the number of threads. */
  readonly params: JsonObject;
  readonly outputs: readonly ResolvedOutput[];
  readonly findings: readonly Finding[];
}

/**
 * Turns a request into the exact call of a skill. Pure: reads no files. What the request gets wrong (a parameter that
 * is unknown, of the wrong type or out of range, a missing role, inputs that exclude each other) is returned as
 * findings that name the field and what would be right.
 */
export function resolveCall(skill: Skill, request: SkillRequest): ResolvedCall {
  const findings: Finding[] = [];
  const say = (field: string, message: string, expected?: string): void => {
    findings.push(errorFinding('param.invalid', message, { skill: skill.id, field }, expected));
  };
  const roles = fileValues(skill, request.inputs, say);
  const given = paramValues(skill, request.params, say);
  const threads = skill.contract.threads?.param;
  const { values, conflicts } = activateInputs(
    skill.descriptor,
    { ...given, ...roles, ...(threads === undefined ? {} : { [threads]: threadsToken }) },
    defaultsOf(skill),
  );
  for (const { input, message, expected } of conflicts) say(input, message, expected);
  for (const input of skill.descriptor.inputs) {
    if (input.optional || values[input.id] !== undefined) continue;
    if (input.type === 'Flag' || findings.some((finding) => finding.place?.field === input.id)) continue;
    const what = input.type === 'File' ? 'the input' : 'the parameter';
    say(input.id, `${what} ${input.id} (${input.name}) is missing`, describeExpectation(input));
  }

  const params = paramsOf(skill, values);
  if (findings.length > 0) return { argv: [], params, outputs: [], findings };
  const paths = outputPaths(skill.descriptor, values);
  const outputs = Object.keys(skill.contract.outputs).flatMap(
    (id) => outputFile(skill, id, paths[id], say) ?? [],
  );
  if (findings.length > 0) return { argv: [], params, outputs: [], findings };
  const argv = buildArgv(
    {
      ...skill.descriptor,
      'command-line': skill.descriptor['command-line'].replaceAll('{skill}', skillFolderInTool),
    },
    { inputs: values, outputs: paths },
  );
  return { argv, params, outputs, findings };
}

type Say = (field: string, message: string, expected?: string) => void;

/** Values of the File inputs, from the roles. */
function fileValues(skill: Skill, inputs: SkillRequest['inputs'], say: Say): Record<string, JsonValue> {
  const files = skill.descriptor.inputs.filter((input) => input.type === 'File');
  const values: Record<string, JsonValue> = {};
  for (const [role, paths] of Object.entries(inputs)) {
    const input = files.find((candidate) => candidate.id === role);
    if (!input) {
      const near = nearest(
        role,
        files.map((candidate) => candidate.id),
      );
      say(role, `${skill.id} has no input ${role}`, near ?? listed(files));
      continue;
    }
    const list = typeof paths === 'string' ? [paths] : [...paths];
    if (list.length === 0) continue;
    const value = input.list ? list : list.length === 1 ? list[0] : undefined;
    if (value === undefined) {
      say(role, `${role} is given ${list.length} files`, 'one file');
      continue;
    }
    const wrong = misfit(input, value);
    if (wrong) say(role, `${role} ${wrong.message}`, wrong.expected);
    else values[role] = value;
  }
  return values;
}

/** Values of the other inputs, from the parameters. `null` and an empty list count as not given. */
function paramValues(skill: Skill, params: JsonObject, say: Say): Record<string, JsonValue> {
  const known = skill.descriptor.inputs.filter((input) => input.type !== 'File');
  const values: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(params)) {
    if (value === null || (Array.isArray(value) && value.length === 0)) continue;
    const input = known.find((candidate) => candidate.id === name);
    if (!input) {
      const isRole = skill.descriptor.inputs.some((candidate) => candidate.id === name);
      if (isRole) say(name, `${name} is a file, not a parameter`, `${name} among the inputs`);
      else {
        const near = nearest(
          name,
          known.map((candidate) => candidate.id),
        );
        say(name, `${skill.id} has no parameter ${name}`, near === undefined ? listed(known) : `${near}?`);
      }
      continue;
    }
    if (name === skill.contract.threads?.param) {
      say(name, `${name} is the number of threads, which is set when the job starts`, 'no value in the plan');
      continue;
    }
    const wrong = misfit(input, value, skill.contract.params[name]);
    if (wrong) say(name, `${name} ${wrong.message}`, wrong.expected);
    else if (input.list && !Array.isArray(value)) values[name] = [value];
    else values[name] = value;
  }
  return values;
}

/** Defaults by input id: of the contract, else of the descriptor. */
function defaultsOf(skill: Skill): Record<string, JsonValue> {
  const defaults: Record<string, JsonValue> = {};
  for (const input of skill.descriptor.inputs) {
    const value = skill.contract.params[input.id]?.default ?? input['default-value'];
    if (value !== undefined && value !== null) defaults[input.id] = value;
  }
  return defaults;
}

/** What goes into the key: flags that were not given are false. */
function paramsOf(skill: Skill, values: Readonly<Record<string, JsonValue>>): JsonObject {
  const params: Record<string, JsonValue> = {};
  for (const input of skill.descriptor.inputs) {
    if (input.type === 'File' || input.id === skill.contract.threads?.param) continue;
    const value = values[input.id] ?? (input.type === 'Flag' ? false : undefined);
    if (value !== undefined) params[input.id] = value;
  }
  return params;
}

function describeExpectation(input: DescriptorInput): string {
  const choices = input['value-choices'];
  if (choices) return `one of ${choices.join(', ')}`;
  const article = { File: 'a file', Number: 'a number', String: 'a text', Flag: 'true or false' }[input.type];
  return input.list ? `a list, each ${article}` : article;
}

function listed(inputs: readonly DescriptorInput[]): string {
  return inputs.length === 0 ? 'none: it takes none' : `one of ${inputs.map((input) => input.id).join(', ')}`;
}
