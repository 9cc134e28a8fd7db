import type { WhatIf } from '../../engine/what-if.js';
import type { JsonValue } from '../../kernel/json.js';
import { changePlan } from '../../planning/change-plan.js';
import type { Plan } from '../../planning/plan.js';
import type { Answer, Reply } from '../reply.js';
import { note } from '../reply.js';
import type { Workplace } from '../workplace.js';
import { plural } from './dataset.js';
import { pastRun } from './last-runs.js';
import { settingsIn } from './settings-in.js';

/**
 * What would run again if something were set otherwise, by the keys of the jobs: the plan that waits, or that of the last
 * run, with the change. Nothing runs.
 */
export async function whatIfAnswer(
  out: string,
  words: string,
  open: Plan | undefined,
  work: Workplace,
): Promise<Reply> {
  const plan = open ?? (await pastRun(out)).plan;
  const [pipelines, { skills }] = await Promise.all([work.pipelines(), work.skills()]);
  const { settings, unknown, known } = settingsIn(words, plan, pipelines, skills);
  if (settings.length === 0)
    return note(
      unknown.length > 0
        ? `no parameter of this plan is called ${unknown.join(' or ')}; there are: ${known.join(', ')}`
        : `say what would be set to what, such as "what would rerun if I set ${known[0] ?? 'NAME'} to …"; there are: ${known.join(', ')}`,
    );
  const changed = changePlan(plan, { set: settings }, { pipelines });
  const { whatIf } = await import('../../engine/what-if.js');
  return answerOf(settings, await whatIf(plan, changed, await work.world()), plan);
}

function answerOf(
  settings: readonly (readonly [string, string])[],
  { stages, reruns, fresh, reused, gone, seconds }: WhatIf,
  plan: Plan,
): Answer {
  const jobs = stages.flatMap((stage) => stage.jobs);
  const touched = new Set([...reruns, ...fresh]);
  const again = jobs.filter(({ job }) => touched.has(job));
  const bySteps = new Map<string, { count: number; why: string }>();
  for (const { job, why } of again) {
    const step = job.split('/').slice(0, 2).join('/');
    bySteps.set(step, { count: (bySteps.get(step)?.count ?? 0) + 1, why: bySteps.get(step)?.why ?? why });
  }
  const errors = stages.flatMap(({ findings }) => findings.filter(({ severity }) => severity === 'error'));
  const waiting = stages.flatMap(({ stage, after }) =>
    after === undefined ? [] : [`${stage} compiles after ${after}`],
  );
  const what = settings.map(([name, value]) => `${name} = ${value}`).join(', ');
  const lines = [
    `with ${what}: ${again.length === 0 ? 'nothing would run again' : `${again.length} of ${plural(jobs.length, 'job')} would run`}, ${plural(reused.length, 'committed result')} would serve as ${reused.length === 1 ? 'it is' : 'they are'}`,
    ...[...bySteps].map(([step, { count, why }]) => `  ${step}: ${plural(count, 'job')}, ${why}`),
    ...(gone.length === 0 ? [] : [`  ${plural(gone.length, 'job')} of the plan as it is would be no more`]),
    ...(seconds === undefined ? [] : [`  those that ran before took ${Math.ceil(seconds)} s`]),
    ...waiting.map((text) => `  ${text}`),
    ...errors.map(
      ({ message, expected }) =>
        `it cannot be set so: ${message}${expected === undefined ? '' : ` (expected ${expected})`}`,
    ),
  ];
  return {
    kind: 'answer',
    about: 'what-if',
    text: lines.join('\n'),
    facts: {
      settings: Object.fromEntries(settings),
      would_run: again.map(({ job }) => job),
      stay: reused.length,
      gone: [...gone],
      stages: stages as unknown as JsonValue,
    },
    sources: [{ kind: 'plan', name: plan.title }],
  };
}
