import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecks } from '../../checks/catalog.js';
import { filesBelow } from '../../checks/folder-checks.js';
import { compareNatural } from '../../bids/natural-order.js';
import { parseBidsName } from '../../bids/entities.js';
import { errorFinding, hasErrors, type Finding } from '../../kernel/findings.js';
import { fromFileSystem } from '../../kernel/errors.js';
import type { JsonObject } from '../../kernel/json.js';
import type { Maker } from './adoption.js';

/** What was found of one subject or participant, before its files are digested. */
export interface JudgedUnit {
  readonly label: string;
  readonly session?: string;
  readonly folder: string;
  /** Relative to the root that is adopted. */
  readonly files: readonly string[];
  readonly makers: readonly Maker[];
  readonly values: JsonObject;
  readonly findings: readonly Finding[];
}

/** Averages that come with FreeSurfer and lie among the subjects of a study. */
const TEMPLATES = /^(fsaverage.*|[lr]h\.EC_average|cvs_avg35.*|V1_average)$/;

/** Folders below a root that look like subjects of FreeSurfer, or were meant to be; not the averages. */
export async function subjectFolders(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    throw fromFileSystem(error, root);
  });
  const folders: string[] = [];
  for (const entry of entries) {
    if (!(entry.isDirectory() || entry.isSymbolicLink()) || TEMPLATES.test(entry.name)) continue;
    const below = await readdir(join(root, entry.name)).catch((): string[] => []);
    const parts = ['mri', 'surf', 'label', 'stats', 'scripts'].filter((part) => below.includes(part));
    if (parts.length >= 2) folders.push(entry.name);
  }
  return folders.sort(compareNatural);
}

/**
 * Holds every subject folder against what recon-all leaves behind (the check `freesurfer.subject`), and the subjects
 * against each other: two that share their image are one person twice; one of another version is measured otherwise.
 *
 * @param mixedVersions the person knows that several versions of FreeSurfer were at work
 */
export async function judgeSubjects(
  root: string,
  digestOf: (path: string) => Promise<string>,
  mixedVersions: boolean,
  onProgress: (folder: string) => void,
  signal: AbortSignal,
): Promise<JudgedUnit[]> {
  const judged: JudgedUnit[] = [];
  for (const folder of await subjectFolders(root)) {
    signal.throwIfAborted();
    onProgress(folder);
    judged.push(await judgeSubject(root, folder, signal));
  }
  return apart(await notTwice(judged, root, digestOf), mixedVersions);
}

async function judgeSubject(root: string, folder: string, signal: AbortSignal): Promise<JudgedUnit> {
  const path = join(root, folder);
  const about = { output: 'subject', kind: 'folder', path, inputs: {}, outputs: {}, params: {}, sidecar: {} };
  const [result] = await runChecks(about, [{ check: 'freesurfer.subject', args: { own_name: true } }], {
    signal,
  });
  const values = result?.values ?? {};
  const version = typeof values['version'] === 'string' ? values['version'] : undefined;
  const findings: Finding[] = (result?.findings ?? []).map((finding) => relativeTo(root, finding));
  if (version === undefined && !hasErrors(findings))
    findings.push(
      errorFinding(
        'input.invalid',
        'neither its log nor its stamp says the version of FreeSurfer',
        { file: `${folder}/scripts/build-stamp.txt` },
        'freesurfer-...-7.4.1-...',
      ),
    );
  const { sub, ses } = parseBidsName(`${folder}_x.nii`)?.entities ?? {};
  return {
    label: sub ?? folder,
    ...(ses === undefined ? {} : { session: ses }),
    folder,
    files: (await filesBelow(path)).map((name) => `${folder}/${name}`),
    makers: [{ name: 'FreeSurfer', ...(version === undefined ? {} : { version }) }],
    values,
    findings,
  };
}

/** The same image under two names: one of the two is somebody else. Which, nobody can tell from here. */
async function notTwice(
  units: readonly JudgedUnit[],
  root: string,
  digestOf: (path: string) => Promise<string>,
): Promise<JudgedUnit[]> {
  const byImage = new Map<string, string[]>();
  const images = new Map<string, string>();
  for (const { folder, files } of units) {
    const image = `${folder}/mri/orig.mgz`;
    if (!files.includes(image)) continue;
    const digest = await digestOf(join(root, image));
    images.set(folder, digest);
    byImage.set(digest, [...(byImage.get(digest) ?? []), folder]);
  }
  return units.map((unit) => {
    const others = (byImage.get(images.get(unit.folder) ?? '') ?? []).filter((name) => name !== unit.folder);
    if (others.length === 0) return unit;
    const finding = errorFinding(
      'input.invalid',
      `its mri/orig.mgz is that of ${others.join(' and ')}, to the byte`,
      { file: `${unit.folder}/mri/orig.mgz` },
      'an image of its own',
    );
    return { ...unit, findings: [...unit.findings, finding] };
  });
}

/** Thickness and volumes differ by version: those that are of another one than most are refused, or told. */
function apart(units: readonly JudgedUnit[], mixedVersions: boolean): JudgedUnit[] {
  const counts = new Map<string, number>();
  for (const { makers } of units)
    for (const { version } of makers)
      if (version !== undefined) counts.set(version, (counts.get(version) ?? 0) + 1);
  const [most] = [...counts].sort(([a, m], [b, n]) => n - m || compareNatural(b, a))[0] ?? [];
  return units.map((unit) => {
    const version = unit.makers[0]?.version;
    if (version === undefined || version === most) return unit;
    const finding: Finding = {
      code: 'input.invalid',
      severity: mixedVersions ? 'warning' : 'error',
      message: `it was made by FreeSurfer ${version}, most others by ${most ?? ''}: their measures differ by more than the people`,
      place: { file: `${unit.folder}/scripts/build-stamp.txt` },
      expected: `FreeSurfer ${most ?? ''}, as the others`,
      suggestion: 'run these again with that version; --mixed-versions adopts them all the same',
    };
    return { ...unit, findings: [...unit.findings, finding] };
  });
}

/** Places as the person knows them: below the folder that is adopted. */
function relativeTo(root: string, finding: Finding): Finding {
  const file = finding.place?.file;
  if (file?.startsWith(`${root}/`) !== true) return finding;
  return {
    ...finding,
    message: finding.message.replaceAll(`${root}/`, ''),
    place: { ...finding.place, file: file.slice(root.length + 1) },
  };
}
