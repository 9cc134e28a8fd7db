import { cp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { nodeErrorCode } from '../../kernel/errors.js';

/**
 * Puts what it leads to in the place of each link below a folder, where that lies in the same folder: a committed result
 * holds files and folders only. A link that leads elsewhere stays, and the result is refused for it.
 *
 * @param root the folder where it lies now
 * @param seenAs the path at which the tool saw it, without a slash at the end
 */
export async function replaceLinks(root: string, seenAs: string): Promise<void> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
    if (entry.isSymbolicLink()) await replaceLink(join(entry.parentPath, entry.name), root, seenAs);
}

async function replaceLink(link: string, root: string, seenAs: string): Promise<void> {
  const said = await readlink(link);
  const target = said.startsWith(`${seenAs}/`)
    ? join(root, said.slice(seenAs.length + 1))
    : resolve(dirname(link), said);
  // A folder around the link would hold itself.
  if (!target.startsWith(`${root}/`) || link.startsWith(`${target}/`)) return;
  try {
    await stat(target);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  await rm(link);
  await cp(target, link, { recursive: true, dereference: true });
}
