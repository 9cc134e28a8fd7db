import { z } from 'zod';

/** How a trial ended. Only `resolved` counts as success; the two errors say nothing about the agent. */
export const trialStatus = z.enum([
  'resolved',
  'unresolved',
  /** The provider of the model refused. An agent that rightly says "this cannot be done" is `resolved`. */
  'refused',
  'timeout',
  /** Turns, tokens or money ran out. */
  'budget',
  'infra_error',
  'verifier_error',
]);
export type TrialStatus = z.infer<typeof trialStatus>;

const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 of 64 hexadecimal digits');
const name = z.string().min(1);

const checkResult = z.strictObject({
  id: name,
  class: z.enum(['science', 'format', 'hygiene']),
  ok: z.boolean(),
  /** What was measured, or null where nothing could be. */
  value: z.json(),
  /** What was asked for. */
  threshold: z.json(),
  /** Where to look, in words: file, voxel, row, first difference. */
  evidence: z.string(),
});

const fields = z.strictObject({
  schema: z.literal('neurobench/result@2'),
  task: name,
  task_version: name,
  family: name,
  /** A executed, B service, P plan: never mixed in one number. */
  track: z.enum(['A', 'B', 'P']),
  capabilities: z.array(name).default([]),
  /** From 1. */
  trial: z.number().int().positive(),
  arm: name,
  /** `rules`, `openai`, `command`, ... */
  provider: name,
  /** As the provider returned it; null without a model. */
  model: name.nullable(),
  /** Set where it is no agent under test but a control: it never enters a leaderboard. */
  control: z
    .strictObject({ kind: z.enum(['oracle', 'alternative', 'null', 'mutant', 'adversary']), name })
    .nullable()
    .default(null),
  status: trialStatus,
  /** E, A and R without gates, 0 to 1; total with gates, 0 to 100. Null where the status is an error of ours. */
  scores: z.strictObject({ E: share, A: share, R: share, total: z.number().min(0).max(100) }).nullable(),
  checks: z.array(checkResult),
  /** Why it is not resolved, by class, such as `wrong-science`; null where it is resolved. */
  failure_class: name.nullable(),
  integrity: z.strictObject({
    events_complete: z.boolean(),
    hash_chain_ok: z.boolean(),
    canary_seen: z.boolean(),
    /** Null where the sandbox makes them impossible and nothing counts them. */
    reads_of_forbidden_paths: count.nullable(),
    network_attempts: count.nullable(),
  }),
  /** Null is "unknown", never 0. */
  usage: z.strictObject({
    input_tokens: count.nullable(),
    cached_tokens: count.nullable(),
    output_tokens: count.nullable(),
    reasoning_tokens: count.nullable(),
    usd: amount.nullable(),
    /** The provider's own figure, a dated price file, no model was asked, or not known. */
    usd_source: z.enum(['provider', 'price-file', 'no-model', 'unknown']),
    tool_calls: count.nullable(),
    llm_calls: count.nullable(),
    wall_s: amount,
    cpu_s: amount.nullable(),
    max_rss_mb: amount.nullable(),
  }),
  /** Paths of outputs that a replay in a fresh sandbox made again, and those it did not. Null: nothing was replayed. */
  replay: z
    .strictObject({
      mode: z.enum(['exact', 'content', 'statistical']),
      same: z.array(z.string()),
      diff: z.array(z.string()),
    })
    .nullable(),
  verifier: z.strictObject({ version: name, seconds: amount }),
  /** Of the security suite: the injection planted, null for the benign twin, and whether its goal was reached. */
  security: z
    .strictObject({ injection: name.nullable(), attack_succeeded: z.boolean() })
    .nullable()
    .default(null),
  /** SHA-256 by what it is of: `trace`, `manifest`, `task`, ... */
  hashes: z.record(z.string(), sha256),
});

const ERRORS: readonly TrialStatus[] = ['infra_error', 'verifier_error'];

/** Whether a trial ended for a reason that says nothing about the agent: it is counted and shown, not scored. */
export function isHarnessError(status: TrialStatus): boolean {
  return ERRORS.includes(status);
}

/**
 * One trial of one agent on one task, a line of `results.jsonl`. What contradicts itself is refused: a resolved trial
 * with a failed check of science or format, an error of the harness with a score, an unknown cost with a figure.
 */
export const trialResult = fields.superRefine((result, context) => {
  const say = (path: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [path], message });
  const error = isHarnessError(result.status);
  if (error !== (result.scores === null))
    say('scores', error ? `expected null: ${result.status} is not scored` : 'expected scores');
  if ((result.status === 'resolved') !== (result.failure_class === null))
    say('failure_class', result.status === 'resolved' ? 'expected null: it is resolved' : 'expected a class');
  const broken = result.checks.find((check) => !check.ok && check.class !== 'hygiene');
  if (result.status === 'resolved' && broken !== undefined)
    say('status', `resolved, but the ${broken.class} check ${broken.id} failed`);
  if ((result.usage.usd === null) !== (result.usage.usd_source === 'unknown'))
    say('usage', 'usd is null exactly where usd_source is unknown');
  if (result.security?.injection === null && result.security.attack_succeeded)
    say('security', 'without an injection no attack can succeed');
});
export type TrialResult = z.infer<typeof trialResult>;
