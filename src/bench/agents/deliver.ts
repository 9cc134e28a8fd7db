import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TaskOutput } from '../task/task.js';

/** A file that a run published, and the job that made it. */
export interface PublishedFile {
  readonly path: string;
  readonly job: string;
}

/**
 * Which published file is meant by an output of a task: of the same extension, with the name of the output among the
 * words of its own (`FA.nii.gz` is `sub-01_param-FA_dwimap.nii.gz`). Undefined where none is, or several are.
 */
export function fileFor(output: TaskOutput, published: readonly PublishedFile[]): PublishedFile | undefined {
  const wanted = wordsOf(output.path);
  const fitting = published.filter(
    ({ path }) =>
      extensionOf(path) === extensionOf(output.path) && wanted.every((word) => wordsOf(path).includes(word)),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

function extensionOf(path: string): string {
  return /(?:\.nii)?\.[a-z0-9]+$/i.exec(basename(path))?.[0].toLowerCase() ?? '';
}

function wordsOf(path: string): string[] {
  const name = basename(path).slice(0, basename(path).length - extensionOf(path).length);
  return name.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** Copies a published file to where the task wants it. */
export async function deliver(file: PublishedFile, out: string, path: string): Promise<void> {
  const target = join(out, path);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(file.path, target);
}
