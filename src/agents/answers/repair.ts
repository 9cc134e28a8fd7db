import { proposeRepairs, type Diagnosis, type RepairProposal } from '../../engine/propose-repairs.js';
import { findRun, planOfRun } from '../../engine/runs.js';
import { NeuroClawError } from '../../kernel/errors.js';
import type { JsonValue } from '../../kernel/json.js';
import type { Plan } from '../../planning/plan.js';
import { describePlanChange, repairPlan } from '../../planning/repair/repair-plan.js';
import type { Question } from '../../planning/question.js';
import type { Minds } from '../minds.js';
import type { Answer } from '../reply.js';
import type { Workplace } from '../workplace.js';

export interface RepairWish {
  readonly out: string;
  /** The last run where it is absent; a beginning of its name is enough. */
  readonly run?: string | undefined;
  /** What the person said to it. */
  readonly said?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** What is known of the failures of a run, and the plan that would mend them. */
export interface RepairOffer extends RepairProposal {
  /** Absent: only a person can mend it, or nothing failed. */
  readonly plan?: Plan;
  /** Who proposed the plan: an orchestrator with its model, or the table of known failures. */
  readonly by?: 'model' | 'table';
  /** What the orchestrator must know first. */
  readonly questions?: readonly Question[];
  /** What the person must be told beside it: why not the model, what the reviewer said. */
  readonly notices: readonly string[];
}

/**
 * Looks for a plan that mends what failed in a run. The orchestrator of what failed is asked first, where there is a model; the
 * table of known failures where there is none, or where the model cannot. Three rounds at most, whoever proposed them.
 * Nothing runs. Throws run.unknown, and policy.denied where the policy says so.
 */
export async function offerRepair(
  { out, run, said = [], signal }: RepairWish,
  work: Pick<Workplace, 'pipelines' | 'skills' | 'policy'>,
  minds: Minds | undefined,
): Promise<RepairOffer> {
  const [pipelines, { skills }, { repairs }] = await Promise.all([
    work.pipelines(),
    work.skills(),
    work.policy(),
  ]);
  if (repairs === 'deny')
    throw new NeuroClawError('policy.denied', 'the policy denies repairs', {
      place: { field: 'repairs' },
      hint: 'make another plan, or change the policy',
    });
  const proposal = await proposeRepairs(out, run, { pipelines, skills });
  const { failed, round, rounds } = proposal;
  if (failed === undefined) return { ...proposal, notices: [] };
  if (round > rounds)
    return { ...proposal, notices: [`the plan was repaired ${rounds} times already: look at it yourself`] };
  const asked =
    minds === undefined
      ? undefined
      : await askMind({ out, run: proposal.run, said, ...(signal === undefined ? {} : { signal }) }, minds);
  if (asked?.plan !== undefined || asked?.questions !== undefined) return { ...proposal, ...asked };
  const notices = asked?.notices ?? [];
  const chosen = proposal.diagnoses.flatMap(({ proposals }) => proposals.slice(0, 1));
  if (chosen.length === 0) return { ...proposal, notices };
  const plan = repairPlan(planOfRun(out, findRun(out, proposal.run).paths), failed, chosen);
  return { ...proposal, plan, by: 'table', notices };
}

async function askMind(
  request: Parameters<Minds['repair']>[0],
  minds: Minds,
): Promise<Pick<RepairOffer, 'plan' | 'by' | 'questions' | 'notices'>> {
  const no = (why: string): string =>
    `the model has no repair (${why}): the table of known failures is asked`;
  try {
    const { outcome, notices } = await minds.repair(request);
    if (outcome.kind === 'plan') return { plan: outcome.plan, by: 'model', notices };
    if (outcome.kind === 'question') return { questions: outcome.questions, notices };
    return { notices: [...notices, no(outcome.reasons.join('; '))] };
  } catch (error) {
    if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
    if (request.signal?.aborted === true) throw error;
    return { notices: [no(error.message)] };
  }
}

/** The offer in words. */
export function repairAnswer(offer: RepairOffer): Answer {
  const { run, round, rounds, diagnoses, plan } = offer;
  const proposer = plan?.origin.repairs?.at(-1)?.proposed_by;
  const lines =
    diagnoses.length === 0
      ? [`run ${run} has no failure`]
      : [
          `run ${run}, repair ${Math.min(round, rounds)} of ${rounds}`,
          ...diagnoses.flatMap((each) => linesOf(each, offer)),
          ...(proposer === undefined ? [] : [`proposed by ${proposer}`]),
        ];
  return {
    kind: 'answer',
    about: 'repair',
    text: lines.join('\n'),
    facts: offer as unknown as JsonValue,
    sources: [{ kind: 'run', name: run }],
  };
}

function linesOf({ failure, what, why, proposals, person }: Diagnosis, { by, plan }: RepairOffer): string[] {
  const [first, ...others] = proposals.map(describePlanChange);
  const changes =
    by === 'table'
      ? [...(first === undefined ? [] : [`  proposed: ${first}`]), ...others.map((text) => `  or: ${text}`)]
      : [
          ...(plan?.origin.reasons ?? []).map((reason) => `  proposed: ${reason}`),
          ...(by === undefined ? [] : proposals.map((change) => `  or: ${describePlanChange(change)}`)),
        ];
  return [
    `${failure.job ?? (failure.stage === '' ? 'the run' : `stage ${failure.stage}`)}: ${what}`,
    `  why: ${why}`,
    ...changes,
    `  you: ${person}`,
  ];
}
