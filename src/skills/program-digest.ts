import { sha256OfJson, type JsonValue } from '../kernel/json.js';
import { repeatedFlags } from './boutiques/repeated-flags.js';
import type { Descriptor } from './boutiques/schema.js';
import type { Workspace } from './contract.js';
import { runScript } from './program-files.js';
import { sectionsOf } from './boutiques/sections.js';

/**
 * SHA-256 over what turns values into a command: the argv rules of the descriptor, `run.py` and its modules, the adapter
 * and which output is captured from stdout. Names, descriptions, citations and checks are not in it, nor ranges and
 * defaults (the values themselves are in the job key): mending a DOI reruns nothing.
 */
export function programDigest(program: {
  readonly descriptor: Descriptor;
  /** `run.py` and its modules. */
  readonly files?: readonly { readonly name: string; readonly sha256: string }[];
  readonly adapter?: { readonly name: string; readonly version: string } | undefined;
  readonly stdout?: string | undefined;
  readonly workspace?: Workspace | undefined;
}): string {
  const { descriptor, files = [] } = program;
  const modules = files.filter(({ name }) => name !== runScript);
  const rules: JsonValue = {
    commandLine: descriptor['command-line'],
    inputs: descriptor.inputs.map((input) => ({
      id: input.id,
      type: input.type,
      key: input['value-key'] ?? null,
      flag: input['command-line-flag'] ?? null,
      flagSeparator: input['command-line-flag-separator'] ?? null,
      list: input.list,
      listSeparator: input['list-separator'] ?? null,
    })),
    outputs: descriptor['output-files'].map((output) => ({
      id: output.id,
      key: output['value-key'] ?? null,
      flag: output['command-line-flag'] ?? null,
      flagSeparator: output['command-line-flag-separator'] ?? null,
      template: output['path-template'] ?? null,
      conditional: output['conditional-path-template'] ?? null,
      stripped: output['path-template-stripped-extensions'],
    })),
    repeatFlag: [...repeatedFlags(descriptor)].sort(),
    ...(sectionsOf(descriptor).length === 0 ? {} : { sections: [...sectionsOf(descriptor)] }),
  };
  return sha256OfJson({
    schema: 'neuroclaw/program@1',
    rules,
    runScript: files.find(({ name }) => name === runScript)?.sha256 ?? null,
    ...(modules.length === 0
      ? {}
      : { modules: Object.fromEntries(modules.map(({ name, sha256 }) => [name, sha256])) }),
    adapter: program.adapter ? [program.adapter.name, program.adapter.version] : null,
    stdout: program.stdout ?? null,
    ...(program.workspace === undefined ? {} : { workspace: program.workspace }),
  });
}
