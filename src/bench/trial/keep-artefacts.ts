import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPlain, type Listing } from '../sandbox/listing.js';

/**
 * Copies the plain files that were listed, byte by byte, with a manifest: what a verifier and a later grading read. A
 * file that changed since it was listed is left out; of a folder in which something was refused the outputs of the task
 * alone are kept.
 */
export async function keepArtefacts(
  out: string,
  listing: Listing,
  folder: string,
  outputs: readonly string[],
): Promise<void> {
  const kept = new Set<string>();
  const wanted = new Set([...outputs, 'provenance.json']);
  await mkdir(join(folder, 'artifacts'), { recursive: true });
  for (const [path, { bytes }] of listing.files) {
    if (listing.refused.length > 0 && ![...wanted].some((one) => path === one || path.startsWith(`${one}/`)))
      continue;
    const handle = await openPlain(join(out, path));
    if (handle === undefined) continue;
    try {
      if ((await handle.stat()).size !== bytes) continue;
      const target = join(folder, 'artifacts', path);
      await mkdir(dirname(target), { recursive: true });
      await pipeline(handle.createReadStream({ autoClose: false }), createWriteStream(target));
      kept.add(path);
    } finally {
      await handle.close();
    }
  }
  const manifest = [...listing.files]
    .filter(([path]) => kept.has(path))
    .map(([path, file]) => ({ path, bytes: file.bytes, sha256: file.sha256 }));
  await writeFile(
    join(folder, 'manifest.json'),
    `${JSON.stringify({ files: manifest, refused: listing.refused }, undefined, 1)}\n`,
  );
}
