import { resolve } from 'node:path';
import { findRun, planOfRun } from '../engine/runs.js';
import { runStatus, type RunStatus } from '../engine/status.js';
import type { EnvironmentIdentity } from '../environments/runtime.js';
import { compareNatural } from '../bids/natural-order.js';
import type { JsonObject } from '../kernel/json.js';
import type { Plan } from '../planning/plan.js';
import type { StageRecord } from '../engine/stage-record.js';
import { textOf } from '../trace/body-fields.js';
import { bibtex } from './bibliography.js';
import { reportedJob, type ReportedJob } from './reported-job.js';
import { readNotices, type Notice } from './notices.js';
import { methodsOf, type Methods } from './methods.js';
import { standingsOf, type Standing } from './outliers.js';
import { pathHider } from './plain-paths.js';
import { qualityTables, type QualityRow, type QualityTable } from './quality-numbers.js';
import { readAnyRun } from './run-artifacts.js';
import { shownPictures, type ShownPicture } from './shown-pictures.js';

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface StandingTable {
  readonly table: QualityTable;
  readonly standings: ReadonlyMap<QualityRow, ReadonlyMap<string, Standing>>;
}

/** Everything that the pages of a run show. Texts still hold paths of this machine: `plain` takes them out. */
export interface RunReport {
  readonly run: string;
  readonly version: string;
  readonly plan: Plan;
  /** What its pipelines are called: the title of a plan may be the person's own words. */
  readonly title: string;
  readonly state: RunStatus['state'];
  /** ISO 8601 UTC; empty where the run did not get there. */
  readonly started: string;
  readonly ended: string;
  readonly error: RunError | undefined;
  /** The end of the chain of the trace. */
  readonly head: { readonly seq: number; readonly hash: string };
  readonly stages: readonly StageRecord[];
  readonly jobs: readonly ReportedJob[];
  readonly notices: readonly Notice[];
  readonly quality: readonly StandingTable[];
  readonly pictures: readonly ShownPicture[];
  readonly environments: readonly EnvironmentIdentity[];
  readonly methods: Methods;
  readonly bibtex: string;
  /** Labels of the participants that jobs are of. */
  readonly participants: readonly string[];
  readonly plain: (text: string) => string;
}

/** Reads what a run left behind, whether it finished, failed, was cancelled or is still under way. Throws run.unknown. */
export async function readRunReport(out: string, name?: string): Promise<RunReport> {
  const { run, paths } = findRun(out, name);
  const artifacts = await readAnyRun(out, run);
  const { history, stages } = artifacts;
  const plan = planOfRun(out, paths);
  const methods = methodsOf(artifacts);
  const jobs = stages.flatMap((stage) =>
    stage.jobs.map((job) => reportedJob(job, stage, history.jobs.get(job.id), artifacts.entryOf(job.id))),
  );
  return {
    run,
    version: artifacts.version,
    plan,
    title: titleOf(plan, stages),
    state: (await runStatus(out, run)).state,
    started: history.started,
    ended: history.ended ?? '',
    error: errorOf(history.error),
    head: history.head,
    stages,
    jobs,
    notices: await readNotices(paths.trace),
    quality: qualityTables(artifacts).map((table) => ({ table, standings: standingsOf(table) })),
    pictures: shownPictures(artifacts),
    environments: [...artifacts.environments.values()],
    methods,
    bibtex: bibtex(methods.references),
    participants: [...new Set(jobs.flatMap(({ entities }) => entities['sub'] ?? []))].sort(compareNatural),
    plain: pathHider(plan, resolve(out)),
  };
}

function titleOf(plan: Plan, records: readonly StageRecord[]): string {
  const titles = plan.stages.map(({ id, pipeline }) => {
    const record = records.find(({ stage }) => stage === id);
    return record?.pipeline.title ?? (typeof pipeline === 'string' ? pipeline : pipeline.title);
  });
  return [...new Set(titles)].join(', then ');
}

function errorOf(error: JsonObject | undefined): RunError | undefined {
  if (error === undefined || textOf(error, 'message') === '') return undefined;
  return { code: textOf(error, 'code'), message: textOf(error, 'message'), hint: textOf(error, 'hint') };
}

/** Things of participants by label; those of the whole dataset under the empty one. */
export function byParticipant<T extends { readonly entities: Readonly<Record<string, string>> }>(
  things: readonly T[],
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const label = thing.entities['sub'] ?? '';
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [thing]);
    else group.push(thing);
  }
  return groups;
}
