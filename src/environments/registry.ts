import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { environmentSchema, type Environment } from './environment.js';

/** An environment and the folder that its `environment.yaml` stands in. */
export type LoadedEnvironment = Environment & { readonly folder: string };

export interface EnvironmentRegistry {
  readonly environments: ReadonlyMap<string, LoadedEnvironment>;
  /** `environment.invalid` for each broken file, with file and field. A broken one never hides the others. */
  readonly findings: readonly Finding[];
}

/**
 * Reads `<root>/<name>/environment.yaml` of every root. A root that does not exist is empty; of two environments of
 * one name the one in the earlier root is taken and the other is told.
 */
export async function loadEnvironments(roots: readonly string[]): Promise<EnvironmentRegistry> {
  const environments = new Map<string, LoadedEnvironment>();
  const findings: Finding[] = [];
  for (const root of roots) {
    const folders = await foldersIn(root, findings);
    const loaded = await Promise.all(folders.map((name) => loadOne(join(root, name), name)));
    for (const result of loaded) {
      if (Array.isArray(result)) {
        findings.push(...result);
        continue;
      }
      const first = environments.get(result.name);
      if (first === undefined) environments.set(result.name, result);
      else findings.push(shadowed(result, first));
    }
  }
  return { environments, findings };
}

async function foldersIn(root: string, findings: Finding[]): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    return entries
      .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (nodeErrorCode(error) !== 'ENOENT') {
      findings.push(
        errorFinding('environment.invalid', `the folder of environments cannot be read`, { file: root }),
      );
    }
    return [];
  }
}

async function loadOne(folder: string, name: string): Promise<LoadedEnvironment | Finding[]> {
  const file = join(folder, 'environment.yaml');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const missing = nodeErrorCode(error) === 'ENOENT' || nodeErrorCode(error) === 'ENOTDIR';
    return [
      errorFinding('environment.invalid', missing ? 'environment.yaml is missing' : 'it may not be read', {
        file,
      }),
    ];
  }
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const line = syntax.linePos?.[0].line;
    const message = syntax.message.split('\n')[0] ?? 'it is not YAML';
    return [
      errorFinding('environment.invalid', `not YAML: ${message}`, {
        file,
        ...(line === undefined ? {} : { line }),
      }),
    ];
  }
  const result = environmentSchema.safeParse(document.toJS());
  if (!result.success) {
    return result.error.issues.map((issue) =>
      errorFinding('environment.invalid', issue.message, { file, field: issue.path.map(String).join('.') }),
    );
  }
  const findings = consistency(result.data, name, file);
  return findings.length > 0 ? findings : { ...result.data, folder };
}

/** What the schema cannot say: the name is the folder's, and every embedded tool is an executable that is offered. */
function consistency(environment: Environment, folderName: string, file: string): Finding[] {
  const findings: Finding[] = [];
  const wrong = (message: string, field: string, expected: string): void => {
    findings.push(errorFinding('environment.invalid', message, { file, field }, expected));
  };
  if (environment.name !== folderName) {
    wrong(`the name ${environment.name} is not that of its folder`, 'name', folderName);
  }
  // With an installer alone it is a program of the machine, which nothing runs in: a container engine.
  if (Object.keys(environment.runtimes).length === 0 && environment.install === undefined) {
    wrong('no runtime is declared', 'runtimes', 'one of embedded, docker, venv, host');
  }
  for (const executable of Object.keys(environment.runtimes.embedded?.tools ?? {})) {
    if (environment.executables.includes(executable)) continue;
    wrong(
      `the embedded tool ${executable} is not among the executables`,
      'runtimes.embedded.tools',
      environment.executables.join(', '),
    );
  }
  return findings;
}

function shadowed(second: LoadedEnvironment, first: LoadedEnvironment): Finding {
  return {
    code: 'environment.invalid',
    severity: 'warning',
    message: `environment ${second.name} is defined twice; the one in ${first.folder} is taken`,
    place: { file: join(second.folder, 'environment.yaml'), field: 'name' },
  };
}
