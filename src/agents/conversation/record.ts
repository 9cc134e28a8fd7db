import type { Plan } from '../../planning/plan.js';
import type { Spent } from '../budget.js';
import type { Reply } from '../reply.js';

/** What a plan is made of: the wish and everything that was said to change or complete it. */
export interface Draft {
  readonly wish: string;
  /** The orchestrator that plans it; absent: the rules do. */
  readonly agent?: string;
  /** It repairs this run: the wish is that of the run. */
  readonly repair?: string;
  readonly amendments: readonly string[];
  /** Files that the pipelines ask for, by input; absolute. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Parameters that were set by name, as text. */
  readonly settings: Readonly<Record<string, string>>;
  /** DICOM series -> BIDS name, or `skip`. */
  readonly series: Readonly<Record<string, string>>;
}

/** Who decided: a person, or a rule of the product. */
export type Decision = 'approved' | 'declined';

/** One line of a conversation, without the members that every line has. */
export type RecordBody =
  | { readonly type: 'opened'; readonly data?: string; readonly out?: string; readonly planner: string }
  | { readonly type: 'folders'; readonly data?: string; readonly out?: string }
  | { readonly type: 'said'; readonly text: string }
  /**
   * `draft`: what a plan or a question was made of. `run`: the run whose stage a plan is about. `clears`: what was
   * waited for before is given up.
   */
  | {
      readonly type: 'reply';
      readonly reply: Reply;
      readonly draft?: Draft;
      readonly run?: string;
      readonly clears?: true;
    }
  | { readonly type: 'decided'; readonly decision: Decision; readonly by: string; readonly run?: string }
  | { readonly type: 'run'; readonly run: string; readonly state: string; readonly plan?: Plan }
  /** What models cost in all so far, after an answer of one. */
  | { readonly type: 'spent'; readonly spent: Spent }
  /** The turn is taken back: what it decided no longer counts. */
  | { readonly type: 'undone'; readonly of: number };

/** A line of `chats/<name>.jsonl`: turns count from 1, lines of a turn share its number. */
export type ChatRecord = RecordBody & {
  readonly v: 1;
  readonly turn: number;
  /** ISO 8601 UTC. */
  readonly ts: string;
};
