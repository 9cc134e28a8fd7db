import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** What an agent left in a folder. Nothing here follows a link, opens a device, or reads more than was allowed. */
export interface Listing {
  /** Regular files, by path below the folder. */
  readonly files: ReadonlyMap<string, ListedFile>;
  /** What is neither a plain file nor a folder, or too much: each with its reason. */
  readonly refused: readonly RefusedEntry[];
}

export interface ListedFile {
  readonly bytes: number;
  /** Lower-case hex SHA-256. */
  readonly sha256: string;
}

export interface RefusedEntry {
  readonly path: string;
  readonly reason: 'link' | 'special' | 'too-large' | 'too-many' | 'too-deep' | 'unreadable';
}

export interface ListingLimits {
  /** Of all files together, as their sizes say: a sparse file counts whole. */
  readonly bytes: number;
  readonly entries: number;
  readonly depth: number;
}

/** Remembers digests by inode, size and times, so that a listing after each command costs what changed. */
export class Lister {
  readonly #folder: string;
  readonly #limits: ListingLimits;
  readonly #known = new Map<string, ListedFile & { readonly stamp: string }>();

  constructor(folder: string, limits: ListingLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  async list(): Promise<Listing> {
    const files = new Map<string, ListedFile>();
    const refused: RefusedEntry[] = [];
    const left = { bytes: this.#limits.bytes, entries: this.#limits.entries };
    await this.#walk('', 0, files, refused, left);
    return { files, refused };
  }

  async #walk(
    below: string,
    depth: number,
    files: Map<string, ListedFile>,
    refused: RefusedEntry[],
    left: { bytes: number; entries: number },
  ): Promise<void> {
    let names: string[];
    try {
      names = (await readdir(join(this.#folder, below))).sort();
    } catch {
      refused.push({ path: below, reason: 'unreadable' });
      return;
    }
    for (const name of names) {
      const path = below === '' ? name : `${below}/${name}`;
      left.entries -= 1;
      if (left.entries < 0) {
        refused.push({ path, reason: 'too-many' });
        return;
      }
      const stats = await lstat(join(this.#folder, path), { bigint: true });
      if (stats.isDirectory()) {
        if (depth + 1 > this.#limits.depth) refused.push({ path, reason: 'too-deep' });
        else await this.#walk(path, depth + 1, files, refused, left);
      } else if (stats.isSymbolicLink()) refused.push({ path, reason: 'link' });
      else if (!stats.isFile()) refused.push({ path, reason: 'special' });
      else if (Number(stats.size) > left.bytes) refused.push({ path, reason: 'too-large' });
      else {
        left.bytes -= Number(stats.size);
        const stamp = `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
        const listed = await this.#digest(path, Number(stats.size), stamp);
        if (listed === undefined) refused.push({ path, reason: 'unreadable' });
        else files.set(path, listed);
      }
    }
  }

  async #digest(path: string, bytes: number, stamp: string): Promise<ListedFile | undefined> {
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known;
    const handle = await openPlain(join(this.#folder, path));
    if (handle === undefined) return undefined;
    try {
      const hash = createHash('sha256');
      for await (const chunk of handle.createReadStream({ autoClose: false, end: Math.max(0, bytes - 1) }))
        hash.update(chunk as Buffer);
      const listed = { bytes, sha256: hash.digest('hex'), stamp };
      this.#known.set(path, listed);
      return listed;
    } finally {
      await handle.close();
    }
  }
}

/** Opens a regular file for reading without following a link and without waiting for a pipe; undefined for all else. */
export async function openPlain(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** The file at a path, or every file of the folder there. */
export function filesAt(files: Listing['files'], path: string): ListedFile[] {
  const file = files.get(path);
  if (file !== undefined) return [file];
  return [...files].filter(([name]) => name.startsWith(`${path}/`)).map(([, below]) => below);
}

/** Paths that are new or have other content than before, with what they hold now. */
export function changedFiles(before: Listing, after: Listing): [string, ListedFile][] {
  return [...after.files].filter(([path, { sha256 }]) => before.files.get(path)?.sha256 !== sha256);
}
