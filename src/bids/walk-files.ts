import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';

/** Folders at the root of a dataset that hold no data of it (BIDS specification, "Source vs. raw vs. derived data"). */
const ROOT_EXCLUDED: ReadonlySet<string> = new Set(['sourcedata', 'code', 'derivatives', 'stimuli']);

/** Extensions of folders that are one recording (CTF, zarr, BTi and mefd are written as folders). */
const DATA_FOLDER = /\.(ds|zarr|mefd|ome\.zarr)$/;

export interface WalkedFile {
  /** Relative to the root, POSIX separators. */
  readonly path: string;
  readonly name: string;
}

/**
 * Every file of a dataset but hidden ones and the folders `sourcedata`, `code`, `stimuli` and nested `derivatives`.
 * Links to files count, broken ones too (git-annex); links to folders are followed once.
 */
export async function walkFiles(
  root: string,
  signal?: AbortSignal,
): Promise<{ files: WalkedFile[]; findings: Finding[] }> {
  const files: WalkedFile[] = [];
  const findings: Finding[] = [];
  const linked = new Set<string>();

  const visit = async (folder: string): Promise<void> => {
    signal?.throwIfAborted();
    let entries: Dirent[];
    try {
      entries = await readdir(folder === '' ? root : `${root}/${folder}`, { withFileTypes: true });
    } catch (error) {
      const reason =
        nodeErrorCode(error) === 'EACCES'
          ? 'may not be read'
          : `cannot be read (${nodeErrorCode(error) ?? String(error)})`;
      findings.push(errorFinding('input.unreadable', `folder ${folder} ${reason}`, { file: folder }));
      return;
    }
    const below: Promise<void>[] = [];
    for (const entry of entries) {
      const { name } = entry;
      if (name.startsWith('.') || (folder === '' && ROOT_EXCLUDED.has(name))) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      if (entry.isDirectory()) {
        if (DATA_FOLDER.test(name)) files.push({ path, name });
        else below.push(visit(path));
      } else if (entry.isSymbolicLink()) {
        below.push(visitLink(path, name));
      } else if (entry.isFile()) {
        files.push({ path, name });
      }
    }
    await Promise.all(below);
  };

  const visitLink = async (path: string, name: string): Promise<void> => {
    const target = await stat(`${root}/${path}`).catch(() => undefined);
    if (target?.isDirectory() !== true || DATA_FOLDER.test(name)) {
      files.push({ path, name });
      return;
    }
    const identity = `${target.dev}:${target.ino}`;
    if (linked.has(identity)) return;
    linked.add(identity);
    await visit(path);
  };

  const top = await stat(root);
  linked.add(`${top.dev}:${top.ino}`);
  await visit('');
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files, findings };
}
