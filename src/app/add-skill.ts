import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parse } from 'yaml';
import { environmentSchema } from '../environments/environment.js';
import { NeuroClawError, fromFileSystem, nodeErrorCode } from '../kernel/errors.js';
import { hasErrors, type Finding } from '../kernel/findings.js';
import { isJsonObject } from '../kernel/json.js';
import { nearest } from '../kernel/text.js';
import { adaptDescriptor } from '../skills/add/adapt-descriptor.js';
import { describeNewSkill, type SkillTexts } from '../skills/add/describe-skill.js';
import { kebab, questionsOf, type Question, type Surroundings } from '../skills/add/questions.js';
import { readDescriptor } from '../skills/boutiques/read-descriptor.js';
import type { Descriptor } from '../skills/boutiques/schema.js';
import { lintSkill, type LintContext } from '../skills/lint.js';
import { loadSkill } from '../skills/load-skill.js';

export interface AddRequest {
  /** The Boutiques descriptor. */
  readonly file: string;
  /** Folder of skills that it goes to. */
  readonly to: string;
  /** Folder of environments, for one that is made from the image of the descriptor. */
  readonly environments: string;
  readonly family: string;
  /** Name of the skill; that of the descriptor where it is absent. */
  readonly name?: string | undefined;
  readonly answers: ReadonlyMap<string, string>;
  /** Asks a person; absent: nobody is there. */
  readonly ask?: ((question: Question) => Promise<string>) | undefined;
}

export interface AddedSkill {
  readonly id: string;
  readonly folder: string;
  /** Folder of the environment that came with it. */
  readonly environment?: string;
  readonly notes: readonly string[];
  /** Warnings. */
  readonly findings: readonly Finding[];
}

/** What adding looks at beside the files: environments, checks, and ids that are taken. */
export interface AddWorld extends Surroundings, Omit<LintContext, 'environmentOffers'> {
  readonly taken: ReadonlySet<string>;
}

const LICENSE = /^(licen[cs]e|copying)(\.(md|txt))?$/i;

/**
 * Turns a Boutiques descriptor into a skill folder: whole and linted, or not at all. Throws skill.invalid with every
 * finding where the descriptor cannot become a skill, and usage.arguments where something is left to be said.
 */
export async function addSkill(request: AddRequest, world: AddWorld): Promise<AddedSkill> {
  const drop = new Set(
    [...request.answers].flatMap(([key, value]) =>
      value === 'drop' && /^outputs\.[^.]+$/.test(key) ? [key.slice('outputs.'.length)] : [],
    ),
  );
  const adapted = adaptDescriptor(await readDocument(request.file), request.file, drop);
  const text = `${JSON.stringify(adapted.document, null, 2)}\n`;
  const read = readDescriptor(text, { file: request.file });
  const findings = [...adapted.findings, ...read.findings.filter((one) => !repeats(one, adapted.findings))];
  if (read.descriptor === undefined || hasErrors(findings)) throw refused(request.file, findings);
  const { descriptor } = read;
  const name = request.name ?? kebab(descriptor.name);
  const id = `${request.family}/${name}`;
  const folder = join(request.to, id);
  if (world.taken.has(id) || existsSync(folder))
    throw new NeuroClawError('skill.invalid', `there is a skill ${id} already`, {
      place: { file: folder, skill: id },
      hint: 'give it another --name or --family',
    });
  const answers = await answersTo(descriptor, request, world, drop);
  const license = (await readdir(dirname(request.file))).find((entry) => LICENSE.test(entry));
  const texts = describeNewSkill({
    family: request.family,
    name,
    descriptor,
    answers,
    env: adapted.env,
    licenseFile: license,
  });
  const environment = texts.environment && checkEnvironment(texts.environment, request, world);
  const offers = new Map(world.environments);
  if (environment !== undefined) offers.set(environment.name, environment.executables);

  const lint: LintContext = { ...world, environmentOffers: (wanted) => offers.get(wanted) };
  await mkdir(request.to, { recursive: true });
  const work = await mkdtemp(join(request.to, '.adding-'));
  try {
    const draft = join(work, id);
    await mkdir(draft, { recursive: true });
    await writeFile(join(draft, 'tool.json'), text);
    await writeFile(join(draft, 'skill.yaml'), texts.contract);
    await writeFile(join(draft, 'SKILL.md'), texts.document);
    if (license !== undefined) await copyFile(join(dirname(request.file), license), join(draft, license));
    const loaded = await loadSkill(id, draft, [request.to]);
    const problems = [
      ...loaded.findings,
      ...(loaded.skill === undefined ? [] : lintSkill(loaded.skill, lint)),
    ];
    if (hasErrors(problems))
      throw refused(
        request.file,
        problems.map((one) => inPlace(one, work, request.to)),
      );
    const place = environment && (await putEnvironment(environment.name, texts, request.environments));
    try {
      await mkdir(dirname(folder), { recursive: true });
      await rename(draft, folder);
    } catch (error) {
      if (place !== undefined) await rm(place, { recursive: true, force: true });
      throw fromFileSystem(error, folder);
    }
    return {
      id,
      folder,
      ...(place === undefined ? {} : { environment: place }),
      notes: adapted.notes,
      findings: [...findings, ...problems],
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function readDocument(file: string): Promise<Parameters<typeof adaptDescriptor>[0]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fromFileSystem(error, file);
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new NeuroClawError('input.malformed', `${file} is not JSON: ${(error as Error).message}`, {
      place: { file },
      expected: 'a Boutiques descriptor',
    });
  }
  if (isJsonObject(document)) return document;
  throw new NeuroClawError('input.malformed', `${file} is no Boutiques descriptor`, {
    place: { file },
    expected: 'a JSON object',
  });
}

/** The answers that were given, asked for, or follow from the descriptor. */
async function answersTo(
  descriptor: Descriptor,
  { answers: given, ask }: AddRequest,
  world: Surroundings,
  drop: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const asked = new Set([...drop].map((id) => `outputs.${id}`));
  const open: Question[] = [];
  const wrong: string[] = [];
  for (const question of questionsOf(descriptor, answers, world)) {
    asked.add(question.key);
    let answer = given.get(question.key);
    if (answer === undefined && ask !== undefined) answer = await ask(question);
    answer ??= question.fallback;
    const problem = answer === undefined ? undefined : unfit(question, answer);
    if (problem !== undefined) wrong.push(`${question.key} is ${answer}: expected ${problem}`);
    else if (answer === undefined) open.push(question);
    else answers.set(question.key, answer);
  }
  for (const key of given.keys()) {
    if (asked.has(key)) continue;
    const near = nearest(key, asked);
    // A question may not have come up because an earlier one is open.
    if (open.length === 0 || near !== undefined)
      wrong.push(`there is nothing to set for ${key}${near === undefined ? '' : `; did you mean ${near}?`}`);
  }
  if (wrong.length > 0)
    throw new NeuroClawError('usage.arguments', wrong.join('; '), { place: { field: '--set' } });
  if (open.length > 0) throw unanswered(open);
  return answers;
}

function unanswered(open: readonly Question[]): NeuroClawError {
  const kinds = open.find(({ key }) => key.endsWith('.kind'))?.choices;
  const lines = open.map(({ key, text, choices }) => {
    const listed = choices === undefined || choices === kinds ? '' : ` ${choices.join(', ')}`;
    return `--set ${key}=… (${text}${listed})`;
  });
  if (kinds !== undefined) lines.push(`kinds are ${kinds.join(', ')}`);
  return new NeuroClawError('usage.arguments', `the descriptor does not say ${open.length} things`, {
    expected: lines.join('\n  '),
    hint: 'say them with --set key=value, or answer on a terminal',
  });
}

/** What an answer should have been; undefined where it will do. */
export function unfit({ choices, refuse }: Question, answer: string): string | undefined {
  if (choices !== undefined && !choices.includes(answer)) return `one of ${choices.join(', ')}`;
  return answer === '' ? 'something' : refuse?.(answer);
}

function checkEnvironment(
  environment: NonNullable<SkillTexts['environment']>,
  request: AddRequest,
  world: Surroundings,
): { name: string; executables: readonly string[] } {
  const { name, text } = environment;
  if (world.environments.has(name) || existsSync(join(request.environments, name)))
    throw new NeuroClawError('environment.invalid', `there is an environment ${name} already`, {
      place: { file: join(request.environments, name) },
      hint: `take it: --set environment=${name}`,
    });
  return environmentSchema.parse(parse(text));
}

async function putEnvironment(name: string, texts: SkillTexts, root: string): Promise<string> {
  await mkdir(root, { recursive: true });
  const work = await mkdtemp(join(root, '.adding-'));
  try {
    await writeFile(join(work, 'environment.yaml'), texts.environment?.text ?? '');
    const folder = join(root, name);
    await rename(work, folder);
    return folder;
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    if (nodeErrorCode(error) === undefined) throw error;
    throw fromFileSystem(error, root);
  }
}

function refused(file: string, findings: readonly Finding[]): NeuroClawError {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  return new NeuroClawError('skill.invalid', `${file} cannot become a skill: ${first?.message ?? ''}`, {
    place: first?.place ?? { file },
    ...(first?.expected === undefined ? {} : { expected: first.expected }),
    findings: errors,
    hint: 'nothing was written; change the descriptor, or what is said with --set',
  });
}

/** A finding about the draft, named as the folder that was to be. */
function inPlace(finding: Finding, work: string, to: string): Finding {
  const file = finding.place?.file;
  if (file === undefined || !file.startsWith(work)) return finding;
  return { ...finding, place: { ...finding.place, file: join(to, relative(work, file)) } };
}

/** The same output is told once: why it cannot be moved says more than that it lies elsewhere. */
function repeats(finding: Finding, told: readonly Finding[]): boolean {
  return told.some((one) => one.place?.field === finding.place?.field);
}
