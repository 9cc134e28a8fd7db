import type { Plan } from '../../planning/plan.js';
import type { Question } from '../../planning/question.js';
import type { Spent } from '../budget.js';
import type { Reply } from '../reply.js';
import type { ChatRecord, Draft } from './record.js';

/** What a conversation waits for. */
export type Waiting =
  | { readonly for: 'answer'; readonly questions: readonly Question[]; readonly draft: Draft }
  | {
      readonly for: 'approval';
      readonly plan: Plan;
      /** Stages that were shown with their jobs: what a yes is about. */
      readonly shown: readonly string[];
      /** Absent for a plan that was not made of words here. */
      readonly draft?: Draft;
      /** A run that goes on with it. */
      readonly run?: string;
    }
  /** A yes was given, and the process ended before the run began. */
  | {
      readonly for: 'start';
      readonly plan: Plan;
      readonly shown: readonly string[];
      readonly run?: string;
    };

export interface Turn {
  readonly turn: number;
  readonly ts: string;
  readonly said: string;
  readonly replies: readonly Reply[];
}

/** Where a conversation stands, from its lines alone. */
export interface ChatState {
  readonly data: string | undefined;
  readonly out: string | undefined;
  readonly turns: readonly Turn[];
  readonly waiting: Waiting | undefined;
  /** The last run of this conversation, and whether its end is known here. */
  readonly run:
    | {
        readonly id: string;
        readonly ended: boolean;
        /** Stages that a yes was about when it began: that yes holds for its resume. */
        readonly approved: readonly string[];
      }
    | undefined;
  /** What models cost in all so far; undefined: none was asked. */
  readonly spent: Spent | undefined;
  /** Number of the last turn that was begun. */
  readonly last: number;
}

/** Replays the lines of a conversation. Turns that were taken back leave no mark on what it waits for. */
export function stateOf(records: readonly ChatRecord[]): ChatState {
  const undone = new Set(records.flatMap((record) => (record.type === 'undone' ? [record.of] : [])));
  let [data, out]: [string | undefined, string | undefined] = [undefined, undefined];
  let waiting: Waiting | undefined;
  let run: ChatState['run'];
  const turns = new Map<number, { turn: number; ts: string; said: string; replies: Reply[] }>();
  let spent: Spent | undefined;
  for (const record of records) {
    if (record.type === 'spent') {
      // Taken back or not, it was paid for.
      ({ spent } = record);
      continue;
    }
    if (record.type === 'run') {
      // What ran has run, whatever was taken back since.
      const before = run?.id === record.run ? run.approved : [];
      const approved = waiting?.for === 'start' ? waiting.shown : before;
      run = { id: record.run, ended: record.state !== 'started', approved };
      if (record.state === 'started' && waiting?.for !== 'answer') waiting = undefined;
      continue;
    }
    if (undone.has(record.turn)) continue;
    switch (record.type) {
      case 'opened':
      case 'folders':
        data = record.data ?? data;
        out = record.out ?? out;
        break;
      case 'said':
        turns.set(record.turn, { turn: record.turn, ts: record.ts, said: record.text, replies: [] });
        break;
      case 'reply':
        turns.get(record.turn)?.replies.push(record.reply);
        waiting =
          waitingAfter(record.reply, record.draft, record.run) ??
          (record.clears === true ? undefined : waiting);
        break;
      case 'decided':
        waiting =
          record.decision === 'approved' && waiting?.for === 'approval'
            ? {
                for: 'start',
                plan: waiting.plan,
                shown: waiting.shown,
                ...(waiting.run === undefined ? {} : { run: waiting.run }),
              }
            : undefined;
        break;
      default:
        break;
    }
  }
  const last = records.reduce((most, { turn }) => Math.max(most, turn), 0);
  return { data, out, turns: [...turns.values()], waiting, run, spent, last };
}

function waitingAfter(reply: Reply, draft: Draft | undefined, run: string | undefined): Waiting | undefined {
  if (reply.kind === 'question' && draft !== undefined)
    return { for: 'answer', questions: reply.questions, draft };
  if (reply.kind !== 'plan') return undefined;
  return {
    for: 'approval',
    plan: reply.plan,
    shown: reply.stages.flatMap(({ stage, after }) => (after === undefined ? [stage] : [])),
    ...(draft === undefined ? {} : { draft }),
    ...(run === undefined ? {} : { run }),
  };
}
