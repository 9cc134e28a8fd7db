import { approversOf, type JobHistory, type RunHistory } from '../../engine/history.js';
import { errorClasses, errorCodes, type ErrorCode } from '../../kernel/error-codes.js';
import { sha256OfJson } from '../../kernel/json.js';
import type { Plan } from '../../planning/plan.js';
import { MAX_ROUNDS, nextRound, withRound } from '../../planning/repair/rounds.js';
import { orchestrate, type Orchestrated, type OrchestrateOptions } from './orchestrate.js';

export interface RepairOptions extends Omit<OrchestrateOptions, 'request' | 'evidence'> {
  /** The plan that failed. */
  readonly plan: Plan;
  readonly history: RunHistory;
}

/** Jobs whose evidence is shown: one cause mostly fails many. */
const SHOWN_JOBS = 3;
const STDERR_LINES = 25;

/**
 * Gives the evidence of a failed run to an orchestrator, which proposes a changed plan: another parameter, another
 * skill, or people left out with the reason. The proposal is a plan like any other: checked, compiled, held against the
 * policy, and run only when a person or the policy approves. `origin.repairs` keeps every round, and so does the trace
 * of its run. "Cannot" after three rounds, for failures that no plan mends, and for a proposal that changes nothing.
 */
export async function proposeRepair(options: RepairOptions): Promise<Orchestrated> {
  const { plan, history } = options;
  const failed = [...history.jobs.values()].filter(({ end }) => end === 'failed' || end === 'rejected');
  const [first] = failed;
  if (first === undefined) return cannot(`no job of run ${history.run} failed`);
  const rounds = plan.origin.repairs ?? [];
  if (nextRound(plan) > MAX_ROUNDS)
    return cannot(`${MAX_ROUNDS} repairs were tried and ${first.job} still fails: ${first.message ?? ''}`);
  const mendable = failed.find(({ code }) => isMendable(code));
  if (mendable === undefined) return cannot(`${first.job}: ${first.message ?? ''}; ${remedyOf(first.code)}`);
  const result = await orchestrate({
    ...options,
    before: plan,
    request: plan.request,
    said: [
      'A run of the plan below failed. Propose a changed plan that mends the cause: a parameter, another skill for a step, or' +
        ' leaving out people or runs, with the reason. Keep everything else as it is. Say "cannot" if no change of the plan mends it.',
      ...rounds.map(
        ({ job, change }) => `Tried before, when ${job ?? 'a stage'} failed: ${change.join('; ')}`,
      ),
      ...(options.said ?? []),
    ],
    evidence: [
      { from: 'plan', text: describePlan(plan, options) },
      ...failed
        .slice(0, SHOWN_JOBS)
        .map((job) => ({ from: `failed job ${job.job}`, text: describeFailure(job) })),
    ],
  });
  if (result.by === 'rules')
    return cannot(...result.notices.map((why) => why.replace(/^planned by rules: /, '')));
  const { outcome } = result;
  if (outcome.kind !== 'plan') return result;
  const proposal = withRest(outcome.plan, plan);
  if (sha256OfJson(proposal.stages) === sha256OfJson(plan.stages))
    return cannot('the proposal is the plan that failed');
  const approvedBy = approversOf(history);
  const of = {
    run: history.run,
    job: mendable.job,
    code: mendable.code ?? '',
    ...(approvedBy === undefined ? {} : { approvedBy }),
  };
  const proposed = {
    proposed_by: `the agent ${options.agent.name} (${options.model.name})`,
    change: proposal.origin.reasons,
  };
  return { ...result, outcome: { ...outcome, plan: withRound(proposal, plan, of, proposed) } };
}

/** What a model has no say in stays as it was: who was left out and why, memory and time, pictures. */
function withRest(proposal: Plan, { stages: before, pictures }: Plan): Plan {
  const stages = proposal.stages.map((stage) => {
    const old =
      before.find(({ id, pipeline }) => id === stage.id && pipeline === stage.pipeline) ??
      before.find(({ pipeline }) => pipeline === stage.pipeline);
    return {
      ...stage,
      ...(old?.exclude === undefined ? {} : { exclude: old.exclude }),
      ...(old?.resources === undefined ? {} : { resources: old.resources }),
    };
  });
  return { ...proposal, ...(pictures === undefined ? {} : { pictures }), stages };
}

/** Only what a tool said or a check found speaks of the plan; a full disk or a lost worker does not. */
function isMendable(code: string | undefined): boolean {
  if (code === undefined || !Object.hasOwn(errorCodes, code)) return false;
  const { class: of } = errorCodes[code as ErrorCode];
  return of === 'tool' || of === 'verification' || of === 'input';
}

function remedyOf(code: string | undefined): string {
  if (code === undefined || !Object.hasOwn(errorCodes, code)) return 'no change of the plan mends this';
  const entry = errorCodes[code as ErrorCode];
  return entry.hint ?? errorClasses[entry.class].remedy;
}

function cannot(...reasons: string[]): Orchestrated {
  return { outcome: { kind: 'cannot', reasons, findings: [] }, by: 'rules', notices: [], compiled: [] };
}

function describePlan(plan: Plan, { privacy }: RepairOptions): string {
  const stages = plan.stages.map(({ id, pipeline, participants, select, params, preset, providers }) => ({
    id,
    pipeline: typeof pipeline === 'string' ? pipeline : pipeline.id,
    participants: participants?.map((label) => privacy.alias(label)) ?? null,
    select,
    params,
    preset: preset ?? null,
    use: providers,
  }));
  return JSON.stringify(stages, null, 1);
}

function describeFailure({ skill, code, message, findings = [], stderrTail = '' }: JobHistory): string {
  const lines = stderrTail.trim().split('\n').slice(-STDERR_LINES);
  return [
    `skill: ${skill ?? ''}`,
    `failure: ${code ?? ''}: ${message ?? ''}`,
    ...findings.map(
      (finding) =>
        `check: ${String(finding['message'] ?? '')} (expected ${String(finding['expected'] ?? 'otherwise')})`,
    ),
    ...(lines.join('') === '' ? [] : ['last lines of stderr:', ...lines]),
  ].join('\n');
}
