import type { Plan, PlanStage } from '../plan.js';
import { withRound, type FailedRun } from './rounds.js';

/** Who proposes what the table of known failures knows. */
const BY_TABLE = 'the table of known failures';

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

/** A plan derived from another by changes of the table of known failures. Throws plan.cannot after three rounds. */
export function repairPlan(plan: Plan, failed: FailedRun, changes: readonly PlanChange[]): Plan {
  const stages = plan.stages.map((stage) =>
    changes.reduce((next, change) => (change.stage === stage.id ? changed(next, change) : next), stage),
  );
  const proposed = {
    proposed_by: BY_TABLE,
    change: changes.map(describePlanChange),
    changes: changes.map((change) => ({ ...change })),
  };
  return withRound({ ...plan, stages }, plan, failed, proposed);
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
