import { NeuroClawError } from '../kernel/errors.js';
import { defaultPolicy, parsePolicy, type Policy } from '../planning/policy.js';
import { readYaml } from './read-yaml.js';

/** Reads a policy file. One that was named must be there; without any, the secure defaults hold. */
export async function loadPolicy(file: string, named: boolean): Promise<Policy> {
  let document: unknown;
  try {
    document = await readYaml(file);
  } catch (error) {
    if (!named && error instanceof NeuroClawError && error.code === 'input.not-found') return defaultPolicy;
    throw error;
  }
  return parsePolicy(document, file);
}
