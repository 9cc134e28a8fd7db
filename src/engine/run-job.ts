import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { errorCodes, type ErrorCode } from '../kernel/error-codes.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { EventType } from '../kernel/events.js';
import type { JsonObject, JsonValue } from '../kernel/json.js';
import { InputLooks, inputProblems } from '../planning/check-inputs.js';
import type { CompiledStage, Job } from '../planning/job.js';
import { runAttempt, type AttemptResult, type AttemptState, type Granted } from './attempt.js';
import type { JobVerdict } from './graph.js';
import { inputCheckProblems } from './input-checks.js';
import { exitBody, inputBodies, ledgerLine, outputBodies, verificationBody } from './job-records.js';
import { AbsentInput, prepareJob, writeMadeInputs, type PreparedJob } from './prepare-job.js';
import { publicationsOf } from './publications.js';
import { adoptCommitted, reusableEntry } from './reuse-committed.js';
import type { RunContext } from './session.js';
import type { StoreEntry } from './store.js';

export interface StageContext {
  readonly stage: CompiledStage;
  readonly jobs: ReadonlyMap<string, Job>;
}

/** Brings one job to its end: reuses a committed result, or runs attempts until one is verified and committed. */
export async function runJob(
  job: Job,
  depth: number,
  stage: StageContext,
  context: RunContext,
): Promise<JobVerdict> {
  let prepared: PreparedJob;
  try {
    prepared = await prepareJob(job, context.state);
    await writeMadeInputs(prepared);
  } catch (error) {
    if (error instanceof AbsentInput) return skipJob(job, error.message, context);
    if (error instanceof NeuroClawError && error.errorClass !== 'internal')
      return failJob(job, error, 'job.failed', {}, context);
    throw error;
  }
  const committed = await reusableEntry(prepared, context);
  if (committed !== undefined) {
    adoptCommitted(prepared, committed, context);
    return publish(prepared, committed, stage, context);
  }
  let [wrong, ...more] = await inputProblems(prepared.skill, filesOf(prepared), new InputLooks());
  if (wrong === undefined) [wrong, ...more] = await inputCheckProblems(prepared, context.signal);
  if (wrong !== undefined) {
    const code = wrong.code in errorCodes ? (wrong.code as ErrorCode) : 'input.invalid';
    const error = new NeuroClawError(code, `${job.id}: ${wrong.message}`, {
      place: { ...wrong.place, job: job.id },
      ...(wrong.expected === undefined ? {} : { expected: wrong.expected }),
      findings: [wrong, ...more],
    });
    return failJob(job, error, 'job.failed', {}, context);
  }
  return attemptUntilSettled(prepared, depth, stage, context);
}

/** Absolute paths by role, of the roles that are files. */
function filesOf({ job, inputs }: PreparedJob): Record<string, readonly string[]> {
  return Object.fromEntries(
    job.inputs.flatMap(({ role, shape }) =>
      shape === 'folder' ? [] : [[role, inputs[role] ?? []] as const],
    ),
  );
}

/** What may be tried again without asking anybody, and how often. */
const RETRIES: Partial<Record<ErrorCode, number>> = {
  'job.oom': 1,
  'job.timeout': 1,
  'job.lost': 1,
  'job.container': 1,
};

async function attemptUntilSettled(
  prepared: PreparedJob,
  depth: number,
  stage: StageContext,
  context: RunContext,
): Promise<JobVerdict> {
  const { job } = prepared;
  const { resources } = job;
  let memoryMb = resources.memory_mb;
  let walltimeS = resources.walltime_s;
  const tried: Partial<Record<ErrorCode, number>> = {};
  for (;;) {
    let result: AttemptResult;
    try {
      const granted = await context.pool.acquire(
        { cpus: resources.cpus, memoryMb, priority: depth },
        context.signal,
      );
      try {
        result = await tracedAttempt(
          prepared,
          { cpus: granted.cpus, memoryMb: granted.memoryMb, walltimeS },
          context,
        );
      } finally {
        granted.release();
      }
    } catch (error) {
      if (context.signal.aborted) return { ok: false, reason: 'was not started' };
      throw error;
    }
    if (result.ok) return commitJob(prepared, result, stage, context);
    const times = tried[result.code] ?? 0;
    if (context.signal.aborted || times >= (RETRIES[result.code] ?? 0))
      return settleFailure(prepared, result, context);
    tried[result.code] = times + 1;
    if (result.code === 'job.oom') memoryMb *= 2;
    if (result.code === 'job.timeout') walltimeS *= 2;
    context.emit({
      type: 'job.retried',
      body: {
        job: job.id,
        code: result.code,
        message: result.message,
        memory_mb: memoryMb,
        walltime_s: walltimeS,
      },
      span: result.attempt,
    });
  }
}

async function tracedAttempt(
  prepared: PreparedJob,
  granted: Granted,
  context: RunContext,
): Promise<AttemptResult> {
  const { job } = prepared;
  const { run, state, signal } = context;
  const onState = (change: AttemptState): void => {
    switch (change.state) {
      case 'staged':
        context.emit({
          type: 'job.staged',
          body: {
            job: job.id,
            skill: job.skill,
            key: prepared.key,
            inputs: inputBodies(prepared),
            ...(change.goesOn === undefined ? {} : { goes_on_from: change.goesOn }),
          },
        });
        return;
      case 'running': {
        const { digest, runtime, name } = prepared.environment.identity;
        const limits = { cpus: granted.cpus, memory_mb: granted.memoryMb, walltime_s: granted.walltimeS };
        const environment = { name, runtime, digest };
        context.emit(
          {
            type: 'job.started',
            body: { job: job.id, key: prepared.key, argv: change.argv, environment, limits },
          },
          true,
        );
        return;
      }
      case 'exited':
        context.emit({ type: 'job.exited', body: { job: job.id, exit: exitBody(change.exit) } });
        return;
      case 'verifying':
        context.emit({
          type: 'job.verified',
          body: { job: job.id, key: prepared.key, ...verificationBody(prepared, change.verification) },
        });
    }
  };
  return runAttempt(prepared, granted, {
    run,
    layout: state.layout,
    store: state.store,
    digests: state.digests,
    signal,
    onState,
  });
}

async function commitJob(
  prepared: PreparedJob,
  result: Extract<AttemptResult, { ok: true }>,
  stage: StageContext,
  context: RunContext,
): Promise<JobVerdict> {
  const { job, key } = prepared;
  const entry = context.state.store.read(key);
  if (entry === undefined || entry === 'damaged') {
    throw new NeuroClawError('internal.bug', `the result of ${job.id} vanished after its commit`, {
      place: { job: job.id },
    });
  }
  context.counts.committed += 1;
  context.state.entries.set(job.id, entry);
  const degraded = result.exit.degraded ?? [];
  const outputs = outputBodies(entry);
  context.emit(
    {
      type: 'job.committed',
      body: { job: job.id, skill: job.skill, key, outputs, degraded },
      span: result.attempt,
    },
    true,
  );
  if (result.nondeterministic.length > 0) {
    context.emit({
      type: 'output.nondeterministic',
      body: { job: job.id, key, outputs: result.nondeterministic },
    });
  }
  context.state.ledger.record(ledgerLine(prepared, context.run, result.exit.wallS));
  return publish(prepared, entry, stage, context);
}

async function publish(
  prepared: PreparedJob,
  entry: StoreEntry,
  stage: StageContext,
  context: RunContext,
): Promise<JobVerdict> {
  const published: string[] = [];
  try {
    for (const publication of publicationsOf(prepared.job, entry, stage.stage, stage.jobs)) {
      const result = await context.state.publisher.publish(publication);
      if (result === 'published') published.push(publication.path);
      else if (result === 'replaced')
        context.emit({ type: 'publish.replaced', body: { job: prepared.job.id, path: publication.path } });
      else if (result === 'repaired')
        context.emit({ type: 'publish.repaired', body: { job: prepared.job.id, path: publication.path } });
    }
  } catch (error) {
    if (error instanceof NeuroClawError && error.errorClass !== 'internal')
      return failJob(prepared.job, error, 'job.failed', {}, context);
    throw error;
  }
  if (published.length > 0)
    context.emit({ type: 'job.published', body: { job: prepared.job.id, paths: published } });
  return { ok: true };
}

async function settleFailure(
  prepared: PreparedJob,
  result: Extract<AttemptResult, { ok: false }>,
  context: RunContext,
): Promise<JobVerdict> {
  const { job } = prepared;
  if (result.code === 'job.cancelled' || context.signal.aborted) {
    if (existsSync(result.folder)) await rm(result.folder, { recursive: true, force: true });
    context.counts.cancelled += 1;
    context.emit({ type: 'job.cancelled', body: { job: job.id }, span: result.attempt });
    return { ok: false, reason: 'was cancelled' };
  }
  const error = new NeuroClawError(result.code, `${job.id}: ${result.message}`, {
    place: { job: job.id, skill: job.skill, file: result.folder },
    findings: result.findings,
  });
  const evidence = {
    key: prepared.key,
    stderr_tail: result.stderrTail,
    folder: result.folder.slice(context.state.layout.out.length + 1),
  };
  return failJob(
    job,
    error,
    result.code === 'job.verification' ? 'job.rejected' : 'job.failed',
    evidence,
    context,
  );
}

function failJob(
  job: Job,
  error: NeuroClawError,
  type: EventType & ('job.failed' | 'job.rejected'),
  evidence: JsonObject,
  context: RunContext,
): JobVerdict {
  context.counts[type === 'job.rejected' ? 'rejected' : 'failed'] += 1;
  const findings = error.findings as unknown as JsonValue;
  context.emit(
    {
      type,
      body: {
        job: job.id,
        skill: job.skill,
        code: error.code,
        message: error.message,
        findings,
        ...evidence,
      },
    },
    true,
  );
  context.fail(error);
  return { ok: false, reason: type === 'job.rejected' ? 'was rejected' : 'failed' };
}

export function skipJob(job: Job, reason: string, context: RunContext): JobVerdict {
  context.counts.skipped += 1;
  context.emit({ type: 'job.skipped', body: { job: job.id, skill: job.skill, reason } });
  return { ok: false, reason: 'was skipped' };
}
