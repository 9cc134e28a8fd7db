import { statfsSync } from 'node:fs';
import type { Pipeline } from '../planning/pipeline.js';
import type { Plan } from '../planning/plan.js';
import { remedyFor, type Way } from '../planning/repair/remedies.js';
import type { PlanChange } from '../planning/repair/repair-plan.js';
import { MAX_ROUNDS, nextRound, type FailedRun } from '../planning/repair/rounds.js';
import type { Skill } from '../skills/skill.js';
import { failuresOf, type Failure } from './failures.js';
import { approversOf, readHistory } from './history.js';
import { findRun, planOfRun } from './runs.js';
import { readStageRecords, type StageRecord } from './stage-record.js';

/** What happened to a run, why, and what a changed plan could do about it. */
export interface Diagnosis {
  /** Of the table of known failures: `gradient-count`, `memory`, ...; `unknown` for what it does not know. */
  readonly id: string;
  readonly failure: Failure;
  readonly what: string;
  readonly why: string;
  /** In the order of preference; empty where only a person can help. */
  readonly proposals: readonly PlanChange[];
  readonly person: string;
}

export interface RepairProposal {
  readonly run: string;
  /** The repair that would be made: 1 to 3. */
  readonly round: number;
  readonly rounds: number;
  /** Absent where nothing failed. */
  readonly failed?: FailedRun;
  readonly diagnoses: readonly Diagnosis[];
}

export interface RepairWorld {
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly skills: ReadonlyMap<string, Skill>;
}

/** Looks the failures of a run up in the table of known ones. Reads its trace; nothing runs. Throws run.unknown. */
export async function proposeRepairs(
  out: string,
  name: string | undefined,
  world: RepairWorld,
): Promise<RepairProposal> {
  const { run, paths } = findRun(out, name);
  const plan = planOfRun(out, paths);
  const records = readStageRecords(paths);
  const history = await readHistory(paths.trace);
  const failures = failuresOf(history, plan, records);
  if (failures.length === 0 && history.outcome === undefined) failures.push(...fullDisk(out));
  const [first] = failures;
  const approvedBy = approversOf(history);
  return {
    run,
    round: nextRound(plan),
    rounds: MAX_ROUNDS,
    ...(first === undefined
      ? {}
      : {
          failed: {
            run,
            ...(first.job === undefined ? {} : { job: first.job }),
            code: first.code,
            ...(approvedBy === undefined ? {} : { approvedBy }),
          },
        }),
    diagnoses: failures.map((failure) => diagnose(failure, plan, records, world)),
  };
}

/** Bytes: with less left not even the trace can be written, and so nothing says why the run ended. */
const FULL = 1e6;

function fullDisk(out: string): Failure[] {
  const { bavail, bsize } = statfsSync(out);
  const free = bavail * bsize;
  if (free >= FULL) return [];
  const message = `the trace stops before its end, and ${Math.round(free / 1000)} kB are free at ${out}`;
  return [{ stage: '', code: 'job.disk', class: 'disk', message, checks: [], text: '' }];
}

function diagnose(
  failure: Failure,
  plan: Plan,
  records: readonly StageRecord[],
  world: RepairWorld,
): Diagnosis {
  const remedy = remedyFor(failure);
  if (remedy === undefined)
    return {
      id: 'unknown',
      failure,
      what: failure.message,
      why: 'it is not among the failures that are known',
      proposals: [],
      person: 'read the story of the run: `neuroclaw trace show`',
    };
  const { id, what, why, ways, person } = remedy;
  const proposals = ways.flatMap((way) => changesBy(way, failure, remedy.what, plan, records, world));
  return { id, failure, what, why, proposals, person };
}

function changesBy(
  way: Way,
  failure: Failure,
  what: string,
  plan: Plan,
  records: readonly StageRecord[],
  world: RepairWorld,
): PlanChange[] {
  const { stage, step, participant, limits } = failure;
  switch (way) {
    case 'exclude':
      return participant === undefined
        ? []
        : [{ change: 'exclude', stage, participant, reason: reasonOf(failure, what) }];
    case 'more-memory':
    case 'more-time': {
      const name = way === 'more-memory' ? 'memory_mb' : 'walltime_s';
      const usual = world.skills.get(failure.skill ?? '')?.contract.resources[name] ?? 0;
      // Never less than the skill asks for, where the plan had given it less.
      const more = Math.ceil(Math.max(2 * (limits?.[name] ?? usual), usual));
      return step === undefined || more === 0 ? [] : [{ change: 'resources', stage, step, [name]: more }];
    }
    case 'as-suggested':
      return [...failure.text.matchAll(/--set ([\w-]+)=([\w.-]+)/g)].map(([, parameter = '', text = '']) => ({
        change: 'parameter',
        stage,
        parameter,
        value: valueOf(text),
      }));
    case 'other-skill':
      return otherSkills(failure, plan, records, world);
  }
}

/** Skills that provide what the step asks for, but for the one that failed. Only a step by capability has any. */
function otherSkills(
  { stage, step, skill }: Failure,
  plan: Plan,
  records: readonly StageRecord[],
  { pipelines, skills }: RepairWorld,
): PlanChange[] {
  const planned = plan.stages.find(({ id }) => id === stage);
  const pipeline =
    typeof planned?.pipeline === 'string' ? pipelines.get(planned.pipeline) : planned?.pipeline;
  const chosen = records.find((record) => record.stage === stage)?.providers ?? [];
  return (pipeline?.steps ?? []).flatMap(({ id, capability }): PlanChange[] => {
    if (capability === undefined || (step !== undefined && id !== step)) return [];
    const used = skill ?? chosen.find((each) => each.step === id)?.skill ?? planned?.providers[capability];
    return [...skills.values()]
      .filter((each) => each.contract.provides[capability] !== undefined && each.id !== used)
      .map((each) => ({ change: 'provider', stage, capability, skill: each.id }));
  });
}

function reasonOf({ message, job }: Failure, what: string): string {
  const said = job === undefined ? message : message.replace(`${job}: `, '');
  return `${what} (${said.split('\n')[0]?.slice(0, 200) ?? ''})`;
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
}
