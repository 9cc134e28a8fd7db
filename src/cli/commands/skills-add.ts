import { dirname, join, resolve } from 'node:path';
import { addSkill, unfit } from '../../app/add-skill.js';
import { knownCheck, validateCheckSpec } from '../../checks/catalog.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { Question } from '../../skills/add/questions.js';
import type { CommandContext } from '../context.js';
import { printFindings } from '../render.js';

export async function run(
  context: CommandContext,
  [file = '']: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { io, app, cwd } = context;
  const text = (name: string): string | undefined =>
    typeof options[name] === 'string' ? options[name] : undefined;
  const { values } = app.settings;
  const to = text('to') ?? values.skills[0];
  if (to === undefined)
    throw new NeuroClawError('usage.arguments', 'no folder for skills of your own is known', {
      expected: '--to FOLDER, or NEUROCLAW_SKILLS=FOLDER in the environment',
    });
  const root = resolve(cwd, to);
  const environmentRoot = values.environments[0] ?? join(dirname(root), 'environments');
  const [{ environments }, { skills }] = await Promise.all([app.environments(), app.skills()]);
  const added = await addSkill(
    {
      file: resolve(cwd, file),
      to: root,
      environments: environmentRoot,
      family: text('family') ?? 'lab',
      name: text('name'),
      answers: settingsOf(options['set']),
      ask: io.interactive ? (question) => askPerson(question, context) : undefined,
    },
    {
      environments: new Map([...environments].map(([name, { executables }]) => [name, executables])),
      checkExists: knownCheck,
      checkProblems: validateCheckSpec,
      taken: new Set(skills.keys()),
    },
  );
  if (io.json) io.data(added);
  for (const note of added.notes) io.line(note);
  printFindings(added.findings, io);
  io.line(`${io.style('green', 'added')}  ${added.id}  ${added.folder}`);
  if (added.environment !== undefined) {
    io.line(`${io.style('green', 'added')}  environment  ${added.environment}`);
    const name = added.environment.slice(environmentRoot.length + 1);
    io.line(`  pull it and try it: neuroclaw env lock ${name}`);
    if (values.environments.length === 0)
      io.line(`  NEUROCLAW_ENVIRONMENTS=${environmentRoot} makes it known`);
  }
  if (!values.skills.includes(root)) io.line(`  NEUROCLAW_SKILLS=${root} makes it known`);
  return 0;
}

async function askPerson(question: Question, { io, signal }: CommandContext): Promise<string> {
  const { text, choices, fallback, guess } = question;
  if (choices?.length === 0) throw new NeuroClawError('environment.unknown', text);
  const offered = choices === undefined ? '' : ` (${choices.join(', ')})`;
  for (;;) {
    const proposal = fallback ?? guess;
    const answer = await io.ask(`${text}${offered}`, proposal, signal);
    const problem = unfit(question, answer);
    if (problem === undefined) return answer;
    io.line(`  expected: ${problem}`);
  }
}

function settingsOf(value: unknown): Map<string, string> {
  const settings = new Map<string, string>();
  for (const setting of Array.isArray(value) ? value.map(String) : []) {
    const [, key, text] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
    if (key === undefined || text === undefined)
      throw new NeuroClawError('usage.arguments', `cannot read --set ${setting}`, { expected: 'key=value' });
    settings.set(key, text);
  }
  return settings;
}
