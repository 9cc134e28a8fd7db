import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { IgnoreRule } from './ignore.js';
import { compareNatural } from './natural-order.js';

/**
 * Folders at the root that hold no data of the dataset: what it was made from, what made it, what was shown, and other
 * datasets (BIDS specification, "Source vs. raw vs. derived data"). A nested derivative is indexed by its own root.
 */
const NOT_OF_THE_DATASET: ReadonlySet<string> = new Set(['sourcedata', 'code', 'derivatives', 'stimuli']);

/** Folders that are one recording: CTF `.ds`, Zarr, MEF3 `.mefd`, and BTi/4D folders, which end in `_meg`. */
const RECORDING_FOLDER = /\.(ds|zarr|mefd)$|_meg$/;

/** Links with such names are taken for files without a look at where they lead: git-annex makes them by the thousand. */
const SURELY_A_FILE = /\.(nii|nii\.gz|json|tsv|tsv\.gz|bval|bvec|edf|bdf|eeg|vhdr|vmrk|set|fdt|fif|gii)$/;

/** How many linked folders may lie inside one another. */
const MOST_LINKS = 4;

export interface WalkedFile {
  /** Relative to the root, POSIX separators. */
  readonly path: string;
  readonly name: string;
}

export interface Walk {
  /** In natural order of the paths, folder by folder. */
  readonly files: readonly WalkedFile[];
  /** Names of the folders directly below the root that were walked. */
  readonly folders: readonly string[];
  readonly findings: readonly Finding[];
}

/** A folder on the way: where it really is, and the real folders whose links led here. */
interface Place {
  readonly path: string;
  readonly real: string;
  readonly trail: readonly string[];
}

/**
 * Every file of a dataset but what `.bidsignore` names, hidden files and folders, and `sourcedata`, `code`, `stimuli`
 * and `derivatives` at the root. Links to files count as files, broken ones too (content that git-annex has not
 * fetched); links to folders are followed, and one that leads back to a folder it lies in is a finding.
 */
export async function walkFiles(root: string, ignored: IgnoreRule, signal?: AbortSignal): Promise<Walk> {
  const findings: Finding[] = [];
  const folders: string[] = [];

  const visit = async (place: Place): Promise<WalkedFile[]> => {
    signal?.throwIfAborted();
    let entries: Dirent[];
    try {
      entries = await readdir(place.path === '' ? root : `${root}/${place.path}`, { withFileTypes: true });
    } catch (error) {
      findings.push(unreadableFolder(place.path, error));
      return [];
    }
    entries.sort((a, b) => compareNatural(a.name, b.name));
    // Filled in any order, kept in the order of the names.
    const parts: (readonly WalkedFile[])[] = [];
    const below: Promise<void>[] = [];
    const later = (files: Promise<readonly WalkedFile[]>): void => {
      const at = parts.push([]) - 1;
      below.push(files.then((found) => void (parts[at] = found)));
    };
    for (const entry of entries) {
      const { name } = entry;
      const atRoot = place.path === '';
      if (name.startsWith('.') || (atRoot && NOT_OF_THE_DATASET.has(name) && !entry.isFile())) continue;
      const path = atRoot ? name : `${place.path}/${name}`;
      if (name.includes('\ufffd')) findings.push(undecodable(path));
      if (entry.isDirectory() && !RECORDING_FOLDER.test(name)) {
        if (ignored(`${path}/`)) continue;
        if (atRoot) folders.push(name);
        later(visit({ path, real: `${place.real}/${name}`, trail: place.trail }));
      } else if (entry.isSymbolicLink() && !SURELY_A_FILE.test(name) && !RECORDING_FOLDER.test(name)) {
        later(visitLink(place, path, name));
      } else if (entry.isFile() || entry.isDirectory() || entry.isSymbolicLink()) {
        if (!ignored(entry.isDirectory() ? `${path}/` : path)) parts.push([{ path, name }]);
      }
    }
    await Promise.all(below);
    return parts.flat();
  };

  const visitLink = async (from: Place, path: string, name: string): Promise<WalkedFile[]> => {
    const absolute = `${root}/${path}`;
    let real: string | undefined;
    try {
      if ((await stat(absolute)).isDirectory()) real = await realpath(absolute);
    } catch (error) {
      if (nodeErrorCode(error) === 'ELOOP') {
        findings.push(linkLoop(path, 'leads to itself'));
        return [];
      }
    }
    if (ignored(real === undefined ? path : `${path}/`)) return [];
    if (real === undefined) return [{ path, name }];
    const trail = [...from.trail, from.real];
    if (trail.some((passed) => `${passed}/`.startsWith(`${real}/`))) {
      findings.push(linkLoop(path, 'leads back to a folder that it lies in'));
      return [];
    }
    if (trail.length > MOST_LINKS) {
      findings.push(linkLoop(path, `is the ${trail.length}th linked folder inside one another`));
      return [];
    }
    if (from.path === '') folders.push(name);
    return await visit({ path, real, trail });
  };

  const files = await visit({ path: '', real: await realpath(root), trail: [] });
  // Folders are read side by side: the order of findings must not depend on the disk.
  findings.sort((a, b) => compareNatural(a.place?.file ?? '', b.place?.file ?? ''));
  return { files, folders: folders.sort(compareNatural), findings };
}

function unreadableFolder(path: string, error: unknown): Finding {
  const code = nodeErrorCode(error);
  const why = code === 'EACCES' || code === 'EPERM' ? 'may not be read' : `cannot be read (${String(code)})`;
  const name = path === '' ? 'the folder of the dataset' : `folder ${path}`;
  return {
    ...errorFinding('input.unreadable', `${name} ${why}; its files are not in the index`, { file: path }),
    suggestion: 'check its permissions',
  };
}

function linkLoop(path: string, what: string): Finding {
  return {
    code: 'input.invalid',
    severity: 'warning',
    message: `the link ${path} ${what} and is not followed`,
    place: { file: path },
    suggestion: 'remove the link',
  };
}

function undecodable(path: string): Finding {
  return {
    code: 'input.invalid',
    severity: 'warning',
    message: `the name of ${path} is not UTF-8, so that programs cannot open it by this name`,
    place: { file: path },
    suggestion: 'rename it',
  };
}
