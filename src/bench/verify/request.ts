import { z } from 'zod';
import { taskCheckSchema } from '../task/task.js';

/** What the verifier is asked: a file in its own sandbox, which holds nothing else of the task. */
export const verifyRequestSchema = z.strictObject({
  checks: z.array(taskCheckSchema),
  /** Kind of each artefact by path, and whether it is there. */
  artefacts: z.record(z.string(), z.strictObject({ kind: z.string(), there: z.boolean() })),
});

/** The other question: what a replay made again. */
export const compareRequestSchema = z.strictObject({
  compare: z.array(
    z.strictObject({ path: z.string(), kind: z.string(), mode: z.enum(['exact', 'content']) }),
  ),
});

export const compareAnswerSchema = z.strictObject({
  same: z.array(z.string()),
  different: z.array(z.string()),
});

export type CompareRequest = z.infer<typeof compareRequestSchema>;
export type Comparison = z.infer<typeof compareAnswerSchema>;

export type VerifyRequest = z.infer<typeof verifyRequestSchema>;

/** What it answers. */
export const verdictSchema = z.strictObject({
  id: z.string(),
  ok: z.boolean(),
  /** What the check measured. */
  values: z.record(z.string(), z.unknown()),
  /** What it found wrong, in sentences. */
  evidence: z.array(z.string()),
});

export const verifyAnswerSchema = z.strictObject({ verdicts: z.array(verdictSchema) });

export type Verdict = z.infer<typeof verdictSchema>;
