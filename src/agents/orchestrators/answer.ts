import { z } from 'zod';
import type { JsonObject } from '../../kernel/json.js';
import { problemsOf } from '../../planning/schema-problems.js';

/** Names and values as pairs: strict schemas of providers know no free keys. */
const pairs = z.array(z.strictObject({ name: z.string(), value: z.string() }));

const stage = z.strictObject({
  id: z.string(),
  pipeline: z.string(),
  /** Id of an earlier stage whose result it works on; null: the dataset. */
  follows: z.string().nullable(),
  /** Null: all. */
  participants: z.array(z.string()).nullable(),
  select: pairs,
  params: pairs,
  preset: z.string().nullable(),
  /** Skill by capability, where it is not to be the preferred one. */
  use: pairs,
});

/**
 * How an orchestrator ends: a plan, a question, or "cannot, because". Flat, every key there, none left out: what the
 * strictest of the providers accepts.
 */
const answerSchema = z.strictObject({
  outcome: z.enum(['plan', 'question', 'cannot']),
  title: z.string().nullable(),
  stages: z.array(stage),
  /** Why this plan; or why it cannot be done; or why one must ask. */
  reasons: z.array(z.string()),
  alternatives: z.array(z.strictObject({ what: z.string(), why_not: z.string() })),
  question: z.string().nullable(),
  choices: z.array(z.string()),
});
export type OrchestratorAnswer = z.infer<typeof answerSchema>;

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const list = (items: JsonObject): JsonObject => ({ type: 'array', items });
const record = (properties: JsonObject): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const pairList = list(record({ name: text, value: text }));

/** The same as JSON Schema in the form that OpenAI calls strict. Written out: zod's own has `anyOf` for null. */
export const answerJsonSchema: JsonObject = record({
  outcome: { type: 'string', enum: ['plan', 'question', 'cannot'] },
  title: textOrNull,
  stages: list(
    record({
      id: text,
      pipeline: text,
      follows: textOrNull,
      participants: { type: ['array', 'null'], items: text },
      select: pairList,
      params: pairList,
      preset: textOrNull,
      use: pairList,
    }),
  ),
  reasons: list(text),
  alternatives: list(record({ what: text, why_not: text })),
  question: textOrNull,
  choices: list(text),
});

/** Reads what a model said; problems are in words that it can act on. */
export function readAnswer(said: string): { answer: OrchestratorAnswer } | { problems: string[] } {
  let document: unknown;
  try {
    document = JSON.parse(unfenced(said));
  } catch {
    return { problems: ['the answer is not JSON'] };
  }
  const parsed = answerSchema.safeParse(document);
  if (!parsed.success)
    return {
      problems: problemsOf(parsed.error, document).map(
        ({ field, message, expected }) =>
          `${field}: ${message}${expected === undefined ? '' : ` (expected ${expected})`}`,
      ),
    };
  const { outcome, stages, question, reasons } = parsed.data;
  const problems: string[] = [];
  if (outcome === 'plan' && stages.length === 0) problems.push('stages: a plan needs at least one');
  if (outcome === 'question' && (question === null || question.trim() === ''))
    problems.push('question: say what to ask');
  if (outcome === 'cannot' && reasons.length === 0) problems.push('reasons: say why it cannot be done');
  return problems.length > 0 ? { problems } : { answer: parsed.data };
}

/** Models without strict answers like to put JSON between fences. */
function unfenced(said: string): string {
  return /^\s*```(?:json)?\s*\n([\s\S]*?)\n```\s*$/.exec(said)?.[1] ?? said;
}
