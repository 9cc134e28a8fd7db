import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import type { InputFile } from '../job.js';

/** Folders at the root that a validator does not look into, and other datasets. */
const OTHERS: ReadonlySet<string> = new Set(['sourcedata', 'code', 'derivatives', 'stimuli']);

/**
 * Every file of a dataset, with its path in it: what a validator looks at, whether BIDS knows the name or not.
 * Hidden files are no data, but `.bidsignore` changes what a validator says. Links are followed; those that lead
 * nowhere (content that git-annex has not fetched) or back into their own folder are left out and told.
 */
export async function wholeDataset(
  root: string,
): Promise<{ readonly files: readonly InputFile[]; readonly findings: readonly Finding[] }> {
  const files: InputFile[] = [];
  const broken: string[] = [];
  const findings: Finding[] = [];

  const visit = async (folder: string, trail: readonly string[]): Promise<void> => {
    let entries: Dirent[];
    try {
      entries = await readdir(join(root, folder), { withFileTypes: true });
    } catch {
      findings.push(
        errorFinding('input.unreadable', `folder ${folder || '.'} may not be read`, { file: folder }),
      );
      return;
    }
    const below: Promise<void>[] = [];
    for (const entry of entries) {
      const { name } = entry;
      if (name.startsWith('.') && !(folder === '' && name === '.bidsignore')) continue;
      if (folder === '' && OTHERS.has(name)) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      if (entry.isFile()) files.push({ name: path, source: { from: 'dataset', path: join(root, path) } });
      else if (entry.isDirectory()) below.push(visit(path, trail));
      else if (entry.isSymbolicLink()) below.push(visitLink(path, trail));
    }
    await Promise.all(below);
  };

  const visitLink = async (path: string, trail: readonly string[]): Promise<void> => {
    try {
      const target = await stat(join(root, path));
      if (target.isFile()) files.push({ name: path, source: { from: 'dataset', path: join(root, path) } });
      if (!target.isDirectory()) return;
      const real = await realpath(join(root, path));
      if (trail.some((outer) => outer === real || outer.startsWith(`${real}/`))) broken.push(path);
      else await visit(path, [...trail, real]);
    } catch {
      broken.push(path);
    }
  };

  await visit('', [await realpath(root)]);
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  const [first] = broken.sort();
  if (first !== undefined)
    findings.push({
      code: 'input.not-found',
      severity: 'warning',
      message: `${broken.length} links of the dataset lead nowhere, among them ${first}: left out`,
      place: { file: first },
      suggestion: 'fetch their content (`datalad get`, `git annex get`)',
    });
  return { files, findings };
}

/** At the root of a dataset, about everybody or for people: no program that works on one participant reads them. */
const ABOUT = /^(?:participants|samples)\.(?:tsv|json)$|^(?:README|CHANGES|LICENSE|CITATION)\b|^phenotype\//i;

/**
 * A dataset of one participant: their own files, and what at the root applies to them (the description, sidecars that are
 * inherited). A participant more in the dataset changes nothing of it, and so no key.
 */
export function ofParticipant(files: readonly InputFile[], label: string): InputFile[] {
  return files.filter(({ name }) => {
    const participant = /^sub-([A-Za-z0-9+]+)(?:[/_.]|$)/.exec(name)?.[1];
    return participant === undefined ? !ABOUT.test(name) : participant === label;
  });
}
