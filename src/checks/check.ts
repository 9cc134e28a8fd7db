import type { z } from 'zod';
import type { Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import type { FileFacts } from './file-facts.js';
import type { CheckSubject } from './subject.js';

export type { CheckSubject } from './subject.js';

export interface CheckOutcome {
  readonly findings: readonly Finding[];
  /** Measured numbers worth keeping, such as a volume in mL. */
  readonly values?: JsonObject;
}

/** One verification. Pure in its arguments and the files; streams, so that memory stays bounded whatever the size. */
export interface Check<Args = unknown> {
  readonly name: string;
  /** Raised when the verdict can change: committed outputs are then verified again. */
  readonly version: number;
  /** One sentence: which real mistake it catches. */
  readonly catches: string;
  readonly args: z.ZodType<Args>;
  run(subject: CheckSubject, args: Args, facts: FileFacts): Promise<CheckOutcome>;
}

/** Declares a check; the arguments are typed by its schema. */
export function defineCheck<Args>(check: Check<Args>): Check {
  return { ...check, run: (subject, args, facts) => check.run(subject, args as Args, facts) };
}
