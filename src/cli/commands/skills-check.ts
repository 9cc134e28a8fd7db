import { resolve } from 'node:path';
import { knownCheck, validateCheckSpec } from '../../checks/catalog.js';
import { hasErrors } from '../../kernel/findings.js';
import { lintSkill } from '../../skills/lint.js';
import { loadSkills } from '../../skills/registry.js';
import { checkPipeline } from '../../planning/check-pipeline.js';
import { shippedSkills } from '../../app/roots.js';
import type { CommandContext } from '../context.js';
import { printFindings } from '../render.js';

export async function run({ io, app, cwd }: CommandContext, [folder]: string[]): Promise<number> {
  const installed = await app.skills();
  const registry =
    folder === undefined
      ? await app.skillsOfFiles()
      : await loadSkills([resolve(cwd, folder)], [shippedSkills]);
  const { environments, findings: environmentFindings } = await app.environments();
  const { pipelines, findings: pipelineFindings } = await app.pipelines();
  const world = {
    environmentOffers: (name: string) => environments.get(name)?.executables,
    environmentPython: (name: string) => environments.get(name)?.python,
    checkExists: (name: string) => knownCheck(name),
    checkProblems: validateCheckSpec,
    capabilities: new Map([...installed.capabilities, ...registry.capabilities]),
  };
  const findings = [
    ...registry.findings,
    ...[...registry.skills.values()].flatMap((skill) => lintSkill(skill, world)),
  ];
  if (folder === undefined) {
    findings.push(...environmentFindings, ...pipelineFindings);
    for (const pipeline of pipelines.values()) findings.push(...checkPipeline(pipeline, registry));
  }
  if (io.json) io.data({ checked: [...registry.skills.keys()], findings });
  else {
    printFindings(findings, io);
    io.line(`${registry.skills.size} skills checked, ${findings.length} findings`);
  }
  return hasErrors(findings) ? 3 : 0;
}
