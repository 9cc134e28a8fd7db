import { NeuroClawError } from '../../kernel/errors.js';
import { nearest } from '../../kernel/text.js';
import { describeSkill, evidenceLevels, type SkillSummary } from '../../skills/skill.js';
import type { CommandContext } from '../context.js';
import { printFindings, table } from '../render.js';

/** What can be asked for, and where a skill says it. */
const filters: Readonly<Record<string, (skill: SkillSummary) => readonly string[]>> = {
  family: (skill) => [skill.family],
  evidence: (skill) => [skill.evidence],
  capability: (skill) => skill.capabilities,
};

export async function run(
  { io, app }: CommandContext,
  _args: string[],
  options: Record<string, unknown>,
): Promise<number> {
  const { skills, findings } = await app.skills();
  const summaries = chosen([...skills.values()].map(describeSkill), options);
  if (io.json) io.data(summaries);
  else {
    const rows = summaries.map((skill) => [
      skill.id,
      skill.version,
      skill.environment,
      skill.evidence,
      skill.capabilities.join(', '),
    ]);
    for (const line of table([['SKILL', 'VERSION', 'ENVIRONMENT', 'EVIDENCE', 'CAPABILITIES'], ...rows]))
      io.line(line);
    const counts = evidenceLevels.map(
      (level) => `${summaries.filter((skill) => skill.evidence === level).length} ${level}`,
    );
    io.line(`${summaries.length} skills: ${counts.join(', ')}`);
  }
  if (findings.length > 0) {
    io.note(`${findings.length} problems: \`neuroclaw skills check\` tells more`);
  }
  if (!io.json)
    printFindings(
      findings.filter((finding) => finding.severity === 'error'),
      io,
      5,
    );
  return 0;
}

/** @throws {NeuroClawError} usage.arguments where a filter names what no skill has */
function chosen(summaries: readonly SkillSummary[], options: Record<string, unknown>): SkillSummary[] {
  let left = [...summaries];
  for (const [name, valuesOf] of Object.entries(filters)) {
    const wanted = options[name];
    if (typeof wanted !== 'string') continue;
    const known: readonly string[] =
      name === 'evidence' ? evidenceLevels : [...new Set(summaries.flatMap(valuesOf))].sort();
    if (!known.includes(wanted)) {
      const near = nearest(wanted, known);
      const hint = near === undefined ? `there are ${known.join(', ')}` : `did you mean ${near}?`;
      throw new NeuroClawError('usage.arguments', `no skill has the ${name} ${wanted}; ${hint}`);
    }
    left = left.filter((skill) => valuesOf(skill).includes(wanted));
  }
  return left;
}
