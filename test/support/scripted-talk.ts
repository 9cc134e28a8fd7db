import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Conversation, Reply } from '../../src/index.js';
import type { TraceEvent } from '../../src/kernel/events.js';
import { readHeads } from '../../src/trace/heads.js';
import { readTrace } from '../../src/trace/reader.js';
import { verifyTrace } from '../../src/trace/verify.js';
import type { ScriptedReply } from './scripted-model.js';

/** The assistant hands a wish to an orchestrator. */
export const hand = (agent: string, wish: string): ScriptedReply => ({
  calls: [{ name: `plan_${agent}`, arguments: { wish } }],
});

/** An orchestrator or the reviewer has looked enough. */
export const ready: ScriptedReply = 'I have seen enough.';

/** The reviewer's answer. */
export const verdict = (verdict: 'pass' | 'block', ...reasons: string[]): string =>
  JSON.stringify({ verdict, reasons });

/** Every reply of a turn but progress and pieces. */
export async function turnOf(conversation: Conversation, words: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for await (const reply of conversation.say(words))
    if (reply.kind !== 'progress' && reply.kind !== 'piece') replies.push(reply);
  return replies;
}

/** The last reply of a turn. */
export async function take(conversation: Conversation, words: string): Promise<Reply> {
  const last = (await turnOf(conversation, words)).at(-1);
  if (last === undefined) throw new Error(`"${words}" gave nothing`);
  return last;
}

/** Events of a run, or of the only one, whose trace is held against its heads first. */
export async function verifiedEvents(out: string, name?: string): Promise<TraceEvent[]> {
  const runs = readdirSync(join(out, '.neuroclaw', 'runs'));
  if (name === undefined) expect(runs).toHaveLength(1);
  const run = name ?? runs[0] ?? '';
  const trace = join(out, '.neuroclaw', 'runs', run, 'trace.jsonl');
  const { heads } = await readHeads([join(out, '.neuroclaw', 'heads.jsonl')], run);
  expect((await verifyTrace(trace, heads)).findings).toEqual([]);
  const events: TraceEvent[] = [];
  for await (const event of readTrace(trace)) events.push(event);
  return events;
}

/** Who planned and who approved, from the events of a run. */
export function decisionsIn(events: readonly TraceEvent[]): { planned: string; approved: string[] } {
  const who = (type: TraceEvent['type']): string[] =>
    events.filter((event) => event.type === type).map(({ actor }) => `${actor.kind} ${actor.id}`);
  return { planned: who('run.planned')[0] ?? '', approved: who('run.approved') };
}
