import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NeuroClawError, fromFileSystem, nodeErrorCode } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import { sha256 } from '../kernel/json.js';
import type { SkillContract } from './contract.js';
import { pythonImports } from './python-imports.js';

/** What a Python skill runs. */
export const runScript = 'run.py';
/** Folder of a skill root that holds Python files shared by skills. */
const modulesFolder = '.modules';

/** One file of the program of a Python skill. */
export interface ProgramFile {
  /** Its name at `/skill`. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** What it imports beyond Python's own modules, sorted. */
  readonly imports: readonly string[];
}

/**
 * Finds and digests `run.py` of a skill folder and the modules that its contract names. A module is taken from the
 * first root that has it.
 *
 * @param roots folders of skills whose `.modules` are searched, in order
 */
export async function readProgram(
  folder: string,
  contract: Pick<SkillContract, 'id' | 'modules'>,
  roots: readonly string[],
): Promise<{ readonly files: readonly ProgramFile[]; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const script = await readOne([join(folder, runScript)], runScript);
  const wrong = (message: string, expected: string): void => {
    const place = { file: join(folder, 'skill.yaml'), field: 'modules', skill: contract.id };
    findings.push(errorFinding('skill.invalid', message, place, expected));
  };
  if (typeof script === 'string')
    findings.push(
      errorFinding('skill.invalid', `${runScript} ${script}`, {
        file: join(folder, runScript),
        skill: contract.id,
      }),
    );
  if (script === undefined && contract.modules.length > 0)
    wrong('modules are named and there is no run.py', 'no modules');
  const files: ProgramFile[] = typeof script === 'object' ? [script] : [];
  for (const module of contract.modules) {
    const paths = roots.map((root) => join(root, modulesFolder, `${module}.py`));
    const file = await readOne(paths, `${module}.py`);
    if (typeof file === 'object') files.push(file);
    else if (file === undefined) wrong(`there is no module ${module}`, paths.join(' or '));
    else wrong(`the module ${module} ${file}`, 'a file that can be read');
  }
  return { files, findings };
}

/** The first of several paths that exists; what is wrong with it; or undefined where none exists. */
async function readOne(paths: readonly string[], name: string): Promise<ProgramFile | string | undefined> {
  for (const path of paths) {
    try {
      const text = await readFile(path, 'utf8');
      return { name, path, sha256: sha256(text), imports: pythonImports(text) };
    } catch (error) {
      const code = nodeErrorCode(error);
      if (code !== 'ENOENT') return `cannot be read (${code ?? 'unknown reason'})`;
    }
  }
  return undefined;
}

/**
 * Copies the program of a skill into a new folder, side by side as `import` needs them, to be mounted read-only at
 * `/skill`. Throws `input.changed` where a file is no longer what the job key was made of.
 *
 * @param folder absolute path; made here
 */
export async function stageProgram(program: readonly ProgramFile[], folder: string): Promise<void> {
  await mkdir(folder);
  for (const { name, path, sha256: expected } of program) {
    const content = await readFile(path).catch((error: unknown) => {
      throw fromFileSystem(error, path);
    });
    if (sha256(content) !== expected)
      throw new NeuroClawError('input.changed', `${path} changed since the plan was compiled`, {
        place: { file: path },
        hint: 'run again: the job gets another key',
      });
    await writeFile(join(folder, name), content, { mode: 0o444 });
  }
}
