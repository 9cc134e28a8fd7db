import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import { cpus as machineCpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { NeuroClawError, nodeErrorCode } from '../kernel/errors.js';
import type { EventInput, TraceEvent } from '../kernel/events.js';
import { newRunId } from '../kernel/ids.js';
import { sha256OfJson, type JsonObject, type JsonValue } from '../kernel/json.js';
import type { Plan } from '../planning/plan.js';
import { keepHead } from '../trace/heads.js';
import { openTrace } from '../trace/writer.js';
import { writeAtomic } from './durable.js';
import { outputLayout, runLayout, type OutputLayout } from './layout.js';
import { acquireLock } from './lock.js';
import { refuseOutputInData } from './output-folder.js';
import { keepUsedLock } from './used-lock.js';
import { writeReproduction } from './reproduction/write.js';
import { interruptedJobs } from './recover.js';
import { salvageWork } from './kept-work.js';
import { preflightLicenses } from './preflight.js';
import { ResourcePool } from './resource-pool.js';
import { RunClock } from './run-clock.js';
import type { RunRequest } from './run-request.js';
import { runStage } from './run-stage.js';
import { OutputState, type EngineWorld, type JobCounts, type RunContext } from './session.js';
import { clearScratch, hasAttempts, prepareLayout } from './store.js';

export interface RunOutcome {
  readonly run: string;
  readonly out: string;
  readonly outcome: 'finished' | 'failed' | 'cancelled';
  readonly exitCode: number;
  readonly counts: JobCounts;
  readonly seconds: number;
  readonly firstFailure: NeuroClawError | undefined;
  readonly head: { readonly seq: number; readonly hash: string };
  readonly trace: string;
  /** Published datasets, relative to the output folder. */
  readonly datasets: readonly string[];
}

/**
 * Executes a plan: stage by stage, job by job, verified and committed, with the trace of everything.
 * One process at a time per output folder; killing it at any moment loses at most the jobs under way.
 */
export async function runPlan(request: RunRequest, world: EngineWorld): Promise<RunOutcome> {
  const layout = outputLayout(resolve(request.plan.out));
  for (const { id, data } of request.plan.stages)
    if (!('stage' in data))
      refuseOutputInData(layout.out, 'bids' in data ? data.bids : data.dicom, `stages.${id}.data`);
  await makeFolders(layout);
  const lock = acquireLock(layout.lock, 'neuroclaw run', request.forceUnlock);
  try {
    return await runLocked(request, world, layout);
  } finally {
    lock.release();
  }
}

async function runLocked(request: RunRequest, world: EngineWorld, layout: OutputLayout): Promise<RunOutcome> {
  const started = Date.now();
  const { plan } = request;
  const run = request.resume ?? newRunId(new Date());
  const paths = runLayout(layout, run);
  const state = new OutputState(layout, world, request.hardLinks ?? false);
  // Whatever a dead process left running works in scratch: an empty one means that nothing is left.
  const ended = (await hasAttempts(layout)) ? await world.runtimes.endLeftovers(state.store.id) : [];
  await salvageWork(layout);
  const orphans = await clearScratch(layout);
  if (request.resume === undefined) await writeAtomic(paths.plan, `${JSON.stringify(plan, null, 2)}\n`);
  const interrupted = request.resume === undefined ? undefined : await interruptedJobs(paths.trace);
  const trace = await openTrace(paths.trace, { run, secrets: request.secrets ?? [] });
  let firstFailure: NeuroClawError | undefined;
  const emit = (event: EventInput, durable = false): TraceEvent => {
    const written = trace.append(event, { durable });
    request.onEvent?.(written);
    return written;
  };
  const clock = new RunClock(request.signal, world.runSeconds, (error) => (firstFailure ??= error));
  // Every job under way listens: that is no leak.
  setMaxListeners(0, clock.signal);
  const context: RunContext = {
    run,
    state,
    trace,
    emit,
    signal: clock.signal,
    clock,
    pool: new ResourcePool({
      cpus: request.cpus ?? machineCpus().length,
      memoryMb: request.memoryMb ?? Math.floor((totalmem() * 0.9) / 1_048_576),
    }),
    counts: { committed: 0, reused: 0, rejected: 0, failed: 0, cancelled: 0, skipped: 0 },
    interrupted: new Set(interrupted?.keys()),
    fail: (error) => {
      firstFailure ??= error;
    },
  };
  const datasets: string[] = [];
  try {
    announce(request, plan, world, context);
    for (const line of ended) emit({ type: 'leftover.ended', body: { what: line } });
    for (const [key, job] of interrupted ?? []) {
      if (state.store.read(key) === undefined)
        emit({ type: 'job.orphaned', body: { job, key, attempts: orphans.length } });
    }
    const skills: string[] = [];
    for (const { id } of plan.stages) skills.push(...((await world.skillsOf?.(plan, id)) ?? []));
    await preflightLicenses(skills, context);
    for (const stage of plan.stages) {
      if (clock.signal.aborted) break;
      const compiled = await runStage(plan, stage.id, request, world, context);
      datasets.push(compiled.dataset.folder);
      await writeAtomic(paths.environments, `${JSON.stringify(environmentLock(state), null, 2)}\n`);
      await keepUsedLock(world.lock, state.identities(), paths.lock);
      if (firstFailure !== undefined) break;
    }
  } catch (error) {
    firstFailure ??= asStopping(error);
    if (firstFailure.errorClass === 'internal') throw error;
  }
  /** Runs the last steps even on a full disk: each problem counts as the failure if there was none. */
  const attempt = async (step: () => unknown): Promise<boolean> => {
    try {
      await step();
      return true;
    } catch (error) {
      firstFailure ??= asStopping(error);
      return false;
    }
  };
  await attempt(() => state.close());
  const outcome = clock.signal.aborted ? 'cancelled' : firstFailure === undefined ? 'finished' : 'failed';
  const exitCode = firstFailure?.exitCode ?? (outcome === 'cancelled' ? 130 : 0);
  const seconds = (Date.now() - started) / 1000;
  const error = firstFailure === undefined ? null : (firstFailure.toJSON() as JsonObject);
  await attempt(() =>
    emit({ type: 'run.finished', body: { outcome, exit: exitCode, seconds, counts: context.counts, error } }),
  );
  const flushed = await attempt(() => trace.flush());
  const head = trace.head();
  await attempt(() => trace.close());
  // A head of lines that never reached the disk would call the trace rewritten.
  if (flushed)
    keepHead([layout.heads, request.userHeads], {
      run,
      ...head,
      ts: new Date().toISOString(),
      out: layout.out,
    });
  const result: RunOutcome = {
    run,
    out: layout.out,
    outcome,
    exitCode,
    counts: context.counts,
    seconds,
    firstFailure,
    head,
    trace: paths.trace,
    datasets: [...new Set(datasets)],
  };
  if (outcome === 'finished') await attempt(() => writeReproduction(layout.out, run));
  await attempt(() => writeAtomic(paths.summary, `${JSON.stringify(result, null, 2)}\n`));
  return result;
}

function announce(request: RunRequest, plan: Plan, world: EngineWorld, context: RunContext): void {
  const host: JsonObject = {
    version: world.version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
  if (request.resume !== undefined) {
    context.emit({ type: 'run.resumed', actor: request.actor, body: host }, true);
    return;
  }
  const origin = plan.origin as unknown as JsonValue;
  const body = { plan: sha256OfJson(plan), title: plan.title, request: plan.request, origin };
  context.emit({
    type: 'run.planned',
    actor: { kind: 'engine', id: `planner/${plan.origin.planner}` },
    body,
  });
  context.emit({ type: 'run.started', actor: request.actor, body: host }, true);
}

function environmentLock(state: OutputState): JsonObject {
  return { schema: 'neuroclaw/run-lock@1', environments: state.identities() as unknown as JsonValue };
}

function asStopping(error: unknown): NeuroClawError {
  if (error instanceof NeuroClawError) return error;
  if (nodeErrorCode(error) === 'ENOSPC' || nodeErrorCode(error) === 'EDQUOT') {
    return new NeuroClawError('job.disk', 'the disk of the output folder is full', { cause: error });
  }
  return new NeuroClawError('internal.bug', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}

async function makeFolders(layout: OutputLayout): Promise<void> {
  try {
    mkdirSync(layout.state, { recursive: true });
    await prepareLayout(layout);
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw new NeuroClawError('preflight.permission', `the output folder ${layout.out} cannot be written`, {
        place: { file: layout.out },
        hint: 'choose another --out, or change the permissions of that folder',
        cause: error,
      });
    }
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new NeuroClawError('preflight.disk', `no space left in ${layout.out}`, {
        place: { file: layout.out },
        cause: error,
      });
    }
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      throw new NeuroClawError('input.invalid', `${layout.out} is not a folder`, {
        place: { file: layout.out },
        cause: error,
      });
    }
    throw error;
  }
}
