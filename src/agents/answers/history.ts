import type { Plan } from '../../planning/plan.js';
import type { Answer } from '../reply.js';
import { plural } from './dataset.js';
import { pastRun } from './last-runs.js';

/**
 * Who asked, planned, approved and started what, and how it ended, for each run of an output folder; and where the plan
 * comes from that waits for a yes.
 */
export async function historyAnswer(out: string, waiting?: Plan): Promise<Answer> {
  const { listRuns } = await import('../../engine/runs.js');
  const runs = listRuns(out).slice(-10);
  const facts = await Promise.all(
    runs.map(async (name) => {
      const { run, plan, history } = await pastRun(out, name);
      return {
        run,
        request: plan.request,
        title: plan.title,
        planned_by: history.plannedBy.id,
        started_by: history.actor.id,
        approvals: history.approvals.map(({ stage, ts, actor }) => ({ stage, ts, by: actor.id })),
        outcome: history.outcome ?? 'not ended',
        jobs: history.jobs.size,
        substitutions: history.substitutions.length,
      };
    }),
  );
  const lines = facts.flatMap((fact) => [
    `run ${fact.run}: ${fact.title}, ${fact.outcome}, ${plural(fact.jobs, 'job')}`,
    ...(fact.request === '' ? [] : [`  asked for: "${fact.request}"`]),
    `  planned by ${fact.planned_by}, started by ${fact.started_by}`,
    ...fact.approvals.map(({ stage, ts, by }) => `  stage ${stage} approved by ${by} at ${ts}`),
  ]);
  if (waiting !== undefined) lines.push(...originOf(waiting));
  return {
    kind: 'answer',
    about: 'history',
    text: lines.length === 0 ? 'nothing ran in this output folder yet' : lines.join('\n'),
    facts,
    sources: runs.map((name) => ({ kind: 'run', name })),
  };
}

function originOf({ title, request, origin }: Plan): string[] {
  const { planner, model, reasons, repairs = [] } = origin;
  const who = model === undefined ? planner : `the agent ${model.agent} (${model.name})`;
  return [
    `the plan that waits for a yes: ${title}`,
    ...(request === '' ? [] : [`  asked for: "${request}"`]),
    `  planned by ${who}`,
    ...reasons.map((reason) => `  - ${reason}`),
    ...repairs.map(({ run, proposed_by }) => `  repairs run ${run}, proposed by ${proposed_by}`),
  ];
}
