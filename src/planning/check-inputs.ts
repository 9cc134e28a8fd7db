import { basename } from 'node:path';
import { lookAtFormat, type FormatLook } from '../imaging/file-format.js';
import { directionsOf, readNumberRows } from '../imaging/gradients.js';
import { mifVolumesOf, readMifHeader } from '../imaging/mif-header.js';
import { readNiftiHeader, volumesOf, type NiftiHeader } from '../imaging/nifti-header.js';
import type { ErrorCode } from '../kernel/error-codes.js';
import { NeuroClawError } from '../kernel/errors.js';
import { errorFinding, type Finding } from '../kernel/findings.js';
import type { Skill } from '../skills/skill.js';

/** What is known of input files by a look at their beginnings; each file is opened once, however many jobs read it. */
export class InputLooks {
  readonly #known = new Map<string, Promise<unknown>>();
  readonly #headers: ((path: string) => Promise<NiftiHeader>) | undefined;

  /** @param headers where headers of NIfTI images come from, if not from the files */
  constructor(headers?: (path: string) => Promise<NiftiHeader>) {
    this.#headers = headers;
  }

  header(path: string): Promise<NiftiHeader> {
    return this.#once(`header ${path}`, () => (this.#headers ?? readNiftiHeader)(path));
  }

  format(path: string, kind: string): Promise<FormatLook> {
    if (kind === 'nifti' && this.#headers !== undefined) return Promise.resolve({ format: 'nifti' });
    return this.#once(`format ${kind} ${path}`, () => lookAtFormat(path, kind));
  }

  /** Sizes along the axes, and the product of those from the fourth; undefined for what is no NIfTI or MRtrix image. */
  async shape(path: string, kind: string): Promise<{ dims: readonly number[]; volumes: number } | undefined> {
    const { format } = await this.format(path, kind);
    if (format === 'nifti') {
      const header = await this.header(path);
      return { dims: header.dims, volumes: volumesOf(header) };
    }
    if (format !== 'mif') return undefined;
    const header = await this.#once(`mif ${path}`, () => readMifHeader(path));
    return { dims: header.dims, volumes: mifVolumesOf(header) };
  }

  numbers(path: string): ReturnType<typeof readNumberRows> {
    return this.#once(`numbers ${path}`, () => readNumberRows(path));
  }

  #once<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined) return known as Promise<T>;
    const making = make();
    this.#known.set(key, making);
    return making;
  }
}

/**
 * What is wrong with the files of a job, before any program starts: content of another kind than the role takes, 3D
 * where 4D is due and the other way round, another number of directions than of b-values or volumes. Reads the
 * beginnings of files only. Findings name file, skill and role, and what the role takes.
 *
 * @param files absolute paths by role; a role may be absent
 * @param nameOf how messages call a file
 */
export async function inputProblems(
  skill: Skill,
  files: Readonly<Record<string, readonly string[]>>,
  looks: InputLooks,
  nameOf: (path: string) => string = (path) => path,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const say = (role: string, path: string, code: ErrorCode, message: string, expected: string): void => {
    findings.push(
      errorFinding(
        code,
        `${nameOf(path)} ${message}`,
        { file: nameOf(path), skill: skill.id, field: role },
        `${expected}, for ${role} of ${skill.id}`,
      ),
    );
  };
  for (const [role, paths] of Object.entries(files)) {
    const contract = skill.contract.inputs[role];
    if (contract === undefined) continue;
    for (const path of paths) {
      try {
        const { problem } = await looks.format(path, contract.kind);
        if (problem !== undefined) say(role, path, 'input.malformed', problem.message, problem.expected);
        else {
          const { dims, volumes } = (await looks.shape(path, contract.kind)) ?? { dims: [], volumes: NaN };
          const shape = dims.join(' x ');
          if (contract.dimensions === 4 && volumes === 1)
            say(role, path, 'plan.cannot', `is one volume (${shape})`, 'a series of volumes (4D)');
          if (contract.dimensions === 3 && volumes > 1)
            say(role, path, 'plan.cannot', `has ${volumes} volumes (${shape})`, 'one volume (3D)');
        }
      } catch (error) {
        if (!(error instanceof NeuroClawError)) throw error;
        findings.push(
          errorFinding(
            error.code,
            error.message,
            { file: nameOf(path), skill: skill.id, field: role },
            error.expected,
          ),
        );
      }
    }
  }
  if (findings.length === 0) await checkGradients(skill, files, looks, say);
  return findings;
}

/** B-values, directions and volumes of one call are as many; which image is meant is clear where there is one 4D role. */
async function checkGradients(
  skill: Skill,
  files: Readonly<Record<string, readonly string[]>>,
  looks: InputLooks,
  say: (role: string, path: string, code: ErrorCode, message: string, expected: string) => void,
): Promise<void> {
  const only = (...kinds: string[]): { role: string; path: string; kind: string } | undefined => {
    const roles = Object.entries(skill.contract.inputs).filter(
      ([, { kind, dimensions }]) => kinds.includes(kind) && (kinds[0] !== 'nifti' || dimensions === 4),
    );
    const [role, contract] = roles[0] ?? [];
    const [path, ...more] = files[role ?? ''] ?? [];
    return role === undefined ||
      contract === undefined ||
      path === undefined ||
      roles.length > 1 ||
      more.length > 0
      ? undefined
      : { role, path, kind: contract.kind };
  };
  const [bval, bvec, image] = [only('bval'), only('bvec'), only('nifti', 'mif')];
  const bvals = bval && (await looks.numbers(bval.path));
  const bvecs = bvec && (await looks.numbers(bvec.path));
  for (const [table, rows] of [
    [bval, bvals],
    [bvec, bvecs],
  ] as const) {
    const [first] = rows?.findings ?? [];
    if (table && first) say(table.role, table.path, 'input.malformed', `has ${first.message}`, 'numbers');
  }
  const values = bvals?.rows.flat().length;
  const directions = bvecs && directionsOf(bvecs.rows);
  if (bvec && bvecs && directions === undefined)
    say(
      bvec.role,
      bvec.path,
      'input.malformed',
      `has ${bvecs.rows.length} rows`,
      'three rows of one number a volume',
    );
  if (bval && bvec && directions && values !== directions.length)
    say(
      bvec.role,
      bvec.path,
      'input.invalid',
      `has ${directions.length} directions`,
      `${values}, one for each b-value of ${basename(bval.path)}`,
    );
  else if (bval && image && values !== undefined) {
    const volumes = (await looks.shape(image.path, image.kind))?.volumes;
    if (volumes !== undefined && values !== volumes)
      say(
        bval.role,
        bval.path,
        'input.invalid',
        `has ${values} b-values`,
        `${volumes}, one for each volume of ${basename(image.path)}`,
      );
  }
}
