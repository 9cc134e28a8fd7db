import { NeuroClawError } from '../../kernel/errors.js';
import type { Plan } from '../plan.js';

export type RepairRound = NonNullable<Plan['origin']['repairs']>[number];

/** The run that a repair begins from, and what went wrong in it first. */
export interface FailedRun {
  readonly run: string;
  /** Absent where a stage could not start. */
  readonly job?: string;
  /** Of the error. */
  readonly code: string;
  /** Who approved the plan that failed. */
  readonly approvedBy?: string;
}

/** After so many repairs, whoever proposed them, a person must look. */
export const MAX_ROUNDS = 3;

/** The repair that would be made of a plan: 1 for one that was not repaired yet. */
export function nextRound(plan: Plan): number {
  return (plan.origin.repairs?.length ?? 0) + 1;
}

/** `repaired` with the rounds of the plan that failed and the one that led to it. Throws plan.cannot after three. */
export function withRound(
  repaired: Plan,
  before: Plan,
  { run, job, code, approvedBy }: FailedRun,
  proposed: Pick<RepairRound, 'proposed_by' | 'change' | 'changes'>,
): Plan {
  if (nextRound(before) > MAX_ROUNDS)
    throw new NeuroClawError('plan.cannot', `the plan was repaired ${MAX_ROUNDS} times already`, {
      hint: 'look at the failures yourself: `neuroclaw status`, `neuroclaw trace show`',
    });
  const rounds = before.origin.repairs ?? [];
  // Who approved the round before is known by now: its run has happened.
  const told = rounds.map((round, index) =>
    index === rounds.length - 1 && approvedBy !== undefined ? { ...round, approved_by: approvedBy } : round,
  );
  const round: RepairRound = { run, ...(job === undefined ? {} : { job }), code, ...proposed };
  return { ...repaired, origin: { ...repaired.origin, repairs: [...told, round] } };
}
