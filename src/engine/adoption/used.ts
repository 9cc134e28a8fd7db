import { NeuroClawError } from '../../kernel/errors.js';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import type { CompiledStage } from '../../planning/job.js';
import type { FileDigests } from '../digests.js';
import type { OutputLayout } from '../layout.js';
import { distinctMakers, readAdoptions, type AdoptionKind, type Maker } from './adoption.js';
import { changeOf } from './changes.js';

/** What a stage takes from results that were adopted: kept with the run. */
export interface UsedAdoption {
  readonly name: string;
  readonly kind: AdoptionKind;
  readonly key: string;
  /** ISO 8601 UTC. */
  readonly adopted: string;
  readonly makers: readonly Maker[];
  readonly root: string;
  /** Folders of participants or subjects that files were taken from. */
  readonly folders: readonly string[];
  readonly files: number;
}

/**
 * Adoptions that the jobs of a stage read from, each file compared with what was adopted. Throws input.adopted for files
 * that changed since, that adoption refused, or that were not there.
 */
export async function usedAdoptions(
  { jobs }: CompiledStage,
  layout: Pick<OutputLayout, 'adopted'>,
  digests: FileDigests,
): Promise<UsedAdoption[]> {
  const adoptions = readAdoptions(layout);
  if (adoptions.length === 0) return [];
  const paths = new Set<string>();
  for (const { source } of jobs.flatMap(({ inputs }) => inputs.flatMap(({ files }) => files)))
    if (source.from === 'dataset') paths.add(source.path);
  const used: UsedAdoption[] = [];
  const problems: Finding[] = [];
  for (const { root, units, refused, shared, name, kind, key, adopted } of adoptions) {
    const own = [...paths]
      .filter((path) => path.startsWith(`${root}/`))
      .map((path) => path.slice(root.length + 1));
    if (own.length === 0) continue;
    const known = new Map(
      [...shared, ...units.flatMap(({ files }) => files)].map((file) => [file.path, file]),
    );
    const folders = new Set<string>();
    for (const path of own) {
      const file = known.get(path);
      const on = adopted.slice(0, 10);
      if (file === undefined) {
        const why = refused.find(({ folder }) => path.startsWith(`${folder}/`))?.findings[0]?.message;
        problems.push(
          errorFinding(
            'input.adopted',
            why === undefined
              ? `${path} was not there when ${name} was adopted on ${on}`
              : `${path} was refused when ${name} was adopted on ${on}: ${why}`,
            { file: `${root}/${path}` },
            'a file that was verified',
          ),
        );
        continue;
      }
      const how = await changeOf(root, file, digests);
      if (how !== undefined)
        problems.push(
          errorFinding(
            'input.adopted',
            `${path} was adopted on ${on} and ${how === 'gone' ? 'is gone' : 'changed'} since`,
            { file: `${root}/${path}` },
            `the content of then, SHA-256 ${file.sha256.slice(0, 12)}`,
          ),
        );
      folders.add(path.split('/')[0] ?? '');
    }
    const makers = distinctMakers(
      units.filter(({ folder }) => folders.has(folder)).flatMap((unit) => unit.makers),
    );
    used.push({ name, kind, key, adopted, makers, root, folders: [...folders].sort(), files: own.length });
  }
  const [first] = problems;
  if (first === undefined) return used;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new NeuroClawError('input.adopted', `${first.message}${more}`, {
    ...(first.place === undefined ? {} : { place: first.place }),
    ...(first.expected === undefined ? {} : { expected: first.expected }),
    findings: problems,
  });
}
