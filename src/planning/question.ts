/** Something that a person must say before a plan can be made. */
export interface Question {
  /** Stable name of what is asked: `series-7`, `task`. */
  readonly id: string;
  readonly text: string;
  readonly choices: readonly string[];
  /** How to answer it. */
  readonly set: string;
}
