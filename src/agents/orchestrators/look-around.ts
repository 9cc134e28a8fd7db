import type { JsonObject } from '../../kernel/json.js';
import { finish, type Model, type ModelMessage, type ToolCall } from '../model.js';
import type { LookTool } from './look-tools.js';

/** The same call so often is a loop. */
const SAME_CALL = 5;
/** Calls whose arguments cannot be read are answered with the mistake this often. */
const MALFORMED = 2;

export interface LookAroundOptions {
  readonly model: Model;
  readonly tools: ReadonlyMap<string, LookTool>;
  /** Answers of the model, at most. */
  readonly turns: number;
  readonly signal?: AbortSignal;
  readonly watch?: (tool: string, args: JsonObject) => void;
}

/**
 * Lets a model look with its tools until it has seen enough, is going in circles, or has used its turns: then it must
 * conclude, which is the caller's part. Returns the conversation.
 */
export async function lookAround(
  start: readonly ModelMessage[],
  { model, tools, turns, signal, watch }: LookAroundOptions,
): Promise<ModelMessage[]> {
  const messages = [...start];
  const calls = new Map<string, number>();
  const schemas = [...tools.values()].map(({ schema }) => schema);
  let malformed = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    const stream = model.stream({ messages, tools: schemas }, signal === undefined ? {} : { signal });
    const result = await finish(stream);
    if (result.finish === 'refusal') return messages;
    messages.push({ role: 'assistant', text: result.text, toolCalls: result.toolCalls });
    if (result.toolCalls.length === 0) return messages;
    let circles = false;
    for (const call of result.toolCalls) {
      if (call.malformed !== undefined) malformed += 1;
      const key = `${call.name} ${JSON.stringify(call.arguments)}`;
      const times = (calls.get(key) ?? 0) + 1;
      calls.set(key, times);
      circles ||= times >= SAME_CALL;
      watch?.(call.name, call.arguments);
      messages.push(await answerCall(call, tools));
    }
    if (circles || malformed > MALFORMED) return messages;
  }
  return messages;
}

async function answerCall(call: ToolCall, tools: ReadonlyMap<string, LookTool>): Promise<ModelMessage> {
  const answer = (text: string, failed: boolean): ModelMessage => ({
    role: 'tool',
    call: call.id,
    name: call.name,
    text,
    failed,
  });
  if (call.malformed !== undefined)
    return answer('The arguments are not a JSON object. Call the tool again with one.', true);
  const tool = tools.get(call.name);
  if (tool === undefined)
    return answer(`There is no such tool. There are: ${[...tools.keys()].join(', ')}.`, true);
  return answer(await tool.look(call.arguments), false);
}
