import { NeuroClawError } from '../../kernel/errors.js';
import { nearest } from '../../kernel/text.js';
import { describeSkill, type Skill } from '../../skills/skill.js';
import type { CommandContext } from '../context.js';
import type { Io } from '../io.js';
import { table } from '../render.js';

export async function run({ io, app }: CommandContext, [id = '']: string[]): Promise<number> {
  const { skills } = await app.skills();
  const skill = skills.get(id);
  if (skill === undefined) {
    const near = nearest(id, skills.keys());
    throw new NeuroClawError(
      'skill.unknown',
      `no skill ${id}${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  if (io.json) {
    io.data({
      ...describeSkill(skill),
      name: skill.name,
      description: skill.description,
      contract: skill.contract,
      descriptor: skill.descriptor,
    });
  } else {
    show(skill, io);
  }
  return 0;
}

function show(skill: Skill, io: Io): void {
  const { contract, descriptor } = skill;
  io.line(`${io.style('bold', skill.id)} ${contract.version}  ${skill.description}`);
  const { evidence, by } = skill.evidence;
  io.line(`environment ${contract.environment}, ${contract.determinism}`);
  io.line(`evidence ${evidence}${by === undefined ? '' : ` by ${by}`}`);
  io.line(`\n${io.style('bold', 'inputs')}`);
  for (const line of table(
    Object.entries(contract.inputs).map(([role, input]) => [`  ${role}`, input.kind, input.description]),
  ))
    io.line(line);
  const parameters = descriptor.inputs.filter((input) => input.type !== 'File');
  if (parameters.length > 0) io.line(`\n${io.style('bold', 'parameters')}`);
  const rows = parameters.map((input) => {
    const narrowed = contract.params[input.id];
    const range = [narrowed?.minimum ?? input.minimum, narrowed?.maximum ?? input.maximum];
    const between = range.every((bound) => bound === undefined) ? '' : `${range[0] ?? ''}..${range[1] ?? ''}`;
    const value = narrowed?.default ?? input['default-value'];
    const type = `${input.type}${between === '' ? '' : ` ${between}`}${narrowed?.unit === undefined ? '' : ` ${narrowed.unit}`}`;
    return [
      `  ${input.id}`,
      type,
      value === undefined ? '' : `= ${JSON.stringify(value)}`,
      narrowed?.description ?? input.description ?? input.name,
    ];
  });
  for (const line of table(rows)) io.line(line);
  io.line(`\n${io.style('bold', 'outputs')}`);
  for (const line of table(
    Object.entries(contract.outputs).map(([id, output]) => [
      `  ${id}${output.optional ? '?' : ''}`,
      output.kind,
      output.checks.map((check) => check.check).join(', '),
    ]),
  )) {
    io.line(line);
  }
  io.line(`\n${skill.body}`);
}
