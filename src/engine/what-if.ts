import { resolve } from 'node:path';
import type { Plan } from '../planning/plan.js';
import { explainPlan, type JobExplanation, type StageExplanation } from './explain.js';
import { outputLayout } from './layout.js';
import { Ledger } from './ledger.js';
import type { EngineWorld } from './session.js';

export interface WhatIf {
  readonly stages: readonly StageExplanation[];
  /** Jobs whose committed result would serve. */
  readonly reused: readonly string[];
  /** Jobs with another key, and those that read what such jobs make. */
  readonly reruns: readonly string[];
  /** Jobs that have no result in this folder yet. */
  readonly fresh: readonly string[];
  readonly cannot: readonly string[];
  /** Jobs of the plan as it is that there would be no more. */
  readonly gone: readonly string[];
  /** Seconds that the jobs that rerun took when they last ran; undefined where none of them ever did. */
  readonly seconds?: number;
  /** Of how many of them that is known. */
  readonly measured: number;
}

/**
 * What a changed plan would do in the output folder of a run: which jobs get another key, which results serve as they
 * are. Read from keys and the store; nothing runs.
 */
export async function whatIf(before: Plan, changed: Plan, world: EngineWorld): Promise<WhatIf> {
  const stages = await explainPlan(changed, world);
  const jobs = stages.flatMap((stage) => stage.jobs);
  const ledger = new Ledger(outputLayout(resolve(changed.out)).ledger);
  const of = (...verdicts: JobExplanation['verdict'][]): string[] =>
    jobs.flatMap(({ job, verdict }) => (verdicts.includes(verdict) ? [job] : []));
  const ran = (job: string): boolean => ledger.last(job) !== undefined;
  const follows = of('follows');
  const reruns = [...of('changed', 'damaged'), ...follows.filter(ran)];
  const times = reruns.flatMap((job) => ledger.last(job)?.wallS ?? []);
  const now = new Set(jobs.map(({ job }) => job));
  const later = new Set(stages.flatMap(({ stage, after }) => (after === undefined ? [] : [stage])));
  const gone: string[] = [];
  for (const { id } of before.stages) {
    if (later.has(id)) continue;
    for (const { job } of ledger.lines()) if (job.startsWith(`${id}/`) && !now.has(job)) gone.push(job);
  }
  return {
    stages,
    reused: of('committed'),
    reruns,
    fresh: [...of('new'), ...follows.filter((job) => !ran(job))],
    cannot: of('cannot'),
    gone,
    ...(times.length === 0 ? {} : { seconds: times.reduce((sum, time) => sum + time, 0) }),
    measured: times.length,
  };
}
