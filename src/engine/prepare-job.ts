import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CheckSubject } from '../checks/check.js';
import { licenseMount } from '../environments/license-file.js';
import type { InputMount, OpenEnvironment } from '../environments/runtime.js';
import { NeuroClawError } from '../kernel/errors.js';
import { sha256, type JsonObject } from '../kernel/json.js';
import type { FileSource, Job, JobInput } from '../planning/job.js';
import type { Skill } from '../skills/skill.js';
import type { FileDigests } from './digests.js';
import { licenseOf, type LicenseFiles } from './licenses.js';
import { folderDigest, jobKey, type InputDigest, type KeyPreimage } from './keys.js';
import type { OutputLayout } from './layout.js';
import type { StoreEntry } from './store.js';

/** A job whose inputs are known by content: everything that running, explaining and verifying need. */
export interface PreparedJob {
  readonly job: Job;
  readonly skill: Skill;
  readonly environment: OpenEnvironment;
  readonly preimage: KeyPreimage;
  readonly key: string;
  readonly mounts: readonly InputMount[];
  /** Absolute paths of the files of each role. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly inputBytes: number;
  /** Inputs that are made of values and must be written before anything reads them, by path. */
  readonly made: ReadonlyMap<string, string>;
}

/** A job cannot be prepared because an optional output that it reads was not made. */
export class AbsentInput extends Error {
  override readonly name = 'AbsentInput';
}

export interface PrepareContext {
  readonly digests: FileDigests;
  readonly layout: Pick<OutputLayout, 'inputs'>;
  readonly skillOf: (id: string) => Skill;
  readonly environmentOf: (skill: Skill) => Promise<OpenEnvironment>;
  /** The committed entry of a job that this one needs. */
  readonly entryOf: (job: string) => StoreEntry;
  readonly licenses: LicenseFiles;
}

interface LocatedFile {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  /** Content of a file that is made of values. */
  readonly text?: string;
}

/** Digests the inputs of a job and makes its key. Throws AbsentInput, or input errors naming file, role and job. */
export async function prepareJob(job: Job, context: PrepareContext): Promise<PreparedJob> {
  const skill = context.skillOf(job.skill);
  const environment = await context.environmentOf(skill);
  const mounts: InputMount[] = [];
  const inputs: Record<string, readonly string[]> = {};
  const digests: InputDigest[] = [];
  const made = new Map<string, string>();
  let inputBytes = 0;
  for (const input of job.inputs) {
    const files = await locateFiles(job, input, context);
    inputs[input.role] = files.map((file) => file.path);
    for (const file of files) {
      mounts.push({ hostPath: file.path, toolPath: `in/${input.role}/${file.name}` });
      if (file.text === undefined) inputBytes += statSync(file.path).size;
      else made.set(file.path, file.text);
    }
    if (input.shape === 'folder') digests.push({ role: input.role, name: '', sha256: folderDigest(files) });
    else digests.push(...files.map((file) => ({ role: input.role, name: file.name, sha256: file.sha256 })));
  }
  const license = licenseOf(skill, context.licenses);
  // Beside the inputs and not among them: the key knows nothing of it.
  if (license !== undefined) mounts.push(licenseMount(license));
  const { contract } = skill;
  const numerics: JsonObject =
    contract.threads?.changes_result === true ? { threads: contract.resources.cpus } : {};
  const preimage: KeyPreimage = {
    schema: 'neuroclaw/key@1',
    skill: { id: skill.id, program: skill.programDigest() },
    environment: { digest: environment.identity.digest },
    params: job.params,
    argv: job.argv,
    inputs: digests,
    sidecar: job.sidecar,
    env: contract.env,
    numerics,
  };
  return { job, skill, environment, preimage, key: jobKey(preimage), mounts, inputs, inputBytes, made };
}

async function locateFiles(job: Job, input: JobInput, context: PrepareContext): Promise<LocatedFile[]> {
  const located: LocatedFile[] = [];
  for (const file of input.files) {
    try {
      located.push({ name: file.name, ...(await locate(job, input.role, file.source, context)) });
    } catch (error) {
      if (file.optional !== true || !(error instanceof AbsentInput)) throw error;
    }
  }
  return located;
}

async function locate(
  job: Job,
  role: string,
  source: FileSource,
  context: PrepareContext,
): Promise<Omit<LocatedFile, 'name'>> {
  if (source.from === 'dataset') return { path: source.path, sha256: await context.digests.of(source.path) };
  if (source.from === 'sidecar') {
    const text = `${JSON.stringify(source.values, null, 2)}\n`;
    const digest = sha256(text);
    return { path: join(context.layout.inputs, `${digest}.json`), sha256: digest, text };
  }
  const entry = context.entryOf(source.job);
  const output = entry.outputs.find((candidate) => candidate.id === source.output);
  if (output === undefined) {
    throw new NeuroClawError('internal.bug', `${source.job} has no output ${source.output}`, {
      place: { job: job.id, field: role },
    });
  }
  if (output.absent) throw new AbsentInput(`${source.job} made no ${source.output} (optional)`);
  return { path: join(entry.folder, 'out', output.path), sha256: output.sha256 };
}

/** Writes the inputs that are made of values, where they are not there as they should be: whole or not at all. */
export async function writeMadeInputs({ made }: PreparedJob): Promise<void> {
  for (const [path, text] of made) {
    if (existsSync(path) && (await readFile(path, 'utf8')) === text) continue;
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${randomBytes(4).toString('hex')}`;
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, path);
  }
}

/** What the checks of one output look at; `folder` holds `out/`: an attempt or a store entry. */
export function checkSubject(prepared: PreparedJob, folder: string, output: string): CheckSubject {
  const { job } = prepared;
  const outputs = Object.fromEntries(
    job.outputs.map((declared) => [declared.id, join(folder, 'out', declared.path)]),
  );
  const declared = job.outputs.find((candidate) => candidate.id === output);
  return {
    output,
    kind: declared?.kind ?? 'any',
    path: outputs[output] ?? '',
    inputs: prepared.inputs,
    outputs,
    params: job.params,
    sidecar: job.context,
  };
}
