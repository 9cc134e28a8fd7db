import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareNatural } from '../bids/natural-order.js';
import { NeuroClawError, fromFileSystem } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';

/**
 * Every file below a folder, in natural order, links followed (each folder once, so that none leads in circles),
 * hidden ones left out. A folder that may not be read is a finding.
 */
export async function findFiles(
  root: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<{ paths: string[]; findings: Finding[] }> {
  const paths: string[] = [];
  const findings: Finding[] = [];
  const seen = new Set<string>();
  const walk = async (folder: string): Promise<void> => {
    options.signal?.throwIfAborted();
    try {
      const real = await realpath(folder);
      if (seen.has(real)) return;
      seen.add(real);
      const entries = await readdir(folder, { withFileTypes: true });
      entries.sort((a, b) => compareNatural(a.name, b.name));
      for (const entry of entries) {
        if (entry.name.startsWith('.')) continue;
        const path = join(folder, entry.name);
        const kind = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
        if (kind === undefined)
          findings.push(errorFinding('input.not-found', `${path} is a link to nothing`, { file: path }));
        else if (kind.isDirectory()) await walk(path);
        else if (kind.isFile()) paths.push(path);
      }
    } catch (error) {
      const known = fromFileSystem(error, folder);
      if (!(known instanceof NeuroClawError)) throw known;
      findings.push(errorFinding(known.code, known.message, known.place));
    }
  };
  await walk(root);
  return { paths, findings };
}
