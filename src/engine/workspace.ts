import { chmod, cp, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { constants, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NeuroClawError, nodeErrorCode } from '../kernel/errors.js';
import type { Job } from '../planning/job.js';
import { adapterOf } from '../skills/adapters/adapters.js';
import type { PreparedJob } from './prepare-job.js';

type Prepared = Pick<PreparedJob, 'job' | 'skill' | 'mounts'>;

/**
 * Makes what a tool expects to find in an attempt folder before it starts: folders that it does not make, copies of
 * inputs where it works on them in place, and what the adapter of the skill adds.
 *
 * @param goesOn the tool goes on from kept work: a copy that it worked on already stays as it is
 */
export async function prepareWorkspace(prepared: Prepared, folder: string, goesOn = false): Promise<void> {
  const { job, skill, mounts } = prepared;
  for (const output of job.outputs)
    if (skill.contract.outputs[output.id]?.made_before === true)
      await mkdir(join(folder, 'out', output.path), { recursive: true });
  for (const [role, place] of Object.entries(skill.contract.workspace?.copies ?? {})) {
    const target = join(folder, 'scratch', filled(place, job));
    if (goesOn && existsSync(target)) continue;
    const own = mounts.filter(({ toolPath }) => toolPath.startsWith(`in/${role}/`));
    const { kind, list } = skill.contract.inputs[role] ?? {};
    // A folder that a job made is one mount; one that lies in a dataset is a mount for each file of it.
    const whole = own.length === 1 && shapeOf(job, role) === 'file';
    const single = whole || (kind !== 'folder' && list !== true);
    for (const { hostPath, toolPath } of own)
      await copyInto(hostPath, single ? target : join(target, toolPath.slice(`in/${role}/`.length)));
  }
  await adapterOf(skill)?.prepare?.({ folder, params: job.params, inputs: adapterInputs(mounts) });
}

/** `{name}` in a path of the working folder stands for a parameter; its value is one name, not a path. */
export function filled(place: string, { params, id, skill }: Job): string {
  return place.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(params[name] ?? '');
    if (/^[\w.+-]+$/.test(value) && !/^\.+$/.test(value)) return value;
    throw new NeuroClawError(
      'param.invalid',
      `${name} is ${JSON.stringify(value)}, and a folder is called so`,
      {
        place: { job: id, skill, field: name },
        expected: 'letters, digits, dots, hyphens and underscores',
      },
    );
  });
}

function adapterInputs(mounts: Prepared['mounts']): { hostPath: string; toolPath: string }[] {
  return mounts.map(({ hostPath, toolPath }) => ({ hostPath, toolPath: `/${toolPath}` }));
}

function shapeOf({ inputs }: Job, role: string): string | undefined {
  return inputs.find((input) => input.role === role)?.shape;
}

/** A copy that the tool may change: inputs are read-only, and so may be their modes. */
async function copyInto(from: string, to: string): Promise<void> {
  const found = await stat(from);
  if (!found.isDirectory()) {
    await mkdir(dirname(to), { recursive: true });
    await cp(from, to, { dereference: true, mode: constants.COPYFILE_FICLONE });
    return chmod(to, 0o644);
  }
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) await copyInto(join(from, name), join(to, name));
}

/** Moves what a tool left in its working folder to where outputs are collected; what it did not make stays absent. */
export async function fetchResults(prepared: Prepared, folder: string): Promise<void> {
  const { job, skill, mounts } = prepared;
  for (const [id, place] of Object.entries(skill.contract.workspace?.results ?? {})) {
    const output = job.outputs.find((candidate) => candidate.id === id);
    if (output === undefined) continue;
    const from = join(folder, 'scratch', filled(place, job));
    try {
      await stat(from);
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') continue;
      throw error;
    }
    await rename(from, join(folder, 'out', output.path));
  }
  await adapterOf(skill)?.finish?.({ folder, params: job.params, inputs: adapterInputs(mounts) });
}
