import { licenseFileProblems } from '../environments/license-file.js';
import type { Finding } from '../kernel/findings.js';
import type { CompiledStage } from '../planning/job.js';
import type { Skill } from '../skills/skill.js';

/**
 * What a run would be refused for, told with the plan: FreeSurfer's licence file, where jobs of a stage need it and it is
 * missing, empty or not readable here. Warnings: the plan may be run elsewhere. Its text is not read.
 */
export async function licenseNotices(
  { jobs, stage }: Pick<CompiledStage, 'jobs' | 'stage'>,
  skills: ReadonlyMap<string, Pick<Skill, 'contract'>>,
  file: string | undefined,
): Promise<Finding[]> {
  const needing = new Set(
    jobs.flatMap(({ step, skill }) => (skills.get(skill)?.contract.license === 'freesurfer' ? [step] : [])),
  );
  if (needing.size === 0) return [];
  const problems = await licenseFileProblems({ tool: 'FreeSurfer', file });
  return problems.map((problem): Finding => ({
    ...problem,
    severity: 'warning',
    message: `${problem.message}, which ${[...needing].join(', ')} need${needing.size === 1 ? 's' : ''}: the run will be refused`,
    place: { ...problem.place, field: `stages.${stage}` },
    suggestion:
      'register at https://surfer.nmr.mgh.harvard.edu/registration.html, and set freesurfer_license',
  }));
}
