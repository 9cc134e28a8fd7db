import { z } from 'zod';
import type { JsonObject } from '../../kernel/json.js';
import type { CompiledStage } from '../../planning/job.js';
import type { Plan } from '../../planning/plan.js';
import type { Budget } from '../budget.js';
import { finish, type Model } from '../model.js';
import type { Privacy } from '../safety/privacy.js';
import { untrusted } from '../safety/untrusted.js';
import { limitsOf, type Agent } from './agent-file.js';
import { lookAround } from './look-around.js';
import { lookTools } from './look-tools.js';
import type { PlanningWorld } from './planning-world.js';
import { systemPrompt } from './prompt.js';

export interface Review {
  readonly blocks: boolean;
  readonly reasons: readonly string[];
}

const reviewSchema = z.strictObject({ verdict: z.enum(['pass', 'block']), reasons: z.array(z.string()) });

const reviewJsonSchema: JsonObject = {
  type: 'object',
  properties: {
    verdict: { type: 'string', enum: ['pass', 'block'] },
    reasons: { type: 'array', items: { type: 'string' } },
  },
  required: ['verdict', 'reasons'],
  additionalProperties: false,
};

export interface ReviewOptions {
  readonly request: string;
  readonly world: PlanningWorld;
  readonly privacy: Privacy;
  readonly model: Model;
  readonly budget: Budget;
  readonly signal?: AbortSignal;
}

/**
 * Reads a compiled plan with fresh eyes: the wish, the plan, what the compiler says, and the dataset; nothing of the
 * conversation that led to it. It can block with a reason and can allow nothing that is not allowed. A review that
 * cannot be read, twice, passes and says so: the checker, the policy and the person come after it.
 */
export async function reviewPlan(
  plan: Plan,
  compiled: readonly CompiledStage[],
  reviewer: Agent,
  { request, world, privacy, model, budget, signal }: ReviewOptions,
): Promise<Review> {
  const counted = budget.within(limitsOf(reviewer), `the agent ${reviewer.name}`).wrap(model);
  const tools = lookTools(world, reviewer, privacy);
  const stages = plan.stages.map(
    ({ id, pipeline, params, preset, participants, select, providers, data }) => ({
      id,
      pipeline: typeof pipeline === 'string' ? pipeline : pipeline.id,
      works_on: 'stage' in data ? data.stage : 'the dataset',
      params,
      preset,
      participants: participants?.map((label) => privacy.alias(label)),
      select,
      providers,
    }),
  );
  const jobs = compiled.map(({ stage, jobs: of, parameters, findings }) => ({
    stage,
    jobs: of.length,
    skills: [...new Set(of.map(({ skill }) => skill))],
    parameters,
    findings: findings.map(({ severity, message }) => `${severity}: ${message}`),
  }));
  const facts = { title: plan.title, stages, compiled: jobs, reasons: plan.origin.reasons };
  const start = [
    { role: 'system' as const, text: systemPrompt(reviewer).text },
    {
      role: 'user' as const,
      text: `The person wanted: ${privacy.hide(request)}\n\n${untrusted('plan', privacy.hide(JSON.stringify(facts, null, 1)))}\n\nLook at what you need to know, then say that you are ready.`,
    },
  ];
  const wait = signal === undefined ? {} : { signal };
  const messages = await lookAround(start, {
    model: counted,
    tools,
    turns: reviewer.budget.turns - 1,
    ...wait,
  });
  messages.push({ role: 'user', text: 'Answer now, as data: verdict "pass" or "block", and reasons.' });
  const schemas = [...tools.values()].map(({ schema }) => schema);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const request_ = {
      messages,
      tools: schemas,
      toolChoice: 'none' as const,
      answer: { name: 'review', schema: reviewJsonSchema },
    };
    const result = await finish(counted.stream(request_, wait));
    const read = readReview(result.text);
    if (read !== undefined) return { ...read, reasons: read.reasons.map((reason) => privacy.show(reason)) };
    messages.push(
      { role: 'assistant', text: result.text },
      { role: 'user', text: 'That is not the JSON that was asked for.' },
    );
  }
  return { blocks: false, reasons: ['the reviewer gave no answer that can be read'] };
}

function readReview(text: string): Review | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const read = reviewSchema.safeParse(document);
  if (!read.success) return undefined;
  const { verdict, reasons } = read.data;
  // To block without a reason is to say nothing.
  if (verdict === 'block' && reasons.length === 0) return undefined;
  return { blocks: verdict === 'block', reasons };
}
