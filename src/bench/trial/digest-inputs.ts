import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileDigest } from '../materials/materialize.js';

/** Digests of all files of the inputs, by path: told to the trace, and held against what is there after the trial. */
export async function digestInputs(folder: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    digests.set(relative(folder, path), await fileDigest(path));
  }
  return new Map([...digests].sort(([a], [b]) => (a < b ? -1 : 1)));
}
