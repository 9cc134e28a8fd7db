import type { AIMessageChunk, BaseMessageChunk } from '@langchain/core/messages';
import { ChatOpenAICompletions } from '@langchain/openai';
import { NO_KEY, type Client, type ClientOptions } from '../client.js';
import { isJsonObject, type JsonObject } from '../../../kernel/json.js';
import type { ModelRequest } from '../../model.js';
import type { Provider } from '../providers.js';

type Convert = ChatOpenAICompletions['_convertCompletionsDeltaToBaseMessageChunk'];
type Delta = Parameters<Convert>[0];

/**
 * OpenAI's chat completions, which a dozen servers speak too, each a little differently. What LangChain loses is put
 * back: a refusal, pieces without a role, and fields that a provider wants to see again with a tool call (Gemini's
 * thought signatures).
 */
class Completions extends ChatOpenAICompletions {
  opaque: ReadonlyMap<string, JsonObject> = new Map();

  protected override _convertCompletionsDeltaToBaseMessageChunk(
    ...[delta, raw, role]: Parameters<Convert>
  ): BaseMessageChunk {
    const chunk = super._convertCompletionsDeltaToBaseMessageChunk(
      { ...delta, content: textOf(delta) },
      raw,
      role ?? 'assistant',
    );
    const { refusal } = delta as { refusal?: unknown };
    if (typeof refusal === 'string' && refusal !== '') chunk.additional_kwargs['refusal'] = refusal;
    for (const [index, piece] of ((chunk as AIMessageChunk).tool_call_chunks ?? []).entries()) {
      const extra = (delta['tool_calls'] as { extra_content?: unknown }[] | undefined)?.[index]
        ?.extra_content;
      if (isJsonObject(extra)) (piece as { extra?: JsonObject }).extra = { extra_content: extra };
    }
    return chunk;
  }

  override completionWithRetry(...args: unknown[]): never {
    const [request, options] = args as Parameters<ChatOpenAICompletions['completionWithRetry']>;
    for (const message of request.messages as { tool_calls?: { id: string }[] }[])
      for (const call of message.tool_calls ?? []) Object.assign(call, this.opaque.get(call.id));
    return super.completionWithRetry(request as never, options) as never;
  }
}

/** Some servers send content as a list of parts. */
function textOf(delta: Delta): unknown {
  const content: unknown = delta['content'];
  if (!Array.isArray(content)) return content;
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join('');
}

export function openAiClient({ choice, key = NO_KEY, exchange }: ClientOptions): Client {
  const { entry, model, address } = choice;
  return (request, messages) => {
    const chat = new Completions({
      model,
      apiKey: key,
      maxRetries: 0,
      streamUsage: true,
      ...(request.maxOutputTokens === undefined ? {} : { maxTokens: request.maxOutputTokens }),
      // All of it said, so that nothing is taken from OPENAI_* variables of the shell.
      configuration: {
        baseURL: address,
        fetch: exchange.fetch,
        organization: null,
        project: null,
        logLevel: 'off',
      },
    });
    chat.opaque = new Map(
      request.messages.flatMap((message) =>
        message.role === 'assistant'
          ? (message.toolCalls ?? []).flatMap(({ id, opaque }) =>
              opaque === undefined ? [] : [[id, opaque] as const],
            )
          : [],
      ),
    );
    return chat.stream(messages, { ...toolOptions(request), ...answerFormat(request, entry.answers) });
  };
}

function toolOptions({ tools, toolChoice }: ModelRequest): object {
  if (tools === undefined || tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    })),
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
  };
}

function answerFormat({ answer }: ModelRequest, answers: Provider['answers']): object {
  if (answer === undefined) return {};
  if (answers === 'json-schema-beside')
    return { response_format: { type: 'json_object', schema: answer.schema } };
  return answers === 'json'
    ? { response_format: { type: 'json_object' } }
    : {
        response_format: {
          type: 'json_schema',
          json_schema: { name: answer.name, schema: answer.schema, strict: true },
        },
      };
}
