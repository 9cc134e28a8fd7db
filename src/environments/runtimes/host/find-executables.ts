import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

export interface FoundExecutable {
  readonly name: string;
  /** Where PATH has it. */
  readonly path: string;
  /** The file itself, links followed. */
  readonly file: string;
}

/** Looks for programs on PATH, as a shell would. Relative entries of PATH are passed over. */
export function findExecutables(
  names: readonly string[],
  searchPath: string,
): { readonly found: FoundExecutable[]; readonly missing: string[] } {
  const folders = searchPath.split(delimiter).filter((folder) => isAbsolute(folder));
  const found: FoundExecutable[] = [];
  const missing: string[] = [];
  for (const name of names) {
    const path = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (path === undefined) missing.push(name);
    else found.push({ name, path, file: realpathSync(path) });
  }
  return { found, missing };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
