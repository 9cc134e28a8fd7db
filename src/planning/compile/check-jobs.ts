import { errorFinding, type Finding } from '../../kernel/findings.js';
import type { SkillRegistry } from '../../skills/registry.js';
import { inputProblems, type InputLooks } from '../check-inputs.js';
import type { Job } from '../job.js';
import type { FindingList } from './finding-list.js';

const CONCURRENCY = 16;

/** Looks into the files of the dataset that the jobs read. What earlier jobs make is looked at when they made it. */
export async function checkInputs(
  jobs: readonly Job[],
  { skills }: SkillRegistry,
  looks: InputLooks,
  root: string | undefined,
  findings: FindingList,
): Promise<void> {
  const nameOf = (path: string): string =>
    root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  const found: (readonly Finding[])[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < jobs.length; index = next++) {
      const job = jobs[index];
      const skill = skills.get(job?.skill ?? '');
      if (job === undefined || skill === undefined) continue;
      const files = job.inputs.flatMap(({ role, shape, files }) =>
        shape === 'folder'
          ? []
          : [
              [
                role,
                files.flatMap(({ source }) => (source.from === 'dataset' ? [source.path] : [])),
              ] as const,
            ],
      );
      found[index] = await inputProblems(skill, Object.fromEntries(files), looks, nameOf);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  // A file that several jobs read is told once.
  for (const finding of found.flat())
    if (!findings.hasErrorAt(finding.place?.file ?? '')) findings.add(finding);
}

/** Two jobs that would publish the same file. */
export function reportConflicts(jobs: readonly Job[], findings: FindingList): void {
  const owners = new Map<string, string>();
  for (const job of jobs) {
    for (const { publish } of job.outputs) {
      if (publish === undefined) continue;
      const owner = owners.get(publish);
      if (owner === undefined) owners.set(publish, job.id);
      else
        findings.add(
          errorFinding(
            'plan.conflict',
            `${owner} and ${job.id} would both publish ${publish}`,
            { file: publish, job: job.id },
            'one job for each file: another description, or fewer inputs',
          ),
        );
    }
  }
}
