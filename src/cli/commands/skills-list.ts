import { describeSkill } from '../../skills/skill.js';
import type { CommandContext } from '../context.js';
import { printFindings, table } from '../render.js';

export async function run({ io, app }: CommandContext): Promise<number> {
  const { skills, findings } = await app.skills();
  const summaries = [...skills.values()].map(describeSkill);
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
