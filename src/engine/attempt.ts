import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Exit, GpuProbe } from '../environments/runtime.js';
import type { ErrorCode } from '../kernel/error-codes.js';
import { describeError, NeuroClawError, nodeErrorCode } from '../kernel/errors.js';
import type { Finding } from '../kernel/findings.js';
import { newAttemptId } from '../kernel/ids.js';
import { adapterOf } from '../skills/adapters/adapters.js';
import { stageProgram } from '../skills/program-files.js';
import { pythonVariables } from '../skills/python-variables.js';
import { collectOutputs } from './collect-outputs.js';
import type { FileDigests } from './digests.js';
import { withMarks } from './degraded.js';
import { syncPath, writeSynced } from './durable.js';
import { exitFailure } from './exit-failure.js';
import { grantedGpus } from './gpu.js';
import type { OutputLayout } from './layout.js';
import { discardKept, keepWork, takeKept, type KeptWork } from './kept-work.js';
import { LicenseText } from './license-text.js';
import type { PreparedJob } from './prepare-job.js';
import { outputsText, type Store, type StoredOutput } from './store.js';
import { fetchResults, prepareWorkspace } from './workspace.js';
import { failedFindings, verifyOutputs, type Verification } from './verify-outputs.js';

export interface AttemptContext {
  readonly run: string;
  readonly layout: OutputLayout;
  readonly store: Store;
  readonly digests: FileDigests;
  readonly signal: AbortSignal;
  /** Called as the attempt goes on, in order. */
  readonly onState: (state: AttemptState) => void;
}

export type AttemptState =
  | {
      readonly state: 'staged';
      /** The attempt whose work it goes on from. */
      readonly goesOn?: string;
    }
  | { readonly state: 'running'; readonly argv: readonly string[] }
  | { readonly state: 'exited'; readonly exit: Exit }
  | { readonly state: 'verifying'; readonly verification: Verification };

export type AttemptResult =
  | {
      readonly ok: true;
      readonly attempt: string;
      readonly exit: Exit;
      readonly outputs: readonly StoredOutput[];
      readonly verification: Verification;
      /** Digests that differ from an entry that was there already. */
      readonly nondeterministic: readonly string[];
    }
  | {
      readonly ok: false;
      readonly attempt: string;
      readonly code: ErrorCode;
      readonly message: string;
      readonly findings: readonly Finding[];
      /** What is kept to look at. */
      readonly folder: string;
      readonly stderrTail: string;
    };

/** What the attempt was given by the resource pool. */
export interface Granted {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly walltimeS: number;
}

/** Runs a job once: stage, run, verify, commit. Never leaves anything half-written outside scratch. */
export async function runAttempt(
  prepared: PreparedJob,
  granted: Granted,
  context: AttemptContext,
): Promise<AttemptResult> {
  const attempt = newAttemptId();
  const folder = join(context.layout.scratch, attempt);
  let started = false;
  let goesOn: KeptWork | undefined;
  const fail = async (
    code: ErrorCode,
    message: string,
    findings: readonly Finding[] = [],
  ): Promise<AttemptResult> => {
    // Work that a tool failed on twice, and results that failed their checks, would fail again.
    const again = code === 'job.tool' ? goesOn === undefined : code !== 'job.verification';
    if (again || !started) await keepWork(folder, context.layout);
    return {
      ok: false,
      attempt,
      code,
      message,
      findings,
      stderrTail: await tail(join(folder, 'stderr.log')),
      folder: await keepFailed(context.layout, folder, attempt),
    };
  };
  try {
    await mkdir(join(folder, 'out'), { recursive: true });
    await mkdir(join(folder, 'scratch'));
    for (const output of prepared.job.outputs) {
      const parent = join(folder, 'out', output.path, '..');
      if (parent !== join(folder, 'out')) await mkdir(parent, { recursive: true });
    }
    goesOn = await takeKept(prepared, attempt, folder, context.layout);
    const ownArgv = goesOn === undefined ? prepared.job.argv : await argvToGoOn(prepared, folder);
    if (goesOn !== undefined && ownArgv === undefined) {
      await discardKept(folder);
      goesOn = undefined;
    }
    await prepareWorkspace(prepared, folder, goesOn !== undefined);
    const { program } = prepared.skill;
    if (program.length > 0) await stageProgram(program, programFolder(folder));
    context.onState({ state: 'staged', ...(goesOn === undefined ? {} : { goesOn: goesOn.attempt }) });
    const argv = (ownArgv ?? prepared.job.argv).map((token) =>
      token.replaceAll('{threads}', String(threadsOf(prepared, granted))),
    );
    context.onState({ state: 'running', argv });
    const gpus = await grantedGpus(prepared.skill, prepared.environment, context.signal);
    const call = jobCall(prepared, granted, context, attempt, folder, argv, gpus.devices !== undefined);
    started = true;
    const ended = await prepared.environment.run(call, context.signal);
    const license = await LicenseText.of(prepared.mounts);
    await license?.hideIn([call.stdout, call.stderr].filter((file) => !file.startsWith(join(folder, 'out'))));
    const exit = await withMarks(ended, call, prepared.skill, gpus.unused ? ['gpu-unused'] : []);
    context.onState({ state: 'exited', exit });
    const failure = exitFailure(exit, context.layout.scratch);
    if (failure !== undefined) {
      const refusal = failure.code === 'job.tool' ? await refusalOf(prepared, exit, folder) : undefined;
      return await fail(failure.code, refusal ?? failure.message);
    }
    await fetchResults(prepared, folder);

    const out = join(folder, 'out');
    const collected = await collectOutputs(prepared.job, out, context.digests);
    const unfit = [...collected.findings, ...((await license?.findIn(collected.outputs, out)) ?? [])];
    if (unfit.length > 0)
      return await fail('job.verification', unfit.map((finding) => finding.message).join('; '), unfit);
    const verification = await verifyOutputs(prepared, folder, collected.outputs);
    context.onState({ state: 'verifying', verification });
    if (!verification.ok) {
      await writeSynced(join(folder, 'checks.json'), `${JSON.stringify(verification, null, 1)}\n`);
      const findings = failedFindings(verification, prepared);
      return await fail('job.verification', findings.map((finding) => finding.message).join('; '), findings);
    }
    const nondeterministic = await commitAttempt(
      prepared,
      context,
      folder,
      exit,
      collected.outputs,
      verification,
      gpus.devices ?? [],
      goesOn,
    );
    return { ok: true, attempt, exit, outputs: collected.outputs, verification, nondeterministic };
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOSPC' || nodeErrorCode(error) === 'EDQUOT') {
      return fail('job.disk', `the disk of the output folder is full: ${describeError(error)}`);
    }
    if (error instanceof NeuroClawError && (error.errorClass === 'input' || error.code === 'param.invalid'))
      return fail(error.code, error.message);
    throw error;
  }
}

/** Why a Python skill would not go on: by their convention the one line on stderr of a program that ends with status 2. */
async function refusalOf(prepared: PreparedJob, exit: Exit, folder: string): Promise<string | undefined> {
  if (prepared.skill.program.length === 0 || exit.exitCode !== 2) return undefined;
  const lines = (await tail(join(folder, 'stderr.log'))).split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim().slice(0, 400);
}

/** How a tool is called to go on from kept work; undefined where its adapter says that it cannot. */
async function argvToGoOn(prepared: PreparedJob, folder: string): Promise<readonly string[] | undefined> {
  const { job, skill } = prepared;
  const adapter = adapterOf(skill);
  return adapter?.goOn === undefined ? job.argv : adapter.goOn(job.argv, { folder, params: job.params });
}

/** Where `run.py` and its modules lie in an attempt folder. */
function programFolder(attemptFolder: string): string {
  return join(attemptFolder, 'program');
}

function jobCall(
  prepared: PreparedJob,
  granted: Granted,
  context: AttemptContext,
  attempt: string,
  folder: string,
  argv: readonly string[],
  gpu: boolean,
): Parameters<PreparedJob['environment']['run']>[0] {
  const { job, skill } = prepared;
  const threads = String(threadsOf(prepared, granted));
  const env = Object.entries(skill.contract.env).map(([name, value]) => [
    name,
    value.replaceAll('{threads}', threads),
  ]);
  const captured = job.outputs.find((output) => output.id === skill.contract.stdout);
  return {
    attempt,
    store: context.store.id,
    run: context.run,
    job: job.id,
    argv,
    inputs: prepared.mounts,
    folder,
    env: {
      ...(skill.program.length > 0 ? pythonVariables(threadsOf(prepared, granted)) : {}),
      ...Object.fromEntries(env),
    },
    cpus: granted.cpus,
    memoryMb: granted.memoryMb,
    walltimeS: granted.walltimeS,
    gpu,
    network: skill.contract.network === 'required',
    ...(skill.program.length > 0 ? { skillFolder: programFolder(folder) } : {}),
    stdout: captured === undefined ? join(folder, 'stdout.log') : join(folder, 'out', captured.path),
    stderr: join(folder, 'stderr.log'),
  };
}

function threadsOf(prepared: PreparedJob, granted: Granted): number {
  const { contract } = prepared.skill;
  return contract.threads?.changes_result === true ? contract.resources.cpus : granted.cpus;
}

/** Flushes everything, then renames the attempt into the store: the rename is the commit. */
async function commitAttempt(
  prepared: PreparedJob,
  context: AttemptContext,
  folder: string,
  exit: Exit,
  outputs: readonly StoredOutput[],
  verification: Verification,
  gpus: GpuProbe['devices'],
  goesOn: KeptWork | undefined,
): Promise<string[]> {
  for (const name of await readdir(folder)) {
    if (name !== 'out' && name !== 'stdout.log' && name !== 'stderr.log') {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
  const resources = {
    schema: 'neuroclaw/resources@1',
    wall_s: exit.wallS,
    cpu_s: exit.cpuS ?? null,
    max_rss_mb: exit.maxRssMb ?? null,
    input_bytes: prepared.inputBytes,
    environment: prepared.environment.identity,
    degraded: exit.degraded ?? [],
    ...(gpus.length === 0 ? {} : { gpus }),
    ...(goesOn === undefined ? {} : { goes_on_from: goesOn.attempt }),
  };
  const folders = new Set([join(folder, 'out')]);
  for (const file of outputs.flatMap((output) => output.files))
    folders.add(join(folder, 'out', file.path, '..'));
  await Promise.all([
    writeSynced(join(folder, 'preimage.json'), `${JSON.stringify(prepared.preimage, null, 1)}\n`),
    writeSynced(join(folder, 'outputs.json'), outputsText(prepared.job.id, outputs)),
    writeSynced(join(folder, 'checks.json'), `${JSON.stringify(verification, null, 1)}\n`),
    writeSynced(join(folder, 'resources.json'), `${JSON.stringify(resources, null, 1)}\n`),
    ...outputs.flatMap((output) => output.files.map((file) => syncPath(join(folder, 'out', file.path)))),
  ]);
  await Promise.all([...folders, folder].map(syncPath));
  if ((await context.store.commit(prepared.key, folder)) === 'committed') return [];
  // The first result of a key stays; another content is news about the tool.
  const first = context.store.read(prepared.key);
  await rm(folder, { recursive: true, force: true });
  if (first === undefined || first === 'damaged') return [];
  return outputs
    .filter(
      (output) => first.outputs.find((candidate) => candidate.id === output.id)?.sha256 !== output.sha256,
    )
    .map((output) => output.id);
}

/** A failed attempt stays to be looked at, outside scratch, which is cleared at every start. */
async function keepFailed(layout: OutputLayout, folder: string, attempt: string): Promise<string> {
  if (!existsSync(folder)) return folder;
  const kept = join(layout.failed, attempt);
  try {
    await mkdir(layout.failed, { recursive: true });
    await rename(folder, kept);
    return kept;
  } catch {
    return folder;
  }
}

async function tail(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    return text.slice(-2000);
  } catch {
    return '';
  }
}
