import type { JsonObject } from '../kernel/json.js';

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
