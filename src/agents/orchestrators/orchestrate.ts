import { NeuroClawError } from '../../kernel/errors.js';
import { hasErrors, type Finding } from '../../kernel/findings.js';
import type { JsonObject } from '../../kernel/json.js';
import type { CompiledStage } from '../../planning/job.js';
import type { Plan } from '../../planning/plan.js';
import type { PlanningOutcome } from '../../planning/planning-outcome.js';
import type { Budget, BudgetLimits, Spent } from '../budget.js';
import { finish, type Model, type ModelMessage, type ModelResult } from '../model.js';
import type { Privacy } from '../safety/privacy.js';
import { untrusted } from '../safety/untrusted.js';
import { limitsOf, type Agent } from './agent-file.js';
import { answerJsonSchema, readAnswer, type OrchestratorAnswer } from './answer.js';
import { lookAround } from './look-around.js';
import { lookTools } from './look-tools.js';
import { planOfAnswer } from './plan-of-answer.js';
import type { PlanningWorld } from './planning-world.js';
import { CONCLUDE, systemPrompt } from './prompt.js';
import { reviewPlan, type Review } from './review.js';

export interface OrchestrateOptions {
  readonly agent: Agent;
  /** Reads the plan with fresh eyes; absent: nobody does. */
  readonly reviewer?: Agent | undefined;
  /** The wish, in the person's words. */
  readonly request: string;
  /** What was said before that matters, such as answers to questions. In the person's words as well. */
  readonly said?: readonly string[];
  /** Evidence that comes from files and programs, each with its source: shown as untrusted. */
  readonly evidence?: readonly { readonly from: string; readonly text: string }[];
  readonly world: PlanningWorld;
  readonly privacy: Privacy;
  readonly model: Model;
  /** Of the conversation; the limits of the run and the agent's own hold within it. */
  readonly budget: Budget;
  /** What the model may cost for one plan: making it, changing it, repairing its run. */
  readonly runLimits?: BudgetLimits | undefined;
  /** The plan that is changed or repaired: what it has cost counts. */
  readonly before?: Plan | undefined;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: OrchestratorStep) => void;
}

export type OrchestratorStep =
  | { readonly type: 'looked'; readonly tool: string; readonly args: JsonObject }
  | { readonly type: 'writing'; readonly characters: number }
  | { readonly type: 'corrected'; readonly problems: readonly string[] }
  | { readonly type: 'waiting'; readonly seconds: number; readonly reason: string };

export interface Orchestrated {
  readonly outcome: PlanningOutcome;
  readonly by: 'model' | 'rules';
  /** What the person must be told beside the outcome: why the rules planned, what the reviewer said. */
  readonly notices: readonly string[];
  /** Of a plan: what was compiled, for those stages whose data are there. */
  readonly compiled: readonly CompiledStage[];
}

/** How often the checker sends an answer back. */
const CORRECTIONS = 2;

/**
 * Lets an orchestrator plan: it looks with its tools, then must end with a plan, a question or "cannot, because". A plan
 * is checked by our own rules and compiled; what is wrong goes back to it, twice at most. After that, and whenever the
 * model or its provider fails, the rules plan, which `notices` say. Throws only what stops everything: a cancellation.
 */
export async function orchestrate(options: OrchestrateOptions): Promise<Orchestrated> {
  try {
    return await planByModel(options);
  } catch (error) {
    if (!(error instanceof NeuroClawError)) throw error;
    if (error.errorClass !== 'provider' && error.errorClass !== 'budget') throw error;
    return planByRules(options, `the model could not plan (${error.message})`);
  }
}

async function planByModel(given: OrchestrateOptions): Promise<Orchestrated> {
  const { agent, world, privacy, signal, onStep, runLimits = {}, before } = given;
  const budget = given.budget.within(runLimits, 'the run', spentOn(before));
  const options = { ...given, budget };
  const model = budget.within(limitsOf(agent), `the agent ${agent.name}`).wrap(given.model);
  const tools = lookTools(world, agent, privacy);
  const prompt = systemPrompt(agent);
  const messages = await lookAround(opening(prompt.text, options), {
    model,
    tools,
    // One answer must be left for the end, and those for corrections.
    turns: Math.max(1, agent.budget.turns - 1 - CORRECTIONS),
    ...(signal === undefined ? {} : { signal }),
    watch: (tool, args) => onStep?.({ type: 'looked', tool, args }),
  });
  messages.push({ role: 'user', text: CONCLUDE });
  let problems: readonly string[] = [];
  for (let correction = 0; correction <= CORRECTIONS; correction += 1) {
    const result = await conclude(messages, model, tools, options);
    if (result.finish === 'refusal')
      return planByRules(
        options,
        `the model declined to answer${result.refusal === undefined ? '' : `: ${result.refusal}`}`,
      );
    const settled = await settle(result, prompt.sha256, options);
    if ('outcome' in settled)
      return {
        ...settled,
        outcome: withCost(settled.outcome, correction, budget),
        by: 'model',
        notices: settled.notices,
      };
    ({ problems } = settled);
    onStep?.({ type: 'corrected', problems });
    messages.push(
      { role: 'assistant', text: result.text },
      { role: 'user', text: correctionText(problems, privacy) },
    );
  }
  return planByRules(
    options,
    `the plan of the model did not pass the checker after ${CORRECTIONS} corrections (${problems[0] ?? ''})`,
  );
}

function opening(
  system: string,
  { request, said = [], evidence = [], privacy }: OrchestrateOptions,
): ModelMessage[] {
  const parts = [
    `The person wants: ${privacy.hide(request)}`,
    ...said.map((line) => `The person also said: ${privacy.hide(line)}`),
    ...evidence.map(({ from, text }) => untrusted(from, privacy.hide(text))),
    'Look at what you need to know, then say that you are ready.',
  ];
  return [
    { role: 'system', text: system },
    { role: 'user', text: parts.join('\n\n') },
  ];
}

async function conclude(
  messages: readonly ModelMessage[],
  model: Model,
  tools: ReturnType<typeof lookTools>,
  { signal, onStep }: OrchestrateOptions,
): Promise<ModelResult> {
  let characters = 0;
  const stream = model.stream(
    {
      messages,
      tools: [...tools.values()].map(({ schema }) => schema),
      toolChoice: 'none',
      answer: { name: 'answer', schema: answerJsonSchema },
    },
    signal === undefined ? {} : { signal },
  );
  return finish(stream, (part) => {
    if (part.type === 'text') onStep?.({ type: 'writing', characters: (characters += part.text.length) });
    else onStep?.(part);
  });
}

type Settled =
  | {
      readonly outcome: PlanningOutcome;
      readonly compiled: readonly CompiledStage[];
      readonly notices: readonly string[];
    }
  | { readonly problems: readonly string[] };

/** What an answer comes to: an outcome, or problems that go back. */
async function settle(
  result: ModelResult,
  promptSha256: string,
  options: OrchestrateOptions,
): Promise<Settled> {
  if (result.finish === 'length') return { problems: ['the answer was cut: make it shorter'] };
  const read = readAnswer(result.text);
  if ('problems' in read) return read;
  const { answer } = read;
  if (answer.outcome !== 'plan')
    return { outcome: withoutPlan(answer, options.privacy), compiled: [], notices: [] };
  const author = { model: options.model.name, agent: options.agent, promptSha256, request: options.request };
  const made = planOfAnswer(answer, author, options.world, options.privacy);
  if ('problems' in made) return made;
  const checked = await checkPlan(made.plan, options.world);
  if (checked.problems.length > 0) return checked;
  const outcome: PlanningOutcome = { kind: 'plan', plan: made.plan, findings: checked.warnings };
  if (options.reviewer === undefined) return { outcome, compiled: checked.compiled, notices: [] };
  const review = await reviewOf(made.plan, checked.compiled, options.reviewer, options);
  if (review.blocks)
    return {
      outcome: {
        kind: 'cannot',
        reasons: review.reasons.map((reason) => `the reviewer blocks the plan: ${reason}`),
        findings: [],
      },
      compiled: [],
      notices: [],
    };
  return {
    outcome,
    compiled: checked.compiled,
    notices: review.reasons.map((reason) => `the reviewer notes: ${reason}`),
  };
}

/** A reviewer that cannot be asked does not unmake a plan that passed the checker: the person is told. */
async function reviewOf(
  plan: Plan,
  compiled: readonly CompiledStage[],
  reviewer: Agent,
  options: OrchestrateOptions,
): Promise<Review> {
  try {
    return await reviewPlan(plan, compiled, reviewer, options);
  } catch (error) {
    if (!(error instanceof NeuroClawError)) throw error;
    if (error.errorClass !== 'provider' && error.errorClass !== 'budget') throw error;
    return { blocks: false, reasons: [`no review was made: ${error.message}`] };
  }
}

function withoutPlan(answer: OrchestratorAnswer, privacy: Privacy): PlanningOutcome {
  const show = (text: string): string => privacy.show(text);
  if (answer.outcome === 'cannot') return { kind: 'cannot', reasons: answer.reasons.map(show), findings: [] };
  return {
    kind: 'question',
    questions: [
      {
        id: 'model',
        text: show(answer.question ?? ''),
        choices: answer.choices.map(show),
        set: 'answer in your own words',
      },
    ],
    findings: [],
  };
}

interface CheckedPlan {
  readonly compiled: readonly CompiledStage[];
  readonly problems: readonly string[];
  readonly warnings: readonly Finding[];
}

/** Compiles every stage whose data are there already, and asks the policy about what they would do. */
export async function checkPlan(plan: Plan, world: PlanningWorld): Promise<CheckedPlan> {
  const compiled: CompiledStage[] = [];
  const problems: string[] = [];
  const warnings: Finding[] = [];
  for (const { id, data } of plan.stages) {
    if ('stage' in data) continue;
    try {
      const stage = await world.compile(plan, id);
      compiled.push(stage);
      if (hasErrors(stage.findings))
        problems.push(
          ...stage.findings.filter(({ severity }) => severity === 'error').map((each) => tell(id, each)),
        );
      else if (stage.jobs.length === 0) problems.push(`stage ${id}: nothing of the data fits it`);
      warnings.push(...stage.findings.filter(({ severity }) => severity === 'warning'));
    } catch (error) {
      if (!(error instanceof NeuroClawError) || error.errorClass === 'internal') throw error;
      problems.push(
        `stage ${id}: ${error.message}${error.expected === undefined ? '' : ` (expected ${error.expected})`}`,
      );
    }
  }
  const policy = world.decide(compiled);
  for (const finding of policy.findings)
    if (finding.severity === 'error') problems.push(finding.message);
    else warnings.push(finding);
  return { compiled, problems, warnings };
}

function tell(stage: string, { message, place, expected, suggestion }: Finding): string {
  const field = place?.field === undefined ? '' : ` (${place.field})`;
  const more = [expected === undefined ? '' : `expected ${expected}`, suggestion ?? ''].filter(
    (text) => text !== '',
  );
  return `stage ${stage}${field}: ${message}${more.length === 0 ? '' : `; ${more.join('; ')}`}`;
}

const MOST_PROBLEMS = 20;

/** Problems quote names of files and values of the data: they are shown as what they are. */
function correctionText(problems: readonly string[], privacy: Privacy): string {
  const lines = problems.slice(0, MOST_PROBLEMS).map((problem) => `- ${privacy.hide(problem)}`);
  return `Your answer does not pass the checker:\n${untrusted('checker', lines.join('\n'))}\n${CONCLUDE}`;
}

function withCost(outcome: PlanningOutcome, corrections: number, budget: Budget): PlanningOutcome {
  if (outcome.kind !== 'plan' || outcome.plan.origin.model === undefined) return outcome;
  const { inputTokens, outputTokens, money, currency } = budget.spent;
  const model = {
    ...outcome.plan.origin.model,
    corrections,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    ...(money === undefined || currency === undefined ? {} : { money, currency }),
  };
  return { ...outcome, plan: { ...outcome.plan, origin: { ...outcome.plan.origin, model } } };
}

/** What a plan has cost so far; one that rules made, nothing. */
function spentOn(plan: Plan | undefined): Spent | undefined {
  const cost = plan?.origin.model;
  if (cost === undefined) return undefined;
  const { input_tokens: inputTokens = 0, output_tokens: outputTokens = 0, money } = cost;
  return { answers: 0, inputTokens, outputTokens, cachedTokens: 0, estimatedTokens: 0, money, seconds: 0 };
}

async function planByRules({ world, request }: OrchestrateOptions, why: string): Promise<Orchestrated> {
  const outcome = await world.rules(request);
  return { outcome, by: 'rules', notices: [`planned by rules: ${why}`], compiled: [] };
}
