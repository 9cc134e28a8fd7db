import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nodeErrorCode } from '../kernel/errors.js';
import { writeAtomic } from './durable.js';
import type { OutputLayout } from './layout.js';
import type { PreparedJob } from './prepare-job.js';
import { filled } from './workspace.js';

/** Beside `out/` and `scratch/` of an attempt, and in the folder of kept work: whose it is. */
const MARK = 'kept.json';

interface Mark {
  readonly key: string;
  readonly attempt: string;
  /** Paths below the attempt folder. */
  readonly paths: readonly string[];
}

/**
 * Work that a tool can go on from: what an attempt that ended before its time leaves for the next one with the same key,
 * in `.neuroclaw/work/<key>/`. The key says that inputs, parameters, program and environment are the same; nothing of it
 * is a result before a whole attempt was verified and committed.
 */
export interface KeptWork {
  /** The attempt that left it. */
  readonly attempt: string;
}

/**
 * Marks an attempt as one whose work may be kept, and moves into it what an earlier one with the same key left.
 *
 * @returns undefined where there is nothing to go on from
 */
export async function takeKept(
  prepared: Pick<PreparedJob, 'job' | 'skill' | 'key'>,
  attempt: string,
  folder: string,
  layout: Pick<OutputLayout, 'work'>,
): Promise<KeptWork | undefined> {
  const { job, skill, key } = prepared;
  const keeps = skill.contract.resume?.keeps;
  if (keeps === undefined) return undefined;
  const mark: Mark = { key, attempt, paths: keeps.map((path) => filled(path, job)) };
  // Written first: whatever is moved in from here on is found again if this process dies.
  await writeAtomic(join(folder, MARK), `${JSON.stringify(mark)}\n`);
  const left = join(layout.work, key);
  const before = await readMark(left);
  if (before === undefined) return undefined;
  for (const path of mark.paths) await move(join(left, path), join(folder, path));
  await rm(left, { recursive: true, force: true });
  return { attempt: before.attempt };
}

/** Takes what a tool cannot go on from out of an attempt again: it starts from nothing. */
export async function discardKept(folder: string): Promise<void> {
  for (const path of (await readMark(folder))?.paths ?? [])
    await rm(join(folder, path), { recursive: true, force: true });
}

/** Moves the work of an attempt to where the next one finds it; nothing of attempts that keep none. */
export async function keepWork(folder: string, layout: Pick<OutputLayout, 'work'>): Promise<void> {
  const mark = await readMark(folder);
  if (mark === undefined) return;
  const target = join(layout.work, mark.key);
  let kept = false;
  for (const path of mark.paths) {
    if (!(await isThere(join(folder, path)))) continue;
    // The later attempt went on from the earlier one.
    if (!kept) await rm(target, { recursive: true, force: true });
    kept = true;
    await move(join(folder, path), join(target, path));
  }
  if (kept) await writeAtomic(join(target, MARK), `${JSON.stringify(mark)}\n`);
}

/** Keeps the work of attempts that died with their process. Call when nothing of them runs any more. */
export async function salvageWork(layout: Pick<OutputLayout, 'work' | 'scratch'>): Promise<void> {
  const names = await readdir(layout.scratch).catch((error: unknown) => {
    if (nodeErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) await keepWork(join(layout.scratch, name), layout);
}

async function move(from: string, to: string): Promise<void> {
  if (!(await isThere(from))) return;
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** Undefined: none, or one that was cut while it was written. */
async function readMark(folder: string): Promise<Mark | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, MARK), 'utf8')) as Mark;
  } catch (error) {
    if (error instanceof SyntaxError || ['ENOENT', 'ENOTDIR'].includes(nodeErrorCode(error) ?? ''))
      return undefined;
    throw error;
  }
}
