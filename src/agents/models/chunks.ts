import { AIMessageChunk, type BaseMessage, type UsageMetadata } from '@langchain/core/messages';
import { NeuroClawError } from '../../kernel/errors.js';
import { isJsonObject, type JsonObject } from '../../kernel/json.js';
import { Endless } from './endless.js';
import type { Finish, ModelPart, ModelRequest, ModelResult, ToolCall, Usage } from '../model.js';

interface Piece {
  id: string | undefined;
  name: string;
  args: string;
  opaque: JsonObject | undefined;
}

/** Puts the pieces of one answer together, and says at the end whether it is one. */
export class Answer {
  readonly #request: ModelRequest;
  readonly #where: string;
  readonly #calls = new Map<number | string, Piece>();
  readonly #endless = new Endless();
  #text = '';
  #refusal = '';
  #reason: string | undefined;
  #usage: Usage | undefined;

  constructor(request: ModelRequest, where: string) {
    this.#request = request;
    this.#where = where;
  }

  /** Takes one piece of LangChain's stream; yields the text in it. Throws provider.answer where no end is to come. */
  *take(chunk: BaseMessage): Generator<ModelPart> {
    const { refusal } = chunk.additional_kwargs;
    if (typeof refusal === 'string') this.#refusal += refusal;
    this.#reason = finishReason(chunk) ?? this.#reason;
    let text = textOf(chunk.content);
    if (AIMessageChunk.isInstance(chunk)) {
      this.#addUsage(chunk.usage_metadata);
      for (const piece of chunk.tool_call_chunks ?? []) {
        text += this.#addCall(piece);
        this.#watch(piece.args ?? '');
      }
    }
    this.#watch(textOf(chunk.content));
    if (text === '') return;
    this.#text += text;
    yield { type: 'text', text };
  }

  #watch(piece: string): void {
    const wrong = this.#endless.take(piece);
    if (wrong === undefined) return;
    const what = wrong === 'repeats' ? 'says the same again and again' : 'does not end';
    throw new NeuroClawError('provider.answer', `the answer of ${this.#where} ${what}: it was stopped`, {
      hint: 'models that are too small for the task do this: take a larger one',
    });
  }

  /** Arguments of the tool that stands for an answer are text. */
  #addCall(piece: { index?: number; id?: string; name?: string; args?: string }): string {
    // Some servers send whole calls without an index: each with an id is one of its own.
    const key = piece.index ?? piece.id ?? [...this.#calls.keys()].at(-1) ?? 0;
    const known = this.#calls.get(key) ?? { id: undefined, name: '', args: '', opaque: undefined };
    this.#calls.set(key, known);
    const { extra } = piece as { extra?: JsonObject };
    known.id ??= piece.id;
    known.name += piece.name ?? '';
    known.opaque ??= extra;
    const args = piece.args ?? '';
    known.args += args;
    return this.#request.answer !== undefined && known.name === this.#request.answer.name ? args : '';
  }

  /** Counts of one answer arrive in one piece (OpenAI, Ollama) or spread over several (Anthropic). */
  #addUsage(usage: UsageMetadata | undefined): void {
    if (usage === undefined) return;
    const { input_tokens: input, output_tokens: output, input_token_details, output_token_details } = usage;
    if (!Number.isFinite(input) || !Number.isFinite(output)) return;
    const cached = input_token_details?.cache_read;
    const reasoning = output_token_details?.reasoning;
    const before = this.#usage ?? { inputTokens: 0, outputTokens: 0 };
    this.#usage = {
      ...before,
      inputTokens: before.inputTokens + input,
      outputTokens: before.outputTokens + output,
      ...(typeof cached === 'number' ? { cachedTokens: (before.cachedTokens ?? 0) + cached } : {}),
      ...(typeof reasoning === 'number' ? { reasoningTokens: reasoning } : {}),
    };
  }

  /** Throws provider.cut where the stream ended without saying why, provider.answer where nothing came. */
  result(): ModelResult {
    const calls = this.#toolCalls();
    const finish = this.#finish(calls);
    if (this.#text === '' && calls.length === 0 && finish === 'stop')
      throw new NeuroClawError('provider.answer', `${this.#where} answered with nothing`);
    return {
      text: this.#text,
      toolCalls: calls,
      usage: this.#usage,
      finish,
      ...(finish === 'refusal' && this.#refusal !== '' ? { refusal: this.#refusal } : {}),
    };
  }

  #toolCalls(): ToolCall[] {
    const answer = this.#request.answer?.name;
    return [...this.#calls.values()]
      .filter(({ name }) => answer === undefined || name !== answer)
      .map(({ id, name, args, opaque }, index) => ({
        id: id ?? `call-${index + 1}`,
        name,
        ...readArguments(args),
        ...(opaque === undefined ? {} : { opaque }),
      }));
  }

  #finish(calls: readonly ToolCall[]): Finish {
    if (this.#refusal !== '') return 'refusal';
    switch (this.#reason) {
      case undefined: {
        const came = this.#text !== '' || calls.length > 0;
        throw new NeuroClawError(
          came ? 'provider.cut' : 'provider.answer',
          came
            ? `the answer of ${this.#where} broke off after ${this.#text.length} characters`
            : `what ${this.#where} sent holds no answer`,
        );
      }
      case 'length':
      case 'max_tokens':
        return 'length';
      case 'content_filter':
      case 'refusal':
        return 'refusal';
      default:
        return calls.length > 0 ? 'tools' : 'stop';
    }
  }
}

function readArguments(text: string): Pick<ToolCall, 'arguments' | 'malformed'> {
  if (text.trim() === '') return { arguments: {} };
  try {
    const parsed: unknown = JSON.parse(text);
    if (isJsonObject(parsed)) return { arguments: parsed };
  } catch {
    // Said below.
  }
  return { arguments: {}, malformed: text };
}

/** Where each client leaves the reason of the end: OpenAI, Anthropic, Ollama. */
function finishReason(chunk: BaseMessage): string | undefined {
  const sources = [chunk.response_metadata, chunk.additional_kwargs] as Record<string, unknown>[];
  for (const source of sources)
    for (const name of ['finish_reason', 'stop_reason', 'done_reason'])
      if (typeof source[name] === 'string') return source[name];
  return undefined;
}

function textOf(content: BaseMessage['content']): string {
  if (typeof content === 'string') return content;
  return content
    .map((part) => (part.type === 'text' && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}
