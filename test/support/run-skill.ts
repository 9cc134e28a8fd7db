import { statSync, readdirSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { expect } from 'vitest';
import { runChecks, type CheckResult } from '../../src/checks/catalog.js';
import type { Exit, InputMount, JobCall, OpenEnvironment } from '../../src/environments/runtime.js';
import type { Finding } from '../../src/kernel/findings.js';
import type { JsonObject } from '../../src/kernel/json.js';
import { stageProgram } from '../../src/skills/program-files.js';
import { pythonVariables } from '../../src/skills/python-variables.js';
import { InputLooks, inputProblems } from '../../src/planning/check-inputs.js';
import { loadSkills } from '../../src/skills/registry.js';
import { resolveCall, threadsToken } from '../../src/skills/resolve.js';
import { projectFolder } from './data.js';
import { recordExecuted } from './evidence/record.js';
import { makeCall } from './make-call.js';

const { skills } = await loadSkills([join(projectFolder, 'skills')]);

export interface SkillRun {
  readonly id: string;
  /** Why the engine would not have started the tool; here it is started all the same, to see what it does. */
  readonly refused: readonly Finding[];
  readonly exit: Exit;
  /** What the tool said on stderr. */
  readonly said: string;
  /** Absolute paths by output id. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What the checks of the contract found; empty where the tool failed. */
  readonly checks: readonly (CheckResult & { readonly output: string })[];
}

export interface SkillInputs {
  /** Absolute paths by role; a folder stands for every file below it. Of several for a role that takes one file, the first is it. */
  readonly inputs: Readonly<Record<string, string | readonly string[]>>;
  readonly params?: JsonObject;
  readonly threads?: number;
  /** What the call needs beyond the contract. */
  readonly call?: Partial<JobCall>;
}

/** Resolves a call, runs it in an environment of any runtime and verifies its outputs as the engine does. */
export async function runSkill(
  environment: OpenEnvironment,
  folder: string,
  id: string,
  { inputs, params = {}, threads = 2, call: more = {} }: SkillInputs,
): Promise<SkillRun> {
  const skill = skills.get(id);
  if (!skill) throw new Error(`no skill ${id}`);
  const roles = Object.entries(inputs).map(([role, given]) => ({
    role,
    ...stage(role, given, skill.contract.inputs[role]?.list === true),
  }));
  const resolved = resolveCall(skill, {
    params,
    inputs: Object.fromEntries(roles.map(({ role, toolPaths }) => [role, toolPaths])),
  });
  expect(resolved.findings).toEqual([]);
  const files = roles.flatMap(({ role, toolPaths, mounts }) =>
    toolPaths === `/in/${role}` ? [] : [[role, mounts.map(({ hostPath }) => hostPath)] as const],
  );
  const refused = await inputProblems(skill, Object.fromEntries(files), new InputLooks());
  const call = await makeCall(folder, {
    argv: resolved.argv.map((token) => (token === threadsToken ? String(threads) : token)),
    inputs: roles.flatMap(({ mounts }) => mounts),
    env: { ...(skill.program.length > 0 ? pythonVariables(threads) : {}), ...skill.contract.env },
    cpus: threads,
    memoryMb: skill.contract.resources.memory_mb,
    ...more,
  });
  const program = skill.program.length > 0 ? { skillFolder: join(call.folder, 'program') } : {};
  if (program.skillFolder !== undefined) await stageProgram(skill.program, program.skillFolder);
  const exit = await environment.run({ ...call, ...program }, new AbortController().signal);
  const outputs = Object.fromEntries(
    resolved.outputs.map((output) => [output.id, join(call.folder, 'out', output.path)]),
  );
  const captured = skill.contract.stdout === undefined ? undefined : outputs[skill.contract.stdout];
  if (captured !== undefined) await copyFile(call.stdout, captured);
  const checks: (CheckResult & { output: string })[] = [];
  for (const output of exit.exitCode === 0 ? resolved.outputs : []) {
    const path = outputs[output.id] ?? '';
    if (output.optional && statSync(path, { throwIfNoEntry: false }) === undefined) continue;
    const contract = skill.contract.outputs[output.id];
    const subject = {
      output: output.id,
      kind: contract?.kind ?? 'any',
      path,
      inputs: Object.fromEntries(
        roles.map(({ role, mounts }) => [role, mounts.map((mount) => mount.hostPath)]),
      ),
      outputs,
      params: resolved.params,
      sidecar: {},
    };
    const results = await runChecks(subject, contract?.checks ?? []);
    checks.push(...results.map((result) => ({ ...result, output: output.id })));
  }
  return { id, refused, exit, said: await readFile(call.stderr, 'utf8').catch(() => ''), outputs, checks };
}

/** Where the files of a role appear to the tool. */
function stage(
  role: string,
  given: string | readonly string[],
  list: boolean,
): { toolPaths: string | readonly string[]; mounts: InputMount[] } {
  if (typeof given === 'string' && statSync(given).isDirectory()) {
    const files = readdirSync(given, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    return {
      toolPaths: `/in/${role}`,
      mounts: files.map((hostPath) => ({ hostPath, toolPath: `in/${role}/${relative(given, hostPath)}` })),
    };
  }
  const paths = typeof given === 'string' ? [given] : given;
  const names = new Set(paths.map((path) => basename(path)));
  const mounts = paths.map((hostPath, index) => ({
    hostPath,
    toolPath: `in/${role}/${names.size === paths.length ? '' : `${index + 1}-`}${basename(hostPath)}`,
  }));
  const toolPaths = mounts.map(({ toolPath }) => `/${toolPath}`);
  return { toolPaths: list && typeof given !== 'string' ? toolPaths : (toolPaths[0] ?? ''), mounts };
}

/**
 * A run that must succeed, with every check of its contract: the paths of its outputs. It is evidence that the skill was
 * executed, once the test that calls this has passed.
 */
export async function succeed(run: Promise<SkillRun>): Promise<(output: string) => string> {
  const { id, refused, exit, said, outputs, checks } = await run;
  expect(refused).toEqual([]);
  expect([exit.reason, exit.exitCode, exit.exitCode === 0 ? '' : said]).toEqual(['exited', 0, '']);
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  expect(checks.length).toBeGreaterThan(0);
  recordExecuted(id);
  return (output) => {
    const path = outputs[output];
    if (path === undefined) throw new Error(`no output ${output}`);
    return path;
  };
}
