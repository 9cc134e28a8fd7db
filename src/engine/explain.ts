import { errorFinding, type Finding } from '../kernel/findings.js';
import { NeuroClawError } from '../kernel/errors.js';
import type { CompiledStage, Job } from '../planning/job.js';
import { resolve } from 'node:path';
import type { Plan } from '../planning/plan.js';
import { preimageChanges, type PreimageChange } from './keys.js';
import { outputLayout } from './layout.js';
import { AbsentInput, prepareJob } from './prepare-job.js';
import { OutputState, type EngineWorld } from './session.js';

/** Why one job would run, or why not. */
export interface JobExplanation {
  readonly job: string;
  readonly skill: string;
  readonly verdict: 'committed' | 'new' | 'changed' | 'damaged' | 'follows' | 'cannot';
  readonly key?: string;
  /** For `changed`: the fields of the key that differ from the last committed result of this job. */
  readonly changes?: readonly PreimageChange[];
  /** One line for people. */
  readonly why: string;
}

export interface StageExplanation {
  readonly stage: string;
  readonly jobs: readonly JobExplanation[];
  readonly findings: readonly Finding[];
  /** Set where the stage compiles only after an earlier one. */
  readonly after?: string;
}

/** Says for every job of a plan why it would run or why not. Reads only; needs no lock. */
export async function explainPlan(plan: Plan, world: EngineWorld): Promise<StageExplanation[]> {
  const state = new OutputState(outputLayout(resolve(plan.out)), world, false);
  const stages: StageExplanation[] = [];
  let waitingFor: string | undefined;
  for (const { id, data } of plan.stages) {
    if ('stage' in data && waitingFor !== undefined) {
      stages.push({ stage: id, jobs: [], findings: [], after: data.stage });
      continue;
    }
    let compiled: CompiledStage;
    try {
      compiled = await world.compile(plan, id);
    } catch (error) {
      if (!(error instanceof NeuroClawError)) throw error;
      stages.push({
        stage: id,
        jobs: [],
        findings: [errorFinding(error.code, error.message, error.place, error.expected)],
      });
      continue;
    }
    const jobs: JobExplanation[] = [];
    for (const job of compiled.jobs) jobs.push(await explainJob(job, state));
    if (jobs.some((job) => job.verdict !== 'committed')) waitingFor = id;
    stages.push({ stage: id, jobs, findings: compiled.findings });
  }
  return stages;
}

async function explainJob(job: Job, state: OutputState): Promise<JobExplanation> {
  const about = { job: job.id, skill: job.skill };
  const waiting = job.needs.filter((need) => !state.entries.has(need));
  if (waiting.length > 0) {
    const what = waiting.length === 1 ? waiting[0] : `${waiting[0]} and ${waiting.length - 1} more`;
    return { ...about, verdict: 'follows', why: `runs after ${what}, if its input changes` };
  }
  let prepared: Awaited<ReturnType<typeof prepareJob>>;
  try {
    prepared = await prepareJob(job, state);
  } catch (error) {
    if (error instanceof AbsentInput)
      return { ...about, verdict: 'cannot', why: `skipped: ${error.message}` };
    if (error instanceof NeuroClawError) return { ...about, verdict: 'cannot', why: error.message };
    throw error;
  }
  const { key } = prepared;
  const entry = state.store.read(key);
  if (entry === 'damaged')
    return { ...about, key, verdict: 'damaged', why: 'its record in the store cannot be read' };
  if (entry !== undefined) {
    const damaged = await state.store.damage(entry, state.digests);
    if (damaged.length > 0) {
      const file = damaged[0]?.slice(state.layout.out.length + 1);
      return {
        ...about,
        key,
        verdict: 'damaged',
        why: `${file} was edited or removed since it was committed`,
      };
    }
    state.entries.set(job.id, entry);
    return { ...about, key, verdict: 'committed', why: 'committed and unchanged' };
  }
  const last = state.ledger.last(job.id);
  const before = last === undefined ? undefined : state.store.preimage(last.key);
  if (before === undefined)
    return { ...about, key, verdict: 'new', why: 'has not been run in this output folder' };
  const changes = preimageChanges(before, prepared.preimage);
  return {
    ...about,
    key,
    verdict: 'changed',
    changes,
    why: `changed: ${changes.map(describeChange).join('; ')}`,
  };
}

/** `params.fwhm_mm: 6 -> 8`; contents of files are not shown. */
export function describeChange(change: PreimageChange): string {
  const { field, before, after } = change;
  if (field.startsWith('inputs.')) {
    const names = [before, after].map((value) =>
      typeof value === 'string' ? value.replace(/ ?[0-9a-f]{64}/g, '') : 'none',
    );
    return names[0] === names[1]
      ? `${field}: other content (${names[0]})`
      : `${field}: ${names[0]} -> ${names[1]}`;
  }
  const show = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  const short = (text: string): string => (/^"[0-9a-f]{64}"$/.test(text) ? text.slice(1, 13) : text);
  return `${field}: ${short(show(before))} -> ${short(show(after))}`;
}
