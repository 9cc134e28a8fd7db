import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeErrorCode } from '../../kernel/errors.js';

/** The stages of `recon-all -all` that are left, by how far a subject folder has come. */
export type RemainingStages = readonly ['-autorecon2', '-autorecon3'] | readonly ['-autorecon3'];

const both = (name: string): string[] => [`surf/lh.${name}`, `surf/rh.${name}`];

/**
 * What the end of a stage leaves, and the step that begins the next one, as `scripts/recon-all.cmd` and the logs name it
 * (FreeSurfer 6 to 7.4, `#@# <step> <date>`).
 */
const stages = [
  {
    files: ['mri/orig/001.mgz', 'mri/orig.mgz', 'mri/nu.mgz', 'mri/T1.mgz', 'mri/brainmask.mgz'],
    next: /^#@# EM Registration /m,
    remaining: ['-autorecon2', '-autorecon3'],
  },
  {
    files: [
      'mri/aseg.presurf.mgz',
      'mri/wm.mgz',
      'mri/filled.mgz',
      ...both('inflated'),
      ...both('inflated.H'),
    ],
    next: /^#@# Sphere [lr]h /m,
    remaining: ['-autorecon3'],
  },
] as const;

/**
 * Which stages of recon-all a subject still needs. A stage counts as done where its files are there, none of them empty,
 * and a step of the next stage had begun: what a killed program left half-written belongs to the stage that runs again.
 *
 * @returns undefined where not even the first stage is done
 */
export async function remainingStages(subject: string): Promise<RemainingStages | undefined> {
  const log = await textOf(join(subject, 'scripts', 'recon-all.log'));
  let remaining: RemainingStages | undefined;
  for (const stage of stages) {
    if (!stage.next.test(log)) break;
    for (const file of stage.files) if (!(await hasContent(join(subject, file)))) return remaining;
    remaining = stage.remaining;
  }
  return remaining;
}

async function hasContent(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR') return '';
    throw error;
  }
}
