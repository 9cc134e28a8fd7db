import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { NeuroClawError, fromFileSystem, nodeErrorCode } from '../kernel/errors.js';
import { defaultPolicy, parsePolicy, type Policy } from '../planning/policy.js';

/** Reads a policy file. One that was named must be there; without any, the secure defaults hold. */
export async function loadPolicy(file: string, named: boolean): Promise<Policy> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT' && !named) return defaultPolicy;
    throw fromFileSystem(error, file);
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new NeuroClawError('input.malformed', `${file} is not YAML: ${reason}`, {
      place: { file },
      cause: error,
    });
  }
  return parsePolicy(document, file);
}
