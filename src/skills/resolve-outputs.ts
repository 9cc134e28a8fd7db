import { posix } from 'node:path';
import type { Skill } from './skill.js';

/** An output of a call: where the tool writes it, relative to `/out/`. */
export interface ResolvedOutput {
  readonly id: string;
  readonly path: string;
  readonly optional: boolean;
}

/** Extension of the file that receives stdout, by kind. */
const extensions: Readonly<Record<string, string>> = { json: 'json', tsv: 'tsv', csv: 'csv', html: 'html' };

/**
 * One output of the contract. Undefined: this call does not make it.
 *
 * @param path where the descriptor says the tool writes it
 * @param say receives why the path cannot be used: a text parameter in it may have led out of `/out`
 */
export function outputFile(
  skill: Skill,
  id: string,
  path: string | undefined,
  say: (field: string, message: string, expected?: string) => void,
): ResolvedOutput | undefined {
  const contract = skill.contract.outputs[id];
  if (!contract) return undefined;
  const { optional } = contract;
  if (id === skill.contract.stdout)
    return { id, path: `${id}.${extensions[contract.kind] ?? 'txt'}`, optional };
  if (path === undefined) {
    if (!optional) say(id, `the path of the output ${id} depends on an input that is not given`);
    return undefined;
  }
  const relative = posix.relative('/out', posix.normalize(path));
  if (relative === '' || relative.startsWith('..')) {
    say(id, `the output ${id} would be written to ${path}`, 'a path below /out/');
    return undefined;
  }
  return { id, path: relative, optional };
}
