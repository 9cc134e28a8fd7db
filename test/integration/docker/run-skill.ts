import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { runChecks, type CheckResult } from '../../../src/checks/catalog.js';
import type { Exit, OpenEnvironment } from '../../../src/environments/runtime.js';
import type { JsonObject } from '../../../src/kernel/json.js';
import { stageProgram } from '../../../src/skills/program-files.js';
import { loadSkills } from '../../../src/skills/registry.js';
import { resolveCall, threadsToken } from '../../../src/skills/resolve.js';
import { projectFolder } from '../../support/data.js';
import { makeCall } from './support.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);

export interface SkillRun {
  readonly exit: Exit;
  /** What the tool said on stderr. */
  readonly said: string;
  /** Absolute paths by output id. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What the checks of the contract found; empty where the tool failed. */
  readonly checks: readonly (CheckResult & { readonly output: string })[];
}

export interface SkillInputs {
  /** Absolute paths by role. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly params?: JsonObject;
  readonly threads?: number;
}

/** Resolves a call, runs it in its container and verifies its outputs as the engine does. */
export async function runSkill(
  environment: OpenEnvironment,
  folder: string,
  id: string,
  { inputs, params = {}, threads = 2 }: SkillInputs,
): Promise<SkillRun> {
  const skill = skills.get(id);
  if (!skill) throw new Error(`no skill ${id}`);
  const mounts = Object.entries(inputs).map(([role, hostPath]) => ({
    role,
    hostPath,
    toolPath: `in/${role}/${basename(hostPath)}`,
  }));
  const resolved = resolveCall(skill, {
    params,
    inputs: Object.fromEntries(mounts.map(({ role, toolPath }) => [role, `/${toolPath}`])),
  });
  expect(resolved.findings).toEqual([]);
  const call = await makeCall(folder, {
    argv: resolved.argv.map((token) => (token === threadsToken ? String(threads) : token)),
    inputs: mounts.map(({ hostPath, toolPath }) => ({ hostPath, toolPath })),
    env: skill.contract.env,
    cpus: threads,
    memoryMb: skill.contract.resources.memory_mb,
  });
  const program = join(call.folder, 'program');
  if (skill.program.length > 0) await stageProgram(skill.program, program);
  const exit = await environment.run({ ...call, ...(skill.program.length > 0 ? { skillFolder: program } : {}) }, new AbortController().signal);
  const outputs = Object.fromEntries(
    resolved.outputs.map((output) => [output.id, join(call.folder, 'out', output.path)]),
  );
  const checks: (CheckResult & { output: string })[] = [];
  for (const output of exit.exitCode === 0 ? resolved.outputs : []) {
    const contract = skill.contract.outputs[output.id];
    const subject = {
      output: output.id,
      kind: contract?.kind ?? 'any',
      path: outputs[output.id] ?? '',
      inputs: Object.fromEntries(Object.entries(inputs).map(([role, path]) => [role, [path]])),
      outputs,
      params: resolved.params,
      sidecar: {},
    };
    const results = await runChecks(subject, contract?.checks ?? []);
    checks.push(...results.map((result) => ({ ...result, output: output.id })));
  }
  return { exit, said: await readFile(call.stderr, 'utf8'), outputs, checks };
}

/** A run that must succeed, with every check of its contract: the paths of its outputs. */
export async function succeed(run: Promise<SkillRun>): Promise<(output: string) => string> {
  const { exit, said, outputs, checks } = await run;
  expect([exit.reason, exit.exitCode, exit.exitCode === 0 ? '' : said]).toEqual(['exited', 0, '']);
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  expect(checks.length).toBeGreaterThan(0);
  return (output) => {
    const path = outputs[output];
    if (path === undefined) throw new Error(`no output ${output}`);
    return path;
  };
}
