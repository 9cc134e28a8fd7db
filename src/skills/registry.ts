import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { Capability } from './capability.js';
import { SkillIndex, type IndexFile } from './skill-index.js';
import type { LoadedSkill } from './load-skill.js';
import type { Evidence, Skill } from './skill.js';

export interface SkillRegistry {
  /** By id, in the order of their ids. */
  readonly skills: ReadonlyMap<string, Skill>;
  /** Contracts of capabilities by id. */
  readonly capabilities: ReadonlyMap<string, Capability>;
  /** Broken skills, each with file, field and reason, and replacements. */
  readonly findings: readonly Finding[];
}

/**
 * Loads every `<root>/<family>/<skill>/`. A broken skill is a finding and hides no other. A skill of a later root
 * replaces one of an earlier root, with a warning; a broken one there replaces nothing.
 *
 * @param moduleRoots where shared Python modules are looked for after the skill's own root; `roots` by default
 * @param index of one of the roots: what is in it and unchanged is not read from files, with the same result
 */
export async function loadSkills(
  roots: readonly string[],
  moduleRoots: readonly string[] = roots,
  index?: IndexFile,
): Promise<SkillRegistry> {
  const modules = moduleRoots.map((root) => resolve(root));
  const loaded = await Promise.all(
    roots.map(async (root) =>
      loadRoot(
        resolve(root),
        modules,
        index !== undefined && resolve(index.root) === resolve(root) ? SkillIndex.open(index) : undefined,
      ),
    ),
  );
  const skills = new Map<string, Skill>();
  const findings: Finding[] = [];
  for (const root of loaded) {
    findings.push(...root.findings);
    for (const { skill } of root.skills) {
      if (!skill) continue;
      const earlier = skills.get(skill.id);
      if (earlier)
        findings.push({
          code: 'skill.invalid',
          severity: 'warning',
          message: `${skill.id} ${skill.contract.version} replaces ${earlier.contract.version} of ${earlier.folder}`,
          place: { file: skill.folder, skill: skill.id },
          suggestion: 'give it an id of its own if both are wanted',
        });
      skills.set(skill.id, skill);
    }
  }
  const sorted = [...skills].sort(([a], [b]) => (a < b ? -1 : 1));
  const capabilities = new Map(
    loaded.flatMap((root) => root.capabilities).map((capability) => [capability.id, capability]),
  );
  return { skills: new Map(sorted), capabilities, findings };
}

async function loadRoot(
  root: string,
  modules: readonly string[],
  index: SkillIndex | undefined,
): Promise<{ skills: LoadedSkill[]; capabilities: readonly Capability[]; findings: Finding[] }> {
  const findings: Finding[] = [];
  const listed = async (folder: string): Promise<string[]> => {
    try {
      return await folders(folder);
    } catch (error) {
      const code = nodeErrorCode(error);
      const reason = code === 'ENOENT' ? 'does not exist' : `cannot be listed (${code ?? 'unknown reason'})`;
      findings.push(errorFinding('skill.invalid', `the skill folder ${reason}`, { file: folder }));
      return [];
    }
  };
  const families = await listed(root);
  const lists = await Promise.all(
    families.map(async (family) => (await listed(join(root, family))).map((skill) => `${family}/${skill}`)),
  );
  const ids = lists.flat();
  let evidence = index?.evidence();
  if (evidence === undefined) {
    const { readEvidence } = await import('./evidence.js');
    const book = await readEvidence(root);
    findings.push(...book.findings);
    evidence = book.entries;
  }
  const known = evidence;
  const indexed = ids.map((id) => index?.skill(id, known[id]));
  const skills = indexed.every((skill) => skill !== undefined)
    ? indexed.map((skill) => ({ skill, findings: [] }))
    : await readRest(root, ids, indexed, modules, known);
  findings.push(...skills.flatMap((skill) => skill.findings));
  let capabilities = index?.capabilities();
  if (capabilities === undefined) {
    const { loadCapabilities } = await import('./load-capabilities.js');
    const read = await loadCapabilities(root);
    findings.push(...read.findings);
    capabilities = read.capabilities;
  }
  return { skills, capabilities, findings };
}

/** Reads from files what the index does not hold. YAML and schemas are loaded only here: they cost more than the index. */
async function readRest(
  root: string,
  ids: readonly string[],
  indexed: readonly (Skill | undefined)[],
  modules: readonly string[],
  evidence: Readonly<Record<string, Evidence>>,
): Promise<LoadedSkill[]> {
  const { loadSkill } = await import('./load-skill.js');
  const moduleRoots = [...new Set([root, ...modules])];
  return Promise.all(
    ids.map(async (id, at) => {
      const skill = indexed[at];
      return skill === undefined
        ? loadSkill(id, join(root, id), moduleRoots, evidence[id])
        : { skill, findings: [] };
    }),
  );
}

/** Names of the folders below `folder` that are not hidden, sorted; links to folders count. */
async function folders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}
