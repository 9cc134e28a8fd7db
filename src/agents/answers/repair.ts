import type { Diagnosis } from '../../engine/propose-repairs.js';
import type { JsonValue } from '../../kernel/json.js';
import { describePlanChange, repairPlan } from '../../planning/repair/repair-plan.js';
import type { Plan } from '../../planning/plan.js';
import type { Answer } from '../reply.js';
import type { Workplace } from '../workplace.js';

/** What is known of the failures of the last run, and the plan that would mend them; absent: only a person can. */
export interface Repair {
  readonly answer: Answer;
  readonly plan?: Plan;
}

/** Looks failures up in the table of known ones. Nothing runs. Throws run.unknown. */
export async function repairOf(out: string, work: Workplace): Promise<Repair> {
  const [{ proposeRepairs }, { findRun, planOfRun }, pipelines, { skills }] = await Promise.all([
    import('../../engine/propose-repairs.js'),
    import('../../engine/runs.js'),
    work.pipelines(),
    work.skills(),
  ]);
  const proposal = await proposeRepairs(out, undefined, { pipelines, skills });
  const { run, round, rounds, diagnoses } = proposal;
  const chosen = round > rounds ? [] : diagnoses.flatMap(({ proposals }) => proposals.slice(0, 1));
  const lines =
    diagnoses.length === 0
      ? [`run ${run} has no failure`]
      : [`run ${run}, repair ${Math.min(round, rounds)} of ${rounds}`, ...diagnoses.flatMap(linesOf)];
  const answer: Answer = {
    kind: 'answer',
    about: 'repair',
    text: lines.join('\n'),
    facts: proposal as unknown as JsonValue,
    sources: [{ kind: 'run', name: run }],
  };
  if (chosen.length === 0) return { answer };
  return { answer, plan: repairPlan(planOfRun(out, findRun(out, run).paths), run, chosen) };
}

function linesOf({ failure, what, why, proposals, person }: Diagnosis): string[] {
  const [first, ...others] = proposals.map(describePlanChange);
  return [
    `${failure.job ?? (failure.stage === '' ? 'the run' : `stage ${failure.stage}`)}: ${what}`,
    `  why: ${why}`,
    ...(first === undefined ? [] : [`  proposed: ${first}`]),
    ...others.map((text) => `  or: ${text}`),
    `  you: ${person}`,
  ];
}
