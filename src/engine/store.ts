import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { nodeErrorCode } from '../kernel/errors.js';
import type { FileDigests } from './digests.js';
import { syncPath } from './durable.js';
import type { KeyPreimage } from './keys.js';
import type { OutputLayout } from './layout.js';

const storedFile = z.object({ path: z.string(), sha256: z.string(), size: z.number() });
const storedOutput = z.object({
  id: z.string(),
  kind: z.string(),
  /** Relative to the entry's `out/`. */
  path: z.string(),
  /** An optional output that the tool did not make. */
  absent: z.boolean().default(false),
  /** One file for a file (path equal to the output's), all files for a folder. Paths relative to `out/`. */
  files: z.array(storedFile),
  /** Digest of the file, or of the folder's sorted (relative path, digest). */
  sha256: z.string(),
});
const outputsRecord = z.object({
  schema: z.literal('neuroclaw/outputs@1'),
  job: z.string(),
  outputs: z.array(storedOutput),
});

export type StoredFile = z.infer<typeof storedFile>;
export type StoredOutput = z.infer<typeof storedOutput>;

/** A committed result. */
export interface StoreEntry {
  readonly key: string;
  readonly folder: string;
  readonly outputs: readonly StoredOutput[];
}

/** The committed results of one output folder, each below its key. */
export class Store {
  readonly #layout: OutputLayout;
  readonly #known = new Map<string, StoreEntry>();
  #id: string | undefined;

  constructor(layout: OutputLayout) {
    this.#layout = layout;
  }

  /** Label of containers and processes, so that only this folder's leftovers are ended. Made at first use. */
  get id(): string {
    this.#id ??= storeId(this.#layout.storeId);
    return this.#id;
  }

  folderOf(key: string): string {
    return join(this.#layout.store, key);
  }

  /** The entry of a key, or undefined. An entry whose record cannot be read counts as damaged: see `setAside`. */
  read(key: string): StoreEntry | 'damaged' | undefined {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const folder = this.folderOf(key);
    let text: string;
    try {
      text = readFileSync(join(folder, 'outputs.json'), 'utf8');
    } catch (error) {
      if (nodeErrorCode(error) !== 'ENOENT') throw error;
      return existsSync(folder) ? 'damaged' : undefined;
    }
    let parsed: z.infer<typeof outputsRecord>;
    try {
      parsed = outputsRecord.parse(JSON.parse(text));
    } catch {
      return 'damaged';
    }
    const entry = { key, folder, outputs: parsed.outputs };
    this.#known.set(key, entry);
    return entry;
  }

  /** Paths of committed files that are gone or have another content than when they were committed. */
  async damage(entry: StoreEntry, digests: FileDigests): Promise<string[]> {
    const damaged: string[] = [];
    for (const output of entry.outputs) {
      for (const file of output.files) {
        const path = join(entry.folder, 'out', file.path);
        try {
          if ((await digests.of(path)) !== file.sha256) damaged.push(path);
        } catch {
          damaged.push(path);
        }
      }
    }
    return damaged;
  }

  /** Moves a damaged entry away, so that its job runs again and the damaged files can be looked at. */
  async setAside(key: string): Promise<string> {
    await mkdir(this.#layout.damaged, { recursive: true });
    const to = join(this.#layout.damaged, `${key}-${Date.now().toString(36)}`);
    await rename(this.folderOf(key), to);
    this.#known.delete(key);
    return to;
  }

  /**
   * Makes a finished attempt folder the entry of its key: the rename is the commit. If the key is there already the
   * first stays, and the second is returned for comparison. The folder's files have been flushed by the caller.
   */
  async commit(key: string, attemptFolder: string): Promise<'committed' | 'already there'> {
    try {
      await rename(attemptFolder, this.folderOf(key));
    } catch (error) {
      const code = nodeErrorCode(error);
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      return 'already there';
    }
    await syncPath(this.#layout.store);
    return 'committed';
  }

  preimage(key: string): KeyPreimage | undefined {
    try {
      return JSON.parse(readFileSync(join(this.folderOf(key), 'preimage.json'), 'utf8')) as KeyPreimage;
    } catch {
      return undefined;
    }
  }
}

/** Makes the folders of an output folder. */
export async function prepareLayout(layout: OutputLayout): Promise<void> {
  for (const folder of [layout.scratch, layout.store, layout.runs]) await mkdir(folder, { recursive: true });
}

/** Whether attempts were under way when the last process of this folder ended. */
export async function hasAttempts(layout: OutputLayout): Promise<boolean> {
  return (await readdir(layout.scratch)).length > 0;
}

/** Removes what dead attempts left in scratch. Returns their ids. */
export async function clearScratch(layout: OutputLayout): Promise<string[]> {
  const leftovers = await readdir(layout.scratch).catch((error: unknown) => {
    if (nodeErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  for (const name of leftovers) await rm(join(layout.scratch, name), { recursive: true, force: true });
  return leftovers;
}

function storeId(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT') throw error;
    const id = randomUUID();
    writeFileSync(path, `${id}\n`, { flag: 'wx' });
    return id;
  }
}

/** The text of outputs.json. */
export function outputsText(job: string, outputs: readonly StoredOutput[]): string {
  return `${JSON.stringify({ schema: 'neuroclaw/outputs@1', job, outputs }, null, 1)}\n`;
}
