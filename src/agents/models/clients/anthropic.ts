import { ChatAnthropic } from '@langchain/anthropic';
import { NO_KEY, type Client, type ClientOptions } from '../client.js';
import type { ModelRequest } from '../../model.js';

/**
 * Anthropic's messages. An answer to a schema is asked for as the one tool that must be called, which every model of
 * theirs understands; `chunks.ts` reads its arguments as the text.
 */
export function anthropicClient({ choice, key = NO_KEY, exchange }: ClientOptions): Client {
  return (request, messages) => {
    const chat = new ChatAnthropic({
      model: choice.model,
      apiKey: key,
      anthropicApiUrl: choice.address,
      maxRetries: 0,
      streamUsage: true,
      ...(request.maxOutputTokens === undefined ? {} : { maxTokens: request.maxOutputTokens }),
      clientOptions: { fetch: exchange.fetch, authToken: null, logLevel: 'off' },
    });
    return chat.stream(messages, toolOptions(request));
  };
}

function toolOptions({ tools = [], toolChoice, answer }: ModelRequest): object {
  if (answer !== undefined)
    return {
      tools: [{ name: answer.name, description: 'Your whole answer, as data.', input_schema: answer.schema }],
      tool_choice: { type: 'tool', name: answer.name },
    };
  if (tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      name,
      description,
      input_schema: parameters,
    })),
    ...(toolChoice === undefined
      ? {}
      : { tool_choice: { type: toolChoice === 'required' ? 'any' : toolChoice } }),
  };
}
