import { NeuroClawError } from '../kernel/errors.js';
import type { JsonObject } from '../kernel/json.js';
import { nearest } from '../kernel/text.js';
import { readHistory, type JobHistory } from './history.js';
import { findRun, planOfRun } from './runs.js';
import { readStageRecords } from './stage-record.js';

/** One reason why a run did not do everything for a participant. */
export interface ParticipantReason {
  readonly stage: string;
  readonly kind:
    'excluded' | 'not selected' | 'left out' | 'noted' | 'failed' | 'rejected' | 'cancelled' | 'skipped';
  readonly what: string;
  readonly job?: string;
  /** Checks that failed, for a result that was rejected. */
  readonly checks?: readonly string[];
  readonly skipped?: readonly string[];
}

export interface ParticipantStory {
  readonly run: string;
  /** Label without `sub-`. */
  readonly participant: string;
  /** `complete`: every job of this participant has a result. */
  readonly state: 'complete' | 'excluded' | 'failed' | 'incomplete' | 'unknown';
  readonly reasons: readonly ParticipantReason[];
  readonly done: number;
  readonly planned: number;
}

/**
 * Why a run has no, or not every, result of a participant: from its plan, its trace and the records of its stages.
 * Throws run.unknown where neither names such a participant, with the nearest that they do name.
 */
export async function explainParticipant(
  out: string,
  name: string | undefined,
  label: string,
): Promise<ParticipantStory> {
  const participant = label.replace(/^sub-/, '');
  const { run, paths } = findRun(out, name);
  const [history, plan, records] = [
    await readHistory(paths.trace),
    planOfRun(out, paths),
    readStageRecords(paths),
  ];
  const reasons: ParticipantReason[] = [];
  const known = new Set<string>();
  let [done, planned] = [0, 0];
  for (const stage of plan.stages) {
    for (const each of stage.participants ?? []) known.add(each.replace(/^sub-/, ''));
    const excluded = (stage.exclude ?? []).find((each) => each.participant === participant);
    for (const each of stage.exclude ?? []) known.add(each.participant);
    if (excluded !== undefined) {
      reasons.push({ stage: stage.id, kind: 'excluded', what: excluded.reason });
      continue;
    }
    const jobs = records.find((record) => record.stage === stage.id)?.jobs ?? [];
    for (const { entities } of jobs) if (entities['sub'] !== undefined) known.add(entities['sub']);
    const own = jobs.filter(({ entities }) => entities['sub'] === participant);
    for (const finding of history.findings.get(stage.id) ?? [])
      if (names(finding, participant))
        reasons.push({
          stage: stage.id,
          // A warning about somebody who has jobs left nobody out.
          kind: own.length > 0 && finding['severity'] !== 'error' ? 'noted' : 'left out',
          what: String(finding['message']),
        });
    planned += own.length;
    const histories = own.flatMap(({ id }) => history.jobs.get(id) ?? []);
    done += histories.filter(({ end }) => end === 'committed' || end === 'reused').length;
    reasons.push(...endings(stage.id, histories));
    if (
      own.length === 0 &&
      stage.participants !== undefined &&
      !stage.participants.some((each) => each.replace(/^sub-/, '') === participant)
    )
      reasons.push({
        stage: stage.id,
        kind: 'not selected',
        what: `the plan is for ${stage.participants.map((each) => `sub-${each.replace(/^sub-/, '')}`).join(', ')}`,
      });
  }
  if (planned === 0 && reasons.length === 0) throw unknown(participant, run, known, paths.folder);
  return { run, participant, state: stateOf(reasons, done, planned), reasons, done, planned };
}

function stateOf(
  reasons: readonly ParticipantReason[],
  done: number,
  planned: number,
): ParticipantStory['state'] {
  if (reasons.some(({ kind }) => kind === 'failed' || kind === 'rejected')) return 'failed';
  if (planned === 0) return 'excluded';
  return done === planned ? 'complete' : 'incomplete';
}

/** What failed, each with what was skipped for it. */
function endings(stage: string, jobs: readonly JobHistory[]): ParticipantReason[] {
  const skipped = jobs.filter(({ end }) => end === 'skipped');
  const told = new Set<string>();
  const reasons = jobs.flatMap(({ job, end, message = '', findings = [] }): ParticipantReason[] => {
    if (end !== 'failed' && end !== 'rejected' && end !== 'cancelled') return [];
    const checks = [...new Set(findings.map(({ code }) => String(code)))];
    const after = followers(job, skipped);
    for (const each of after) told.add(each);
    const extra = {
      ...(end === 'rejected' && checks.length > 0 ? { checks } : {}),
      ...(after.length > 0 ? { skipped: after } : {}),
    };
    return [{ stage, kind: end, what: message, job, ...extra }];
  });
  for (const { job, message = '' } of skipped)
    if (!told.has(job)) reasons.push({ stage, kind: 'skipped', what: message, job });
  return reasons;
}

/** Jobs that were skipped because of this one, also through others: their reasons name the job before them. */
function followers(job: string, skipped: readonly JobHistory[]): string[] {
  const found = new Set([job]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const { job: id, message = '' } of skipped)
      if ([...found].some((each) => message.startsWith(`${each} `))) found.add(id);
  }
  found.delete(job);
  return [...found];
}

/** A finding of a stage that names the participant in its words or its place. */
function names(finding: JsonObject, participant: string): boolean {
  if (finding['severity'] === 'info') return false;
  const word = new RegExp(`\\bsub-${participant}(?![A-Za-z0-9])`);
  return word.test(String(finding['message'])) || word.test(JSON.stringify(finding['place'] ?? {}));
}

function unknown(participant: string, run: string, known: ReadonlySet<string>, file: string): NeuroClawError {
  const near = nearest(participant, known);
  return new NeuroClawError(
    'run.unknown',
    `the run ${run} names no participant sub-${participant}${near === undefined ? '' : `; did you mean sub-${near}?`}`,
    {
      place: { file },
      expected: [...known].map((label) => `sub-${label}`).join(', ') || 'a participant of the data',
      hint: 'the data had none of that name when the run was compiled',
    },
  );
}
