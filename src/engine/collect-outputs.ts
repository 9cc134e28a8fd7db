import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../kernel/findings.js';
import { nodeErrorCode } from '../kernel/errors.js';
import type { Job } from '../planning/job.js';
import type { FileDigests } from './digests.js';
import { folderDigest } from './keys.js';
import type { StoredFile, StoredOutput } from './store.js';

export interface Collected {
  readonly outputs: readonly StoredOutput[];
  readonly findings: readonly Finding[];
}

/**
 * Takes stock of an attempt's own `out/` folder, which was empty at the start: every declared output with its digest.
 * A required output that is missing, a file nobody declared, and anything that is neither file nor folder
 * (a link could lead outside) are findings.
 */
export async function collectOutputs(job: Job, out: string, digests: FileDigests): Promise<Collected> {
  const findings: Finding[] = [];
  const problem = (code: string, message: string, expected: string): void => {
    findings.push({ code, severity: 'error', message, expected, place: { job: job.id, skill: job.skill } });
  };
  const files = new Map<string, number>();
  for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const relative = path.slice(out.length + 1);
    if (entry.isFile()) files.set(relative, (await lstat(path)).size);
    else if (!entry.isDirectory())
      problem('output.special', `${relative} is a link or device`, 'files and folders only');
  }

  const claimed = new Set<string>();
  const outputs: StoredOutput[] = [];
  for (const declared of job.outputs) {
    const own = [...files.keys()]
      .filter((path) => path === declared.path || path.startsWith(`${declared.path}/`))
      .sort();
    const absent = own.length === 0 && !(await isFolder(join(out, declared.path)));
    if (absent && !declared.optional) {
      problem(
        'output.missing',
        `the tool ended without error but did not write ${declared.path}`,
        `output ${declared.id}`,
      );
    }
    const stored: StoredFile[] = [];
    for (const path of own) {
      claimed.add(path);
      stored.push({ path, sha256: await digests.of(join(out, path)), size: files.get(path) ?? 0 });
    }
    const single = stored.length === 1 && stored[0]?.path === declared.path ? stored[0].sha256 : undefined;
    const inside = stored.map((file) => ({
      name: file.path.slice(declared.path.length + 1),
      sha256: file.sha256,
    }));
    outputs.push({
      id: declared.id,
      kind: declared.kind,
      path: declared.path,
      absent,
      files: stored,
      sha256: single ?? folderDigest(inside),
    });
  }
  for (const path of [...files.keys()].filter((file) => !claimed.has(file)).sort()) {
    problem(
      'output.unexpected',
      `the tool wrote ${path}, which its contract does not declare`,
      'declared outputs only',
    );
  }
  return { outputs, findings };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}
