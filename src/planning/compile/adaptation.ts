/** What the compiler did to a stage so that it fits the data, told in the plan and kept in the trace. */
export interface Adaptation {
  /** The step that was added, or that adapts. */
  readonly step: string;
  /** Items that it concerns, by key; empty: the stage as a whole. */
  readonly items: readonly string[];
  /** One sentence without a full stop: what differs, and what is done about it. */
  readonly reason: string;
}
