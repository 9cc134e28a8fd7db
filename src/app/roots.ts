import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { IndexFile } from '../skills/skill-index.js';

/** Folders of data that the package ships: the same relative to src/ and to dist/. */
export const shippedSkills = fileURLToPath(new URL('../../skills', import.meta.url));
export const shippedAgents = fileURLToPath(new URL('../../agents', import.meta.url));
export const shippedEnvironments = fileURLToPath(new URL('../../environments', import.meta.url));
export const shippedTasks = fileURLToPath(new URL('../../neurobench/tasks', import.meta.url));

/**
 * The index of the skills that come with the product, written by the build beside the compiled code: a run from the
 * sources has none. An installed package has no sources beside it, and its files are never edited.
 */
export const shippedIndex: IndexFile = {
  root: shippedSkills,
  file: fileURLToPath(new URL('../skill-index.json', import.meta.url)),
  sealed: !existsSync(new URL('../../tsconfig.build.json', import.meta.url)),
};
