import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseBidsName } from '../../bids/entities.js';
import { filesBelow } from '../../checks/folder-checks.js';
import { compareNatural } from '../../bids/natural-order.js';
import { errorFinding } from '../../kernel/findings.js';
import type { AdoptedFolder, DatasetSource } from '../dataset-source.js';
import type { PipelineInput } from '../pipeline.js';
import type { Plan } from '../plan.js';
import type { FindingList } from './finding-list.js';
import type { Item } from './item.js';
import type { StageContext } from './stage-data.js';

export type SubjectFoldersInput = Extract<PipelineInput, { readonly subject_folders: unknown }>;

/** Parts of a subject folder of FreeSurfer that hold results; logs and marks of time decide nothing. */
const PARTS = ['label', 'mri', 'stats', 'surf'];

/** Where a subjects folder stands, as far as nobody names one. */
interface Candidate {
  readonly root: string;
  /** Folders in it that may be used; absent: all. */
  readonly folders?: readonly string[];
  readonly refused?: readonly string[];
  /** Its content was verified: it was adopted, or jobs of this output folder made it. */
  readonly verified: boolean;
}

/**
 * An item for each participant (and session) of a subjects folder of FreeSurfer: the folder that the plan names, else one
 * that was adopted, else the one that this output folder holds. A folder beside the data that nobody verified is
 * not used: it is told how to adopt it. Names are `sub-<label>` or `sub-<label>_ses-<label>`, as fMRIPrep has them.
 */
export async function selectSubjectFolders(
  name: string,
  input: SubjectFoldersInput,
  participants: readonly string[],
  opened: StageContext,
  plan: Plan,
  datasets: DatasetSource,
  findings: FindingList,
): Promise<Item[]> {
  const adopted = (await datasets.adopted?.(plan.out)) ?? [];
  const candidates = placesOf(opened.stage.inputs[name], adopted, opened, plan);
  const place = { field: `inputs.${name}` };
  const usable = candidates.filter(({ verified }) => verified);
  if (usable.length > 1) {
    findings.add({
      ...errorFinding(
        'plan.question',
        `subjects of FreeSurfer for ${name} are in ${usable.length} folders: ${usable.map(({ root }) => root).join(', ')}`,
        place,
        'one of them',
      ),
      suggestion: `--input ${name}=FOLDER`,
    });
    return [];
  }
  const [chosen] = usable;
  if (chosen === undefined) {
    const [other] = candidates;
    if (other !== undefined || !input.optional)
      findings.add({
        code: 'plan.cannot',
        severity: input.optional ? 'warning' : 'error',
        message:
          other === undefined
            ? `there are no subjects of FreeSurfer for ${name}`
            : `the subjects of FreeSurfer in ${other.root} were not verified: they are not used`,
        place,
        expected: input.description === '' ? 'reconstructions by recon-all' : input.description,
        suggestion:
          other === undefined
            ? `reconstruct them (structural/recon), or neuroclaw adopt FOLDER --out ${plan.out}`
            : `neuroclaw adopt ${other.root} --out ${plan.out}`,
      });
    return [];
  }
  const items = await itemsIn(chosen, participants);
  tellWithout(items, participants, chosen, name, input, findings);
  return items;
}

function placesOf(
  named: string | undefined,
  adopted: readonly AdoptedFolder[],
  { input }: StageContext,
  plan: Plan,
): Candidate[] {
  const own = adopted.filter(({ kind }) => kind === 'freesurfer');
  const asAdopted = (root: string): Candidate | undefined => {
    const found = own.find((one) => one.root === root);
    return found && { root, folders: found.folders, refused: found.refused, verified: true };
  };
  // A person who names a folder vouches for it; what adoption refused stays refused.
  if (named !== undefined) return [asAdopted(named) ?? { root: named, verified: true }];
  const made = join(plan.out, 'derivatives', 'freesurfer');
  const places: Candidate[] = own.flatMap(({ root }) => asAdopted(root) ?? []);
  if (existsSync(made) && !places.some(({ root }) => root === made))
    places.push({ root: made, verified: true });
  if (places.length > 0 || !('bids' in input)) return places;
  return ['derivatives/freesurfer', 'derivatives/fmriprep/sourcedata/freesurfer', 'sourcedata/freesurfer']
    .map((path) => join(input.bids.root, path))
    .filter((root) => existsSync(root))
    .map((root) => ({ root, verified: false }));
}

async function itemsIn(
  { root, folders, refused = [] }: Candidate,
  participants: readonly string[],
): Promise<Item[]> {
  const names = folders ?? (await readdir(root).catch((): string[] => []));
  const items: Item[] = [];
  for (const folder of [...names].sort(compareNatural)) {
    const parsed = parseBidsName(`${folder}_recon`);
    const { sub, ses, ...more } = parsed?.entities ?? {};
    if (sub === undefined || Object.keys(more).length > 0 || refused.includes(folder)) continue;
    if (!participants.includes(sub) || !(await isFolder(join(root, folder)))) continue;
    const files = await filesOf(join(root, folder));
    if (files.length === 0) continue;
    items.push({
      key: folder,
      entities: { sub, ...(ses === undefined ? {} : { ses }) },
      name: {
        entities: { sub, ...(ses === undefined ? {} : { ses }) },
        suffix: 'recon',
        extension: '',
        datatype: 'anat',
      },
      files,
      facts: new Set(),
      additions: {},
    });
  }
  return items;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function filesOf(folder: string): Promise<Item['files'][number][]> {
  const names: string[] = [];
  for (const part of PARTS)
    if (await isFolder(join(folder, part)))
      names.push(...(await filesBelow(join(folder, part))).map((name) => `${part}/${name}`));
  return names.map((name) => ({ name, source: { from: 'dataset', path: join(folder, name) } }));
}

function tellWithout(
  items: readonly Item[],
  participants: readonly string[],
  { root, refused = [] }: Candidate,
  name: string,
  { optional }: SubjectFoldersInput,
  findings: FindingList,
): void {
  const have = new Set(items.map(({ entities }) => entities['sub']));
  const without = participants.filter((label) => !have.has(label)).map((label) => `sub-${label}`);
  if (without.length === 0) return;
  const why = without.some((label) => refused.some((one) => one.split('_')[0] === label))
    ? ' (some were refused when they were adopted)'
    : '';
  findings.add({
    code: 'plan.cannot',
    severity: items.length === 0 && !optional ? 'error' : 'warning',
    message: `no subject of FreeSurfer (${name}) for ${without.slice(0, 10).join(', ')}${without.length > 10 ? ` and ${without.length - 10} more` : ''} in ${root}${why}`,
    place: { field: `inputs.${name}` },
  });
}
