import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { readEvidence } from './evidence.js';
import { loadSkill, type LoadedSkill } from './load-skill.js';
import { loadCapabilities, type Capability } from './capabilities.js';
import type { Skill } from './skill.js';

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
 */
export async function loadSkills(
  roots: readonly string[],
  moduleRoots: readonly string[] = roots,
): Promise<SkillRegistry> {
  const modules = moduleRoots.map((root) => resolve(root));
  const [loaded, contracts] = await Promise.all([
    Promise.all(roots.map(async (root) => loadRoot(resolve(root), modules))),
    Promise.all(roots.map(async (root) => loadCapabilities(resolve(root)))),
  ]);
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
  findings.push(...contracts.flatMap((one) => one.findings));
  const capabilities = new Map(
    contracts.flatMap((one) => one.capabilities).map((capability) => [capability.id, capability]),
  );
  return { skills: new Map(sorted), capabilities, findings };
}

async function loadRoot(
  root: string,
  modules: readonly string[],
): Promise<{ skills: LoadedSkill[]; findings: Finding[] }> {
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
  const [families, evidence] = await Promise.all([listed(root), readEvidence(root)]);
  const ids = await Promise.all(
    families.map(async (family) => (await listed(join(root, family))).map((skill) => `${family}/${skill}`)),
  );
  const moduleRoots = [...new Set([root, ...modules])];
  const skills = await Promise.all(
    ids.flat().map(async (id) => loadSkill(id, join(root, id), moduleRoots, evidence.entries[id])),
  );
  findings.push(...evidence.findings, ...skills.flatMap((skill) => skill.findings));
  return { skills, findings };
}

/** Names of the folders below `folder` that are not hidden, sorted; links to folders count. */
async function folders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}
