import { NeuroClawError } from '../../kernel/errors.js';
import type { Plan, PlanStage } from '../plan.js';

/** One change of a plan that may mend a failure. */
export type PlanChange =
  | {
      readonly change: 'exclude';
      readonly stage: string;
      readonly participant: string;
      readonly reason: string;
    }
  | {
      readonly change: 'resources';
      readonly stage: string;
      readonly step: string;
      readonly memory_mb?: number;
      readonly walltime_s?: number;
    }
  | {
      readonly change: 'parameter';
      readonly stage: string;
      readonly parameter: string;
      readonly value: string | number | boolean;
    }
  | {
      readonly change: 'provider';
      readonly stage: string;
      readonly capability: string;
      readonly skill: string;
    };

/** After so many repairs a person must look: what is still wrong is not what the table knows. */
export const MAX_ROUNDS = 3;

/** A plan derived from another by changes that were approved. Throws plan.cannot after three rounds. */
export function repairPlan(plan: Plan, run: string, changes: readonly PlanChange[]): Plan {
  const round = (plan.origin.repair?.round ?? 0) + 1;
  if (round > MAX_ROUNDS)
    throw new NeuroClawError('plan.cannot', `the plan was repaired ${MAX_ROUNDS} times already`, {
      hint: 'look at the failures yourself: `neuroclaw status`, `neuroclaw trace show`',
    });
  const stages = plan.stages.map((stage) =>
    changes.reduce((next, change) => (change.stage === stage.id ? changed(next, change) : next), stage),
  );
  const { repair: _before, ...origin } = plan.origin;
  return {
    ...plan,
    origin: { ...origin, repair: { of: run, round, changes: changes.map((change) => ({ ...change })) } },
    stages,
  };
}

function changed(stage: PlanStage, change: PlanChange): PlanStage {
  switch (change.change) {
    case 'exclude': {
      const { participant, reason } = change;
      const before = (stage.exclude ?? []).filter((each) => each.participant !== participant);
      return { ...stage, exclude: [...before, { participant, reason }] };
    }
    case 'resources': {
      const { step, memory_mb, walltime_s } = change;
      const more = {
        ...stage.resources?.[step],
        ...(memory_mb === undefined ? {} : { memory_mb }),
        ...(walltime_s === undefined ? {} : { walltime_s }),
      };
      return { ...stage, resources: { ...stage.resources, [step]: more } };
    }
    case 'parameter':
      return { ...stage, params: { ...stage.params, [change.parameter]: change.value } };
    case 'provider':
      return { ...stage, providers: { ...stage.providers, [change.capability]: change.skill } };
  }
}

/** One line for people. */
export function describePlanChange(change: PlanChange): string {
  switch (change.change) {
    case 'exclude':
      return `leave out sub-${change.participant} of stage ${change.stage}: ${change.reason}`;
    case 'resources': {
      const parts = [
        ...(change.memory_mb === undefined ? [] : [`${change.memory_mb} MB of memory`]),
        ...(change.walltime_s === undefined ? [] : [`${change.walltime_s} s of time`]),
      ];
      return `give step ${change.step} of stage ${change.stage} ${parts.join(' and ')}`;
    }
    case 'parameter':
      return `set ${change.parameter} of stage ${change.stage} to ${String(change.value)}`;
    case 'provider':
      return `do ${change.capability} of stage ${change.stage} by ${change.skill}`;
  }
}
