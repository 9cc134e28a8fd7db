import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { FileDigests } from '../digests.js';
import type { AdoptedFile, Adoption } from './adoption.js';

/** A file that is no longer what was adopted. */
export interface ChangedFile {
  readonly path: string;
  readonly how: 'changed' | 'gone';
}

/** Files of an adoption that changed since. Those whose time and size are known cost a look, no reading. */
export async function changesOf(adoption: Adoption, digests: FileDigests): Promise<ChangedFile[]> {
  const changed: ChangedFile[] = [];
  for (const file of [...adoption.shared, ...adoption.units.flatMap(({ files }) => files)]) {
    const how = await changeOf(adoption.root, file, digests);
    if (how !== undefined) changed.push({ path: file.path, how });
  }
  return changed;
}

/** How one file differs from what was adopted; undefined: not at all. */
export async function changeOf(
  root: string,
  { path, sha256, size }: AdoptedFile,
  digests: FileDigests,
): Promise<ChangedFile['how'] | undefined> {
  const now = statSync(join(root, path), { throwIfNoEntry: false });
  if (now === undefined) return 'gone';
  if (now.size !== size) return 'changed';
  return (await digests.of(join(root, path))) === sha256 ? undefined : 'changed';
}
