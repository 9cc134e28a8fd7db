import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from 'ignore';

/** The rules of `.bidsignore`, which has the syntax of `.gitignore`. */
export async function ignoreRules(root: string): Promise<(path: string) => boolean> {
  let text: string;
  try {
    text = await readFile(join(root, '.bidsignore'), 'utf8');
  } catch {
    return () => false;
  }
  const rules = ignore().add(text);
  return (path) => rules.ignores(path);
}
