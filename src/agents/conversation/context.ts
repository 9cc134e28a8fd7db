import type { Memory } from '../memory.js';
import type { Minds } from '../minds.js';
import type { Reply } from '../reply.js';
import type { Workplace } from '../workplace.js';
import type { Draft, RecordBody } from './record.js';
import type { ChatState } from './state.js';

/** A reply with what the conversation must keep beside it. */
export interface Given {
  readonly reply: Reply;
  /** What a plan or a question was made of. */
  readonly draft?: Draft;
  /** The run whose stage a plan is about. */
  readonly run?: string;
  /** What was waited for before is given up. */
  readonly clears?: true;
}

/**
 * What the parts of a conversation (talk, wish, repair, run) share. Each part answers with `Given`s, which the
 * conversation writes down before anybody sees them, and writes down itself only what a person decided and what ran.
 */
export interface Context {
  readonly work: Workplace;
  /** Who speaks, for the trace. */
  readonly person: string;
  /** Where the conversation stands at this moment. */
  readonly state: () => ChatState;
  /** The memory of the project, as it is in its file now. */
  readonly memory: () => Memory;
  /** Undefined: no model is configured, or none can be asked. One budget for the whole conversation. */
  readonly minds: () => Promise<Minds | undefined>;
  readonly append: (turn: number, body: RecordBody) => void;
}
