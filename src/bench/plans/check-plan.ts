import { posix } from 'node:path';
import type { Skill } from '../../skills/skill.js';
import { planAnswer, type PlanChecks, type PlanCommand } from './document.js';
import { Files } from './files.js';
import { predictOutputs } from './predict-outputs.js';
import { readCommand, type PlanFinding, type ReadCommand } from './read-command.js';
import { ruleFinding, type Step } from './rules.js';

/** Rules that hold for every plan; a task adds its own. */
export const generalRules = {
  format:
    'commands.json is {"commands": [{"argv", "reads", "writes"}]}, with paths below in/, out/ or scratch/',
  program: 'each program is one that a skill describes',
  flag: 'each option exists, once',
  arguments: 'the other arguments are those of the described command line',
  value: 'each value has the type, range or choice of its option',
  required: 'what a program needs is given',
  conflict: 'options that exclude each other are not together',
  input: 'each file that is read is an input of the task or was made by an earlier command',
  reads: 'reads names every file that the arguments name',
  writes: 'writes names what the command makes',
  place: 'nothing is written into the inputs, and nothing twice',
  purpose: 'each command makes something that is asked for or read later',
  product: 'what the task asks for is made',
} as const;

/** One program under several names: builds of the same source for other hardware, with the same options. */
const sameProgram: readonly [RegExp, string][] = [
  [/^eddy(?:_openmp|_cpu)?$/, 'eddy_cpu'],
  [/^eddy_cuda(?:\d+(?:\.\d+)?)?$/, 'eddy_cuda11.0'],
];

/** Families of the tools that plans are made for: those that cannot be executed wherever the benchmark runs. */
const families = new Set(['fsl', 'freesurfer', 'bids-apps', 'mrtrix3-fsl']);

/** Names of paths of a skill's line where it reads what stands beside its arguments. */
const readsBeside = new Set(['/scratch/topup', '/scratch/eddy/eddy', '/scratch/subject']);

export interface PlanTask {
  /** Paths below `in/`. One without an extension is a folder whose content is not listed. */
  readonly inputs: readonly { readonly path: string }[];
  readonly plan: PlanChecks;
}

/**
 * Judges a plan without executing anything: every command line against the descriptors of skills, every file against
 * the inputs and what earlier commands would make, then the rules of the task. No finding: it is valid.
 */
export function checkPlan(task: PlanTask, answer: unknown, skills: Iterable<Skill>): PlanFinding[] {
  const parsed = planAnswer.safeParse(answer);
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => ({
      rule: 'format',
      message: `${path.join('.')}: ${message}`,
    }));
  const findings: PlanFinding[] = [];
  const files = new Files();
  for (const { path } of task.inputs) files.add(`in/${path}`, !posix.basename(path).includes('.'));
  const known = [...skills].filter(({ contract }) => families.has(contract.family));
  const steps: Step[] = [];
  for (const [index, command] of parsed.data.commands.entries()) {
    const number = index + 1;
    const say = (rule: keyof typeof generalRules, message: string): void => {
      findings.push({ rule, command: number, message });
    };
    const read = bestReading(command, known);
    if (read === undefined) {
      say('program', `no skill describes ${command.argv[0] ?? ''}`);
      continue;
    }
    findings.push(...read.problems.map((problem) => ({ ...problem, command: number })));
    checkReads(command, read, files, say);
    const made = predictOutputs(read);
    for (const path of command.writes)
      if (!made.some((one) => one.path === path || (one.isFolder && path.startsWith(`${one.path}/`))))
        say('writes', `${read.skill.id} does not make ${path} with these arguments`);
    for (const { path, isFolder } of made) {
      if (path === 'in' || path.startsWith('in/')) say('place', `${path} would be written`);
      else if (steps.some((step) => step.made.some((one) => one.path === path)))
        say('place', `${path} was made before and would be written over`);
      files.add(path, isFolder);
    }
    steps.push({ number, read, reads: command.reads, made });
  }
  findings.push(...idleCommands(steps, task.plan.products));
  for (const path of task.plan.products)
    if (!files.has(`out/${path}`)) findings.push({ rule: 'product', message: `nothing makes out/${path}` });
  return [...findings, ...task.plan.rules.flatMap((rule) => ruleFinding(rule, steps) ?? [])];
}

/** A command whose outputs nobody asks for: the right one beside the one that counts would otherwise satisfy a rule. */
function idleCommands(steps: readonly Step[], products: readonly string[]): PlanFinding[] {
  const asked = products.map((path) => `out/${path}`);
  return steps.flatMap(({ number, read, made }) => {
    const later = steps
      .filter((step) => step.number > number)
      .flatMap(({ reads, read: { fixed, values } }) => [
        ...reads,
        ...[...fixed].filter(([line]) => !line.startsWith('/out/')).map(([, path]) => path),
        ...Object.values(values),
      ])
      .flat()
      .filter((value) => typeof value === 'string');
    const used = made.some(({ path }) =>
      [...asked, ...later].some(
        (one) =>
          isWithin(one, path) ||
          isWithin(path, one) ||
          path.startsWith(`${one}_`) ||
          path === `${one}.nii.gz`,
      ),
    );
    const message = `nobody asks for what ${read.skill.id} makes`;
    return used ? [] : [{ rule: 'purpose', command: number, message }];
  });
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function bestReading({ argv, reads }: PlanCommand, skills: readonly Skill[]): ReadCommand | undefined {
  const [given = ''] = argv;
  const program = sameProgram.find(([pattern]) => pattern.test(given))?.[1] ?? given;
  const readings = skills
    .filter(({ descriptor }) => descriptor['command-line'].split(/\s/, 1)[0] === program)
    .map((skill) => readCommand(skill, argv, reads));
  return readings.sort((a, b) => distance(a) - distance(b))[0];
}

/** Several skills may describe one program (`5ttgen fsl`, `5ttgen hsvs`): a wrong fixed word counts for more than a wrong option. */
function distance({ problems }: ReadCommand): number {
  return problems.reduce((sum, { rule }) => sum + (rule === 'arguments' ? 10 : 1), 0);
}

function checkReads(
  { reads }: PlanCommand,
  { skill, values, fixed }: ReadCommand,
  files: Files,
  say: (rule: keyof typeof generalRules, message: string) => void,
): void {
  const named = skill.descriptor.inputs
    .filter(({ type }) => type === 'File')
    .flatMap(({ id }) => values[id] ?? [])
    .map(String);
  const missing = new Set([...reads, ...named].filter((path) => !files.has(path)));
  for (const [line, path] of fixed) {
    if (line.startsWith('/in/') && !files.has(path)) missing.add(path);
    if (readsBeside.has(line) && !files.hasPrefix(path)) missing.add(path);
  }
  for (const path of missing) say('input', `${path} is no input and no earlier command makes it`);
  for (const path of named)
    if (
      !reads.some(
        (one) =>
          path === one ||
          path.startsWith(`${one}/`) ||
          one.startsWith(`${path}/`) ||
          one === `${path}.nii.gz`,
      )
    )
      say('reads', `${path} is read by ${skill.id} and stands in no reads`);
}
