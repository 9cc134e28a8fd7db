import { errorFinding, type Finding, type Place } from '../../kernel/findings.js';
import { nearest } from '../../kernel/text.js';
import { schemaFindings } from '../schema-findings.js';
import { parseCommandLine } from './command-line.js';
import { parseCondition } from './condition.js';
import { conditionNames } from './output-paths.js';
import { repeatedFlags } from './repeated-flags.js';
import { descriptorSchema, type Descriptor, type DescriptorOutput } from './schema.js';
import { sectionsOf, wholeCommandLine } from './sections.js';
import { misfit } from './value.js';

export interface ReadDescriptor {
  /** Absent where the file cannot be used. */
  readonly descriptor?: Descriptor;
  readonly findings: readonly Finding[];
}

/**
 * Reads a Boutiques descriptor: schema, then everything the interpreter relies on, each problem named by its field.
 *
 * @param text JSON
 * @param place file (and skill) to name
 */
export function readDescriptor(text: string, place: Place): ReadDescriptor {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { findings: [errorFinding('skill.invalid', `not JSON: ${reason}`, place, 'a JSON object')] };
  }
  const parsed = descriptorSchema.safeParse(document);
  if (!parsed.success) return { findings: schemaFindings(parsed.error, document, place) };
  const problems = [
    ...idProblems(parsed.data),
    ...inputProblems(parsed.data),
    ...outputProblems(parsed.data),
    ...referenceProblems(parsed.data),
    ...sectionProblems(parsed.data),
    ...commandLineProblems(parsed.data),
  ];
  const findings: Finding[] = problems.map(({ field, message, expected }) =>
    errorFinding('skill.invalid', `${field}: ${message}`, { ...place, field }, expected),
  );
  if (findings.length > 0) return { findings };
  return { descriptor: parsed.data, findings: notRead(parsed.data, place) };
}

interface Problem {
  readonly field: string;
  readonly message: string;
  readonly expected?: string;
}

/** Ids are unique over inputs, outputs and groups; a value-key is shared only by inputs that exclude each other. */
function idProblems(descriptor: Descriptor): Problem[] {
  const problems: Problem[] = [];
  const ids = new Set<string>();
  const owners = new Map<string, string>();
  const rivals = (a: string, b: string): boolean =>
    descriptor.groups.some(
      (group) => group['mutually-exclusive'] && group.members.includes(a) && group.members.includes(b),
    );
  for (const [list, entries] of [
    ['inputs', descriptor.inputs],
    ['output-files', descriptor['output-files']],
    ['groups', descriptor.groups],
  ] as const) {
    for (const entry of entries) {
      const field = `${list}.${entry.id}`;
      if (ids.has(entry.id))
        problems.push({ field, message: 'the id is used twice', expected: 'an id of its own' });
      ids.add(entry.id);
      const key = 'value-key' in entry ? entry['value-key'] : undefined;
      if (key === undefined) continue;
      const owner = owners.get(key);
      if (owner !== undefined && !rivals(owner, entry.id))
        problems.push({ field: `${field}.value-key`, message: `${key} is the value-key of ${owner} too` });
      owners.set(key, entry.id);
    }
  }
  return problems;
}

function inputProblems(descriptor: Descriptor): Problem[] {
  const templates = [
    wholeCommandLine(descriptor),
    ...descriptor['output-files'].flatMap((output) => templatesOf(output)),
  ];
  const beside = descriptor.custom?.neuroclaw?.beside ?? [];
  return descriptor.inputs.flatMap((input) => {
    const problems: Problem[] = [];
    const say = (name: string, message: string, expected?: string): void => {
      const field = `inputs.${input.id}.${name}`;
      problems.push(expected === undefined ? { field, message } : { field, message, expected });
    };
    const key = input['value-key'];
    // A value may choose words without standing in them.
    const chooses = sectionsOf(descriptor).some(({ when }) => new RegExp(`\\b${input.id}\\b`).test(when));
    if (key === undefined) {
      if (!chooses && !beside.includes(input.id))
        say('value-key', 'is missing: the value would never reach the program');
    } else if (!templates.some((template) => template.includes(key)))
      say('value-key', `${key} is neither in the command line nor in a path template`);
    if (input.type === 'Flag') {
      if (input['command-line-flag'] === undefined && !beside.includes(input.id) && !chooses)
        say('command-line-flag', 'is missing for a Flag');
      if (input.list) say('list', 'a Flag cannot be a list');
      if (input['value-choices']) say('value-choices', 'a Flag has no choices');
    }
    if (!input.list) {
      for (const name of ['list-separator', 'min-list-entries', 'max-list-entries'] as const)
        if (input[name] !== undefined) say(name, 'is for lists only', '"list": true');
    }
    if (input['command-line-flag-separator'] !== undefined && input['command-line-flag'] === undefined)
      say('command-line-flag-separator', 'there is no command-line-flag to separate');
    if (input.type !== 'Number') {
      for (const name of ['minimum', 'maximum'] as const)
        if (input[name] !== undefined) say(name, 'is for the type Number only');
    }
    if (input.minimum !== undefined && input.maximum !== undefined && input.minimum > input.maximum)
      say('minimum', `${input.minimum} is above the maximum ${input.maximum}`);
    for (const [flag, bound] of [
      ['exclusive-minimum', 'minimum'],
      ['exclusive-maximum', 'maximum'],
    ] as const)
      if (input[flag] && input[bound] === undefined) say(flag, `there is no ${bound}`);
    const fallback = input['default-value'];
    const wrong = fallback === undefined ? undefined : misfit(input, fallback);
    if (wrong) say('default-value', wrong.message, wrong.expected);
    if (fallback !== undefined && input.type === 'File')
      say('default-value', 'a file has no default: it is bound to a role');
    return problems;
  });
}

function outputProblems(descriptor: Descriptor): Problem[] {
  const paths = new Set<string>();
  const names = conditionNames(descriptor);
  return descriptor['output-files'].flatMap((output) => {
    const problems: Problem[] = [];
    const say = (name: string, message: string, expected?: string): void => {
      const field = `output-files.${output.id}.${name}`;
      problems.push(expected === undefined ? { field, message } : { field, message, expected });
    };
    if ((output['path-template'] === undefined) === (output['conditional-path-template'] === undefined))
      say('path-template', 'exactly one of path-template and conditional-path-template is needed');
    if (output['file-template'] !== undefined)
      say('file-template', 'configuration files are not written', 'a run.py that writes the file');
    for (const template of templatesOf(output)) {
      if (!template.startsWith('/out/')) say('path-template', `\`${template}\` is not below /out/`, '/out/…');
      if (/[*?]/.test(template))
        say('path-template', `\`${template}\` is a pattern`, 'one path; a folder where there are many files');
      if (paths.has(template)) say('path-template', `\`${template}\` is used by two outputs`);
      paths.add(template);
    }
    const conditions = (output['conditional-path-template'] ?? []).flatMap((entry) => Object.keys(entry));
    for (const condition of conditions) {
      if (condition === 'default') continue;
      try {
        parseCondition(condition, names);
      } catch (error) {
        say('conditional-path-template', error instanceof Error ? error.message : String(error));
      }
    }
    if (conditions.length > 0 && !output.optional && !conditions.includes('default'))
      say('conditional-path-template', 'a required output needs a "default"');
    return problems;
  });
}

function referenceProblems(descriptor: Descriptor): Problem[] {
  const inputs = new Set(descriptor.inputs.map((input) => input.id));
  const groups = new Set(descriptor.groups.map((group) => group.id));
  const problems: Problem[] = [];
  const refer = (field: string, ids: readonly string[], known: ReadonlySet<string>): void => {
    for (const id of ids) {
      if (known.has(id)) continue;
      const near = nearest(id, known);
      const message = `there is no input ${id}`;
      problems.push(near === undefined ? { field, message } : { field, message, expected: near });
    }
  };
  for (const input of descriptor.inputs) {
    const field = `inputs.${input.id}`;
    refer(`${field}.requires-inputs`, input['requires-inputs'], new Set([...inputs, ...groups]));
    refer(`${field}.disables-inputs`, input['disables-inputs'], inputs);
    for (const rule of ['value-requires', 'value-disables'] as const) {
      const choices = new Set((input['value-choices'] ?? []).map(String));
      for (const [choice, ids] of Object.entries(input[rule] ?? {})) {
        if (!choices.has(choice))
          problems.push({ field: `${field}.${rule}`, message: `${choice} is not one of the value-choices` });
        refer(`${field}.${rule}`, ids, inputs);
      }
    }
  }
  for (const group of descriptor.groups) {
    refer(`groups.${group.id}.members`, group.members, inputs);
    const defaults = descriptor.inputs.filter(
      (input) => group.members.includes(input.id) && input['default-value'] !== undefined,
    );
    if (group['mutually-exclusive'] && defaults.length > 1)
      problems.push({
        field: `groups.${group.id}`,
        message: `${defaults.map((input) => input.id).join(' and ')} exclude each other and both have defaults`,
      });
  }
  const repeated = repeatedFlags(descriptor);
  refer('custom.neuroclaw.repeat-flag', repeated, inputs);
  for (const input of descriptor.inputs) {
    if (repeated.includes(input.id) && (!input.list || input['command-line-flag'] === undefined))
      problems.push({
        field: 'custom.neuroclaw.repeat-flag',
        message: `${input.id} cannot repeat its flag`,
        expected: 'a list with a command-line-flag',
      });
  }
  return problems;
}

/** Sections that stand nowhere or whose condition cannot be read, and rows of lists that are none. */
function sectionProblems(descriptor: Descriptor): Problem[] {
  const problems: Problem[] = [];
  const names = conditionNames(descriptor);
  for (const { key, when } of sectionsOf(descriptor)) {
    const field = `custom.neuroclaw.sections.${key}`;
    if (!descriptor['command-line'].includes(key))
      problems.push({ field, message: `${key} is not in the command line` });
    try {
      parseCondition(when, names);
    } catch (error) {
      problems.push({
        field: `${field}.when`,
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }
  const lists = descriptor.inputs.filter((input) => input.list).map((input) => input.id);
  for (const id of descriptor.custom?.neuroclaw?.['same-length']?.flat() ?? [])
    if (!lists.includes(id))
      problems.push({ field: 'custom.neuroclaw.same-length', message: `${id} is no input that is a list` });
  return problems;
}

function commandLineProblems(descriptor: Descriptor): Problem[] {
  const keys = [...descriptor.inputs, ...descriptor['output-files']].flatMap(
    (entry) => entry['value-key'] ?? [],
  );
  const parsed = parseCommandLine(wholeCommandLine(descriptor), keys);
  if ('reason' in parsed)
    return [{ field: 'command-line', message: parsed.reason, expected: parsed.expected }];
  return parsed.words.flat().flatMap((segment) => {
    const unknown = 'text' in segment ? /\[[A-Z][A-Z0-9_]*\]/.exec(segment.text)?.[0] : undefined;
    if (unknown === undefined) return [];
    const near = nearest(unknown, keys);
    const message = `${unknown} is no value-key`;
    return [{ field: 'command-line', message, ...(near === undefined ? {} : { expected: near }) }];
  });
}

/** Boutiques fields that would change a run and are said elsewhere here. */
function notRead(descriptor: Descriptor, place: Place): Finding[] {
  if (descriptor['environment-variables'] === undefined) return [];
  return [
    {
      code: 'skill.invalid',
      severity: 'warning',
      message: 'environment-variables are not read',
      place: { ...place, field: 'environment-variables' },
      expected: 'the variables under env in skill.yaml',
    },
  ];
}

function templatesOf(output: DescriptorOutput): string[] {
  const conditional = (output['conditional-path-template'] ?? []).flatMap((entry) => Object.values(entry));
  return [...(output['path-template'] === undefined ? [] : [output['path-template']]), ...conditional];
}
