import { join } from 'node:path';
import ignore from 'ignore';
import { nodeErrorCode } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import { readText } from './read-text.js';

/** True for what the dataset leaves out: a path relative to the root; folders end in `/`. */
export type IgnoreRule = (path: string) => boolean;

/** The rules of `.bidsignore`, which has the syntax of `.gitignore` (matched without case, as bids-validator does). */
export async function ignoreRules(root: string, findings: Finding[]): Promise<IgnoreRule> {
  const file = '.bidsignore';
  try {
    const rules = ignore().add(await readText(join(root, file)));
    return (path) => rules.ignores(path);
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT') {
      findings.push({
        code: 'input.unreadable',
        severity: 'warning',
        message: `${file} cannot be read, so nothing is left out by it`,
        place: { file },
      });
    }
    return () => false;
  }
}
