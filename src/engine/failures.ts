import { errorCodes, type ErrorCode } from '../kernel/error-codes.js';
import { isJsonObject, type JsonObject } from '../kernel/json.js';
import type { Plan } from '../planning/plan.js';
import type { FailureEvidence } from '../planning/repair/remedies.js';
import type { RunHistory } from './history.js';
import type { StageRecord } from './stage-record.js';

export interface Failure extends FailureEvidence {
  /** Limits that the job had, where it started. */
  readonly limits?: { readonly memory_mb?: number; readonly walltime_s?: number };
}

/**
 * What went wrong in a run, from its trace: jobs that failed or were rejected, else what kept a stage from starting.
 * Jobs that were skipped for another one are no failures of their own.
 */
export function failuresOf(history: RunHistory, plan: Plan, records: readonly StageRecord[]): Failure[] {
  const failures: Failure[] = [];
  for (const record of records)
    for (const job of record.jobs) {
      const end = history.jobs.get(job.id);
      if (end?.end !== 'failed' && end?.end !== 'rejected') continue;
      const code = codeOf(end.code);
      const findings = end.findings ?? [];
      const participant = job.entities['sub'];
      failures.push({
        stage: record.stage,
        job: job.id,
        step: job.step,
        skill: job.skill,
        code,
        class: errorCodes[code].class,
        message: end.message ?? '',
        checks: findings.map((finding) => String(finding['code'])),
        text: [...findings.map(wordsOf), end.stderrTail ?? ''].join('\n'),
        ...(participant === undefined ? {} : { participant }),
        ...(end.limits === undefined ? {} : { limits: end.limits }),
      });
    }
  if (failures.length > 0 || history.error === undefined) return failures;
  return stageFailures(history, history.error, plan);
}

/** A stage that could not start: a failure for each participant that its findings name. */
function stageFailures(history: RunHistory, error: JsonObject, plan: Plan): Failure[] {
  const code = codeOf(error['code']);
  const stage = plan.stages.find(({ id }) => !history.approvals.some((approval) => approval.stage === id));
  const own = Array.isArray(error['findings']) ? error['findings'].filter(isJsonObject) : [];
  const found = (history.findings.get(stage?.id ?? '') ?? []).filter(
    (finding) => finding['severity'] === 'error',
  );
  const findings = found.length > 0 ? found : own;
  const about = (list: readonly JsonObject[], participant?: string): Failure => ({
    stage: stage?.id ?? '',
    code,
    class: errorCodes[code].class,
    message: list.length === 1 ? String(list[0]?.['message'] ?? '') : String(error['message'] ?? ''),
    checks: list.map((finding) => String(finding['code'])),
    text: list.map(wordsOf).join('\n'),
    ...(participant === undefined ? {} : { participant }),
  });
  const byParticipant = new Map<string | undefined, JsonObject[]>();
  for (const finding of findings) {
    const label = participantOf(finding);
    byParticipant.set(label, [...(byParticipant.get(label) ?? []), finding]);
  }
  if (byParticipant.size === 0) return [about([])];
  return [...byParticipant].map(([label, list]) => about(list, label));
}

function participantOf(finding: JsonObject): string | undefined {
  const place = isJsonObject(finding['place']) ? finding['place'] : {};
  const text = [place['file'], place['job'], finding['message']].map(String).join(' ');
  return /(?:^|[/_\s])sub-([A-Za-z0-9]+)/.exec(text)?.[1];
}

function wordsOf(finding: JsonObject): string {
  return ['message', 'expected', 'suggestion'].map((field) => String(finding[field] ?? '')).join('\n');
}

function codeOf(value: unknown): ErrorCode {
  return typeof value === 'string' && value in errorCodes ? (value as ErrorCode) : 'internal.bug';
}
