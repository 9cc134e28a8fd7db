import { existsSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { indexDataset } from '../../bids/index-dataset.js';
import { NeuroClawError } from '../../kernel/errors.js';
import { hasErrors } from '../../kernel/findings.js';
import { sha256OfJson } from '../../kernel/json.js';
import { FileDigests } from '../digests.js';
import { writeAtomic } from '../durable.js';
import { folderDigest } from '../keys.js';
import { outputLayout, type OutputLayout } from '../layout.js';
import { acquireLock } from '../lock.js';
import { refuseOutputInData } from '../output-folder.js';
import {
  distinctMakers,
  type AdoptedFile,
  type AdoptedUnit,
  type Adoption,
  type AdoptionKind,
  type RefusedUnit,
} from './adoption.js';
import { derivativeFacts, judgeParticipants } from './verify-derivative.js';
import { judgeSubjects, subjectFolders, type JudgedUnit } from './verify-subjects.js';

export interface AdoptRequest {
  /** Folder of results that are there already. It is read, never changed. */
  readonly root: string;
  readonly out: string;
  /** Absent: what the folder looks like. */
  readonly as?: AdoptionKind;
  readonly name?: string;
  /** Subjects of several versions of FreeSurfer are wanted side by side. */
  readonly mixedVersions?: boolean;
  readonly forceUnlock?: boolean;
  readonly onProgress?: (folder: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Verifies results that somebody made before, and writes down what they were: by content, so that a file that changes
 * is found later. Nobody is adopted whose results do not pass; the others are. Throws input errors for a folder that
 * is neither a subjects folder of FreeSurfer nor a derivative dataset.
 */
export async function adopt(request: AdoptRequest): Promise<Adoption> {
  const root = resolve(request.root);
  const layout = outputLayout(resolve(request.out));
  refuseOutputInData(layout.out, root, 'folder');
  const kind = request.as ?? (await kindOf(root));
  await mkdir(layout.state, { recursive: true });
  const lock = acquireLock(layout.lock, 'neuroclaw adopt', request.forceUnlock);
  const digests = new FileDigests(layout.digests);
  try {
    return await adoptAs(kind, root, layout, digests, request);
  } finally {
    digests.close();
    lock.release();
  }
}

async function kindOf(root: string): Promise<AdoptionKind> {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new NeuroClawError('input.not-found', `${root} is no folder`, { place: { file: root } });
  // fMRIPrep writes a description into its subjects folder, too: what lies in it decides.
  if ((await subjectFolders(root)).length > 0) return 'freesurfer';
  if (existsSync(join(root, 'dataset_description.json'))) return 'bids';
  throw new NeuroClawError('input.invalid', `${root} holds no results that can be adopted`, {
    place: { file: root },
    expected:
      'subjects of FreeSurfer (folders with mri/, surf/, stats/), or a derivative dataset with a dataset_description.json',
  });
}

async function adoptAs(
  kind: AdoptionKind,
  root: string,
  layout: OutputLayout,
  digests: FileDigests,
  { name, mixedVersions = false, onProgress = () => undefined, signal }: AdoptRequest,
): Promise<Adoption> {
  const digestOf = (path: string): Promise<string> => digests.of(path);
  const dataset = kind === 'bids' ? await indexDataset(root, { signal }) : undefined;
  const facts = dataset === undefined ? undefined : derivativeFacts(dataset);
  const judged =
    dataset === undefined || facts === undefined
      ? await judgeSubjects(root, digestOf, mixedVersions, onProgress, signal)
      : hasErrors(facts.findings)
        ? []
        : await judgeParticipants(dataset, facts.makers, digestOf, onProgress, signal);
  const units: AdoptedUnit[] = [];
  const refused: RefusedUnit[] = [];
  for (const unit of judged) {
    const { label, folder, findings } = unit;
    if (hasErrors(findings)) refused.push({ label, folder, findings });
    else units.push(await digested(unit, root, digests));
  }
  const shared = await filesOf(
    (dataset?.files ?? []).flatMap(({ path }) => (path.includes('/') ? [] : [path])),
    root,
    digests,
  );
  const title = dataset?.description['Name'];
  const adoption: Adoption = {
    schema: 'neuroclaw/adoption@1',
    key: sha256OfJson({
      kind,
      units: units.map(({ folder, digest }) => [folder, digest]),
      shared: folderDigest(named(shared)),
    }),
    kind,
    name: name ?? (typeof title === 'string' && title !== '' ? title : basename(root)),
    root,
    adopted: new Date().toISOString(),
    makers: distinctMakers(facts?.makers ?? units.flatMap(({ makers }) => makers)),
    spaces: facts?.spaces ?? [],
    units,
    refused,
    shared,
    findings: facts?.findings ?? [],
  };
  digests.flush();
  // Nothing to use, nothing to remember.
  if (units.length > 0)
    await writeAtomic(
      join(layout.adopted, `${adoption.key.slice(0, 32)}.json`),
      `${JSON.stringify(adoption)}\n`,
    );
  return adoption;
}

async function digested(unit: JudgedUnit, root: string, digests: FileDigests): Promise<AdoptedUnit> {
  const files = await filesOf(unit.files, root, digests);
  return { ...unit, files, digest: folderDigest(named(files)) };
}

async function filesOf(paths: readonly string[], root: string, digests: FileDigests): Promise<AdoptedFile[]> {
  const files: AdoptedFile[] = [];
  for (const path of paths) {
    const absolute = join(root, path);
    files.push({ path, sha256: await digests.of(absolute), size: statSync(absolute).size });
  }
  return files;
}

function named(files: readonly AdoptedFile[]): { name: string; sha256: string }[] {
  return files.map(({ path, sha256 }) => ({ name: path, sha256 }));
}
