import { basename, dirname } from 'node:path';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { nearest } from '../kernel/text.js';
import { parseCommandLine } from './boutiques/command-line.js';
import type { Descriptor } from './boutiques/schema.js';
import { misfit } from './boutiques/value.js';
import { provisionProblems, type Capability } from './capability.js';
import type { CheckSpec } from './contract.js';
import type { Skill } from './skill.js';

export interface LintContext {
  /** Executables of an environment; undefined where there is no such environment. */
  environmentOffers(name: string): readonly string[] | undefined;
  /** Python packages of an environment, by the names in `import`; undefined where there is no such environment. */
  environmentPython?(name: string): readonly string[] | undefined;
  checkExists(name: string): boolean;
  /** What is wrong with the arguments of a check that exists. */
  checkProblems?(spec: CheckSpec): readonly Finding[];
  /** Contracts of capabilities; absent: what a skill provides is not compared. */
  readonly capabilities?: ReadonlyMap<string, Capability>;
}

type Say = (file: string, field: string, message: string, expected?: string) => void;

/**
 * What a loaded skill promises and does not hold: contract against descriptor in both directions, checks, citations,
 * executables against the environment, names against folders.
 */
export function lintSkill(skill: Skill, context: LintContext): Finding[] {
  const findings: Finding[] = [];
  const say: Say = (file, field, message, expected) => {
    findings.push(
      errorFinding(
        'skill.invalid',
        message,
        { file: `${skill.folder}/${file}`, field, skill: skill.id },
        expected,
      ),
    );
  };
  lintNames(skill, say);
  lintRoles(skill, context, say);
  lintOutputs(skill, context, say);
  lintWorkspace(skill, say);
  lintParams(skill, say);
  lintPrograms(skill, context, say);
  lintPython(skill, context, say);
  lintCitations(skill, say);
  if (context.capabilities !== undefined) findings.push(...provisionProblems(skill, context.capabilities));
  return findings;
}

function lintNames(skill: Skill, say: Say): void {
  const folder = `${basename(dirname(skill.folder))}/${basename(skill.folder)}`;
  const [family = '', name = ''] = skill.id.split('/');
  if (folder !== skill.id) say('skill.yaml', 'id', `the id ${skill.id} is not its folder`, folder);
  if (skill.contract.family !== family)
    say('skill.yaml', 'family', `the family is ${skill.contract.family}`, `${family}, as in the id`);
  const expected = name.replace(/[_.]/g, '-');
  if (skill.name !== expected)
    say('SKILL.md', 'name', `the name is ${skill.name}`, `${expected}, as its folder`);
  if (skill.body === '')
    say('SKILL.md', '(body)', 'says nothing below the front matter', 'when to use it, pitfalls');
}

function checkMessages(spec: CheckSpec, context: LintContext): string[] {
  if (!context.checkExists(spec.check)) return [`there is no check ${spec.check}`];
  return (context.checkProblems?.(spec) ?? []).map(({ message }) => message);
}

function lintRoles(skill: Skill, context: LintContext, say: Say): void {
  const files = skill.descriptor.inputs.filter((input) => input.type === 'File');
  for (const [role, contract] of Object.entries(skill.contract.inputs)) {
    const input = files.find((candidate) => candidate.id === role);
    if (!input) {
      const near = nearest(
        role,
        files.map((candidate) => candidate.id),
      );
      say('skill.yaml', `inputs.${role}`, `${role} is no input of type File in tool.json`, near);
      continue;
    }
    if (input.list !== contract.list)
      say(
        'skill.yaml',
        `inputs.${role}.list`,
        `list is ${contract.list}, in tool.json ${input.list}`,
        'the same',
      );
    if (input.optional !== contract.optional)
      say(
        'skill.yaml',
        `inputs.${role}.optional`,
        `optional is ${contract.optional}, in tool.json ${input.optional}`,
        'the same',
      );
  }
  for (const [role, { checks }] of Object.entries(skill.contract.inputs))
    for (const spec of checks)
      for (const message of checkMessages(spec, context)) say('skill.yaml', `inputs.${role}.checks`, message);
  for (const input of files) {
    if (skill.contract.inputs[input.id] === undefined)
      say('skill.yaml', 'inputs', `${input.id} of tool.json has no role`, `inputs.${input.id}`);
  }
}

function lintOutputs(skill: Skill, context: LintContext, say: Say): void {
  const files = skill.descriptor['output-files'];
  for (const [id, contract] of Object.entries(skill.contract.outputs)) {
    const field = `outputs.${id}`;
    const file = files.find((candidate) => candidate.id === id);
    if (!file && id !== skill.contract.stdout) {
      const near = nearest(
        id,
        files.map((candidate) => candidate.id),
      );
      say('skill.yaml', field, `${id} is no output file of tool.json`, near);
    }
    if (file && file.optional !== contract.optional)
      say(
        'skill.yaml',
        `${field}.optional`,
        `optional is ${contract.optional}, in tool.json ${file.optional}`,
        'the same',
      );
    const names = contract.checks.map((spec) => spec.check);
    if (!names.some((name) => name !== 'file.nonempty'))
      say(
        'skill.yaml',
        `${field}.checks`,
        `${id} is not verified`,
        'at least one check beyond file.nonempty',
      );
    for (const spec of contract.checks) {
      if (!context.checkExists(spec.check))
        say('skill.yaml', `${field}.checks`, `there is no check ${spec.check}`);
      else
        for (const { message, expected } of context.checkProblems?.(spec) ?? [])
          say('skill.yaml', `${field}.checks`, message, expected);
    }
  }
  for (const file of files) {
    if (skill.contract.outputs[file.id] === undefined)
      say('skill.yaml', 'outputs', `${file.id} of tool.json is not in the contract`, `outputs.${file.id}`);
  }
  const { stdout } = skill.contract;
  if (stdout !== undefined && skill.contract.outputs[stdout] === undefined)
    say('skill.yaml', 'stdout', `${stdout} is no output of the contract`, `outputs.${stdout}`);
}

/** What is copied and fetched are roles and outputs of the contract. */
function lintWorkspace(skill: Skill, say: Say): void {
  const { workspace, inputs, outputs } = skill.contract;
  for (const [part, known] of [
    ['copies', inputs],
    ['results', outputs],
  ] as const)
    for (const name of Object.keys(workspace?.[part] ?? {}))
      if (known[name] === undefined)
        say(
          'skill.yaml',
          `workspace.${part}.${name}`,
          `${name} is no ${part === 'copies' ? 'input' : 'output'} of the contract`,
          nearest(name, Object.keys(known)),
        );
}

function lintParams(skill: Skill, say: Say): void {
  const params = skill.descriptor.inputs.filter((input) => input.type !== 'File');
  const known = params.map((input) => input.id);
  const refer = (field: string, name: string): void => {
    if (!known.includes(name))
      say('skill.yaml', field, `${name} is no parameter of tool.json`, nearest(name, known));
  };
  for (const [name, narrowed] of Object.entries(skill.contract.params)) {
    refer(`params.${name}`, name);
    const input = params.find((candidate) => candidate.id === name);
    if (!input) continue;
    const fallback = narrowed.default ?? input['default-value'];
    const wrong = fallback === undefined || fallback === null ? undefined : misfit(input, fallback, narrowed);
    if (wrong) say('skill.yaml', `params.${name}`, `the default ${wrong.message}`, wrong.expected);
    for (const bound of ['minimum', 'maximum'] as const) {
      const value = narrowed[bound];
      const outside =
        value === undefined ? undefined : misfit({ ...input, list: false, integer: false }, value);
      if (outside)
        say('skill.yaml', `params.${name}.${bound}`, `the ${bound} ${outside.message}`, outside.expected);
    }
  }
  const { threads, seed, determinism } = skill.contract;
  if (threads) refer('threads.param', threads.param);
  if (seed !== undefined) refer('seed', seed);
  if (determinism === 'seeded' && seed === undefined)
    say('skill.yaml', 'seed', 'a seeded skill names no parameter for its seed', 'seed: <parameter>');
}

/** The first word of the command line. */
export function programName(descriptor: Descriptor): string {
  const keys = descriptor.inputs.flatMap((input) => input['value-key'] ?? []);
  const parsed = parseCommandLine(descriptor['command-line'], keys);
  const first = 'words' in parsed ? parsed.words[0]?.[0] : undefined;
  return first && 'text' in first ? first.text : '';
}

function lintPrograms(skill: Skill, context: LintContext, say: Say): void {
  const { executables, environment } = skill.contract;
  const program = programName(skill.descriptor);
  if (!executables.includes(program))
    say('skill.yaml', 'executables', `${program} of the command line is not in executables`, program);
  const offered = context.environmentOffers(environment);
  if (!offered) {
    say('skill.yaml', 'environment', `there is no environment ${environment}`);
    return;
  }
  for (const executable of executables) {
    if (!offered.includes(executable))
      say(
        'skill.yaml',
        'executables',
        `${environment} does not offer ${executable}`,
        nearest(executable, offered),
      );
  }
}

/** What run.py and its modules import against `modules` and `python`, and `python` against the environment. */
function lintPython(skill: Skill, context: LintContext, say: Say): void {
  const { modules, python, environment } = skill.contract;
  const imported = new Set(skill.program.flatMap((file) => file.imports));
  for (const name of imported) {
    if (!modules.includes(name) && !python.includes(name))
      say('skill.yaml', 'python', `${name} is imported and not named`, `${name} in python, or in modules`);
  }
  for (const [field, names] of Object.entries({ modules, python })) {
    for (const name of names)
      if (!imported.has(name)) say('skill.yaml', field, `${name} is named and nothing imports it`);
  }
  const offered = context.environmentPython?.(environment);
  for (const name of offered === undefined ? [] : python) {
    if (!offered?.includes(name))
      say('skill.yaml', 'python', `${environment} does not offer ${name}`, nearest(name, offered ?? []));
  }
}

function lintCitations(skill: Skill, say: Say): void {
  if (skill.contract.citations.length === 0)
    say('skill.yaml', 'citations', 'nothing is cited', 'the paper of the tool or method, with its DOI');
  skill.contract.citations.forEach((citation, index) => {
    if (citation.doi === undefined) say('skill.yaml', `citations[${index}].doi`, 'has no DOI', 'doi: 10.…');
  });
}
