import { NeuroClawError } from '../../kernel/errors.js';
import type { Finding } from '../../kernel/findings.js';
import { changePlan } from '../../planning/change-plan.js';
import { parseSeriesMap } from '../../planning/dicom/series-map.js';
import type { Plan } from '../../planning/plan.js';
import type { Exclusion } from '../../planning/plan-request.js';
import type { Minds } from '../minds.js';
import { proposeStages } from '../propose-stages.js';
import type { Asked, Cannot, Proposal } from '../reply.js';
import type { Workplace } from '../workplace.js';
import { openQuestions } from './open-questions.js';
import { isQueried } from '../../planning/request/planning-data.js';
import type { Draft } from './record.js';

export interface DraftContext {
  readonly data: string;
  readonly out: string;
  readonly exclude: readonly Exclusion[];
  readonly prefer: Readonly<Record<string, string>>;
  readonly minds: () => Promise<Minds | undefined>;
  /** The plan that is changed. */
  readonly before?: Plan | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Takes what a person must be told beside the plan. */
  readonly tell?: (notice: string) => void;
}

/** A draft that says nothing but a wish. */
export function draftOf(wish: string): Draft {
  return { wish, amendments: [], inputs: {}, settings: {}, series: {} };
}

/** Turns a draft into a plan that compiles, a question, or the reasons why neither is possible. */
export async function planDraft(
  draft: Draft,
  context: DraftContext,
  work: Workplace,
): Promise<Proposal | Asked | Cannot> {
  const { data, out, exclude, prefer, signal } = context;
  try {
    const minds = draft.agent === undefined ? undefined : await context.minds();
    if (minds !== undefined && draft.agent !== undefined)
      return await planByMind(draft, draft.agent, context, minds, work);
    const outcome = await work.propose({
      wish: draft.wish,
      amendments: draft.amendments,
      data,
      out,
      exclude,
      prefer,
      ...(Object.keys(draft.series).length === 0
        ? {}
        : { series: parseSeriesMap(draft.series, 'your answer') }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (outcome.kind === 'question') return { kind: 'question', questions: outcome.questions };
    if (outcome.kind === 'cannot') return outcome;
    const pipelines = await work.pipelines();
    const plan = changePlan(
      outcome.plan,
      { set: Object.entries(draft.settings), input: Object.entries(draft.inputs) },
      { pipelines },
    );
    return await settle(plan, outcome.findings, work);
  } catch (error) {
    if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
    return cannot(error);
  }
}

/** Lets an orchestrator plan. What it could not do, the rules did: it says so itself. */
async function planByMind(
  draft: Draft,
  agent: string,
  { data, out, exclude, before, signal, tell }: DraftContext,
  minds: Minds,
  work: Workplace,
): Promise<Proposal | Asked | Cannot> {
  const said = [
    ...draft.amendments,
    ...Object.entries(draft.settings).map(([name, value]) => `${name} = ${value}`),
  ];
  const { wish, inputs } = draft;
  const { outcome, notices } = await minds.plan({ agent, wish, said, data, out, inputs, before, signal });
  for (const notice of notices) tell?.(notice);
  if (outcome.kind === 'question') return { kind: 'question', questions: outcome.questions };
  if (outcome.kind === 'cannot') return outcome;
  const plan = changePlan(
    await heldToMemory(outcome.plan, exclude, [wish, ...draft.amendments], data, work),
    { set: Object.entries(draft.settings) },
    { pipelines: await work.pipelines() },
  );
  return settle(plan, outcome.findings, work);
}

/**
 * A plan of a model without those whom the person had excluded, unless the words name them: each stage that works on
 * people says whom it leaves out and why.
 */
export async function heldToMemory(
  plan: Plan,
  exclude: readonly Exclusion[],
  words: readonly string[],
  data: string,
  work: Workplace,
): Promise<Plan> {
  if (exclude.length === 0) return plan;
  const [view, pipelines] = await Promise.all([work.look(data), work.pipelines()]);
  const everyone =
    view.kind === 'bids'
      ? view.dataset.participants.map(({ label }) => label)
      : plan.stages.flatMap(({ naming = [] }) => naming.flatMap(({ entities }) => entities['subject'] ?? []));
  const said = words.join(' ');
  const out = exclude.filter(
    ({ participant }) => everyone.includes(participant) && !said.includes(`sub-${participant}`),
  );
  if (out.length === 0) return plan;
  const stages = plan.stages.map((stage) => {
    const pipeline = typeof stage.pipeline === 'string' ? pipelines.get(stage.pipeline) : stage.pipeline;
    if (pipeline === undefined || !isQueried(pipeline)) return stage;
    const others = (stage.exclude ?? []).filter(
      (each) => !out.some(({ participant }) => participant === each.participant),
    );
    const own = out.filter(({ participant }) => stage.participants?.includes(participant) ?? true);
    return { ...stage, exclude: [...others, ...own.map((each) => ({ ...each }))] };
  });
  const reasons = out.map(
    ({ participant, reason }) => `sub-${participant} is left out, as you had me remember: ${reason}`,
  );
  return { ...plan, stages, origin: { ...plan.origin, reasons: [...plan.origin.reasons, ...reasons] } };
}

/** Shows a plan as it compiles now; what it lacks is asked for where a person can say it. */
export async function settle(
  plan: Plan,
  findings: readonly Finding[],
  work: Workplace,
): Promise<Proposal | Asked | Cannot> {
  const stages = await proposeStages(plan, work);
  const questions = await openQuestions(plan, stages, work);
  if (questions.length > 0) return { kind: 'question', questions };
  const errors = stages.flatMap((stage) => stage.findings.filter(({ severity }) => severity === 'error'));
  if (errors.length > 0) return { kind: 'cannot', reasons: reasonsOf(errors), findings: errors };
  return { kind: 'plan', plan, stages, findings };
}

/** An error as a reply. */
export function cannot(error: NeuroClawError): Cannot {
  const { message, expected, hint, findings } = error;
  const reasons = [expected === undefined ? message : `${message} (expected ${expected})`];
  return { kind: 'cannot', reasons: hint === '' ? reasons : [...reasons, `to do: ${hint}`], findings };
}

/** Each reason once; of many files with one trouble a few are named. */
function reasonsOf(errors: readonly Finding[]): string[] {
  const alike = new Map<string, Finding[]>();
  for (const error of errors) {
    const { file } = error.place ?? {};
    const kind = file === undefined ? error.message : error.message.replaceAll(file, '');
    alike.set(kind, [...(alike.get(kind) ?? []), error]);
  }
  return [...alike.values()].flatMap((group) => {
    const shown = group.slice(0, group.length > SHOWN + 1 ? SHOWN : group.length).map(reason);
    return shown.length === group.length
      ? [...new Set(shown)]
      : [...shown, `the same of ${group.length - shown.length} more files`];
  });
}

/** Of files with the same trouble. */
const SHOWN = 2;

function reason({ message, expected, suggestion }: Finding): string {
  const wanted = expected === undefined ? '' : ` (expected ${expected})`;
  return `${message}${wanted}${suggestion === undefined ? '' : `; to do: ${suggestion}`}`;
}
