import { readFile, readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { nodeErrorCode } from '../../kernel/errors.js';
import { errorFinding, type Finding } from '../../kernel/findings.js';
import { matchesGlob } from '../../planning/glob.js';
import { readAgent, type Agent } from './agent-file.js';

export interface LoadedAgents {
  /** By name, in the order of their names. */
  readonly agents: ReadonlyMap<string, Agent>;
  readonly findings: readonly Finding[];
}

/**
 * Loads every `<root>/<agent>/AGENT.md`. A broken file is a finding and hides no other. An agent of a later root
 * replaces one of an earlier root, with a warning.
 */
export async function loadAgents(roots: readonly string[]): Promise<LoadedAgents> {
  const findings: Finding[] = [];
  const agents = new Map<string, Agent>();
  for (const root of roots.map((folder) => resolve(folder)))
    for (const file of await agentFiles(root)) {
      const read = await readFileOfAgent(file);
      findings.push(...read.findings);
      if (read.agent === undefined) continue;
      const { name } = read.agent;
      if (name !== basename(dirname(file))) {
        const expected = basename(dirname(file));
        findings.push(
          errorFinding(
            'agent.invalid',
            `the name ${name} is not that of its folder`,
            { file, field: 'name' },
            expected,
          ),
        );
        continue;
      }
      if (agents.has(name))
        findings.push({
          code: 'agent.invalid',
          severity: 'warning',
          message: `the agent ${name} replaces that of another folder`,
          place: { file },
          suggestion: 'give it a name of its own if both are wanted',
        });
      agents.set(name, read.agent);
    }
  return { agents: new Map([...agents].sort(([a], [b]) => (a < b ? -1 : 1))), findings };
}

/** Patterns of agents that fit nothing that is installed: a name that was mistyped, or something that was removed. */
export function idlePatterns(
  agents: Iterable<Agent>,
  pipelines: Iterable<string>,
  skills: Iterable<string>,
): Finding[] {
  const known = { pipelines: [...pipelines], skills: [...skills] };
  return [...agents].flatMap((agent) =>
    (['pipelines', 'skills'] as const).flatMap((field) =>
      agent[field]
        .filter((pattern) => !known[field].some((name) => matchesGlob(pattern, name)))
        .map((pattern): Finding => ({
          code: 'agent.invalid',
          severity: 'warning',
          message: `${agent.name} names ${pattern}, which fits nothing that is installed`,
          place: { file: agent.file, field },
        })),
    ),
  );
}

async function agentFiles(root: string): Promise<string[]> {
  try {
    const folders = (await readdir(root)).filter((name) => !name.startsWith('.')).sort();
    return folders.map((name) => join(root, name, 'AGENT.md'));
  } catch {
    // The same folder is named by the loader of pipelines.
    return [];
  }
}

async function readFileOfAgent(file: string): Promise<ReturnType<typeof readAgent>> {
  try {
    return readAgent(await readFile(file, 'utf8'), file);
  } catch (error) {
    const code = nodeErrorCode(error);
    // A folder may hold pipelines alone.
    if (code === 'ENOENT' || code === 'ENOTDIR') return { findings: [] };
    return {
      findings: [errorFinding('agent.invalid', `cannot be read: ${code ?? String(error)}`, { file })],
    };
  }
}
