import type { z } from 'zod';
import type { Finding } from '../kernel/findings.js';
import type { JsonObject } from '../kernel/json.js';
import type { FileFacts } from './file-facts.js';

/** What a check may look at: the output, the inputs it was made from, and the parameters. */
export interface CheckSubject {
  /** Id of the output in the skill's contract. */
  readonly output: string;
  readonly kind: string;
  /** Absolute path of the file or folder to verify. */
  readonly path: string;
  /** Absolute paths by input role. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  /** Absolute paths of the other outputs of the same job, by output id. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly params: JsonObject;
  /** Merged BIDS sidecar of the main input, where there is one. */
  readonly sidecar: JsonObject;
}

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
