import { NeuroClawError } from '../kernel/errors.js';
import type { JsonObject } from '../kernel/json.js';

/**
 * The port to language models. Everything above it (conversations, orchestrators, the reviewer) is written against
 * these types; `models/open-model.ts` gives one that speaks to a provider, and tests give a scripted one.
 *
 * A model is asked with `stream`. It yields pieces of text as they arrive, notes of waiting, and at the end exactly
 * one `result`. Whatever goes wrong is thrown as NeuroClawError of class `provider`, `budget` or `cancelled`; a
 * provider's own error is never let through, and no message carries a key.
 *
 * ```ts
 * for await (const part of model.stream({ messages, tools }, { signal })) {
 *   if (part.type === 'text') show(part.text);
 *   else if (part.type === 'result') return part.result;
 * }
 * ```
 */
export interface Model {
  /** `provider:name` as it was asked for (`openai:gpt-5-mini`): for people, traces and the price file. */
  readonly name: string;
  /** Where prompts go (`https://api.openai.com/v1`), for `doctor` and `/model`. Never with a key or a user name. */
  readonly address: string;
  stream(request: ModelRequest, options?: StreamOptions): AsyncIterable<ModelPart>;
}

export interface StreamOptions {
  /** Ends the answer at any moment, also while waiting to try again: `job.cancelled` is thrown. */
  readonly signal?: AbortSignal;
}

export interface ModelRequest {
  /** In order. System messages come first. Every tool call of an assistant message is answered by a tool message. */
  readonly messages: readonly ModelMessage[];
  readonly tools?: readonly ToolSchema[];
  /** `required`: the answer must call a tool. Default `auto`. */
  readonly toolChoice?: 'auto' | 'required' | 'none';
  /** The answer's text is JSON of this shape. The provider is asked to hold to it; the caller checks it all the same. */
  readonly answer?: AnswerSchema;
  readonly maxOutputTokens?: number;
}

export type ModelMessage =
  | { readonly role: 'system' | 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls?: readonly ToolCall[] }
  | {
      readonly role: 'tool';
      /** Id of the call that this answers. */
      readonly call: string;
      readonly name: string;
      readonly text: string;
      readonly failed?: boolean;
    };

export interface ToolSchema {
  /** Letters, digits, `_` and `-`, at most 64: what every provider accepts. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: JsonObject;
}

export interface AnswerSchema {
  readonly name: string;
  /** Strict form: every key required, additionalProperties false, no oneOf. */
  readonly schema: JsonObject;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: JsonObject;
  /** The arguments were not a JSON object: what came. `arguments` is empty; answer the call with what is wrong. */
  readonly malformed?: string;
  /** What the provider wants back with the call, unread. Keep it with the message. */
  readonly opaque?: JsonObject;
}

export interface ModelResult {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  /** Undefined: the provider did not say. Unknown is not zero. */
  readonly usage: Usage | undefined;
  readonly finish: Finish;
  /** With finish `refusal`: the words of the provider. */
  readonly refusal?: string;
}

/**
 * `stop`: complete. `tools`: it wants its calls answered. `length`: cut by the token limit. `refusal`: the model or
 * a filter of the provider declined. An answer that was cut otherwise is thrown as provider.cut.
 */
export type Finish = 'stop' | 'tools' | 'length' | 'refusal';

/** Tokens of one answer, as the provider counts them. */
export interface Usage {
  /** With those read from the provider's cache. */
  readonly inputTokens: number;
  /** With those spent on reasoning. */
  readonly outputTokens: number;
  readonly cachedTokens?: number;
  readonly reasoningTokens?: number;
}

export type ModelPart =
  | { readonly type: 'text'; readonly text: string }
  /** The provider is asked again after `seconds`: nothing of the failed attempt was yielded. */
  | { readonly type: 'waiting'; readonly seconds: number; readonly reason: string }
  | { readonly type: 'result'; readonly result: ModelResult };

/** The result of a stream, handing each other part to `watch` as it comes. */
export async function finish(
  stream: AsyncIterable<ModelPart>,
  watch: (part: Exclude<ModelPart, { type: 'result' }>) => void = () => undefined,
): Promise<ModelResult> {
  let result: ModelResult | undefined;
  for await (const part of stream) {
    if (part.type === 'result') result = part.result;
    else watch(part);
  }
  if (result !== undefined) return result;
  throw new NeuroClawError('provider.cut', 'the answer of the model ended before it was complete');
}

/**
 * Messages in which every tool call has its answer: those that an aborted turn left open are answered with `why`.
 * Providers refuse a conversation with open calls.
 */
export function closeToolCalls(
  messages: readonly ModelMessage[],
  why = 'not run: the turn was stopped',
): ModelMessage[] {
  const answered = new Set(messages.flatMap((message) => (message.role === 'tool' ? [message.call] : [])));
  const closed: ModelMessage[] = [];
  /** Open calls of the last assistant message: answered once the answers that are there have been passed on. */
  let open: ModelMessage[] = [];
  for (const message of messages) {
    if (message.role !== 'tool') {
      closed.push(...open);
      open = [];
    }
    closed.push(message);
    if (message.role !== 'assistant') continue;
    open = (message.toolCalls ?? [])
      .filter(({ id }) => !answered.has(id))
      .map(({ id, name }) => ({ role: 'tool', call: id, name, text: why, failed: true }));
  }
  return [...closed, ...open];
}
